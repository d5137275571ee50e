"""The five measures as a workbook and as plain rows, equal to the page to the fen."""

import csv
from collections.abc import Iterator
from io import BytesIO, StringIO
from typing import Any

import xlsxwriter
from flask import Blueprint, Response
from flask_babel import gettext as _

from kernel.access import requires
from kernel.clock import SHANGHAI
from kernel.db import unit_of_work
from parties.values import Role
from reporting.measures import DEFINITION
from reporting.rules.disclosure import TOTAL
from shop.oversight.exports import CSV, XLSX, yuan
from shop.oversight.income import Figures, gate_words, gather, said
from shop.spreadsheets import BOM, harmless

pages = Blueprint("oversight_income_files", __name__)

WIDE, NARROW = 24, 16
FIRST_AMOUNT = 4


@pages.get("/income.csv")
@requires(Role.OFFICIAL)
def rows() -> Response:
    """Answer every cell of the page as one row of text with a byte-order mark."""
    with unit_of_work() as session:
        figures = gather(session)
    target = StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow([*_headings(), _("口径"), _("统计截至")])
    moment = figures.as_of.astimezone(SHANGHAI).isoformat()
    for row in _cells(figures):
        texts = [harmless(str(value)) for value in row[:FIRST_AMOUNT]]
        households, *amounts = row[FIRST_AMOUNT:]
        told = [_written(households), *(_amount(one) for one in amounts)]
        writer.writerow([*texts, *told, DEFINITION, moment])
    return _attachment((BOM + target.getvalue()).encode(), figures, "csv", CSV)


@pages.get("/income.xlsx")
@requires(Role.OFFICIAL)
def workbook() -> Response:
    """Answer the same as a workbook: definitions on one sheet, figures on the other."""
    with unit_of_work() as session:
        figures = gather(session)
    target = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        # Without it the moment of writing would stand in the file.
        book.set_properties({"created": figures.as_of})
        head = book.add_format({"bold": True, "bg_color": "#E4EEE0", "border": 1})
        _write_cover(book.add_worksheet(_("说明")), figures, head)
        money = book.add_format({"num_format": "#,##0.00"})
        _write_cells(book.add_worksheet(_("明细")), figures, head, money)
    return _attachment(target.getvalue(), figures, "xlsx", XLSX)


def _write_cover(sheet: Any, figures: Figures, head: Any) -> None:
    # The library ships no types.
    sheet.set_column(0, 2, WIDE)
    sheet.set_column(3, 3, 100)
    moment = figures.as_of.astimezone(SHANGHAI).isoformat()
    told = [(one.measure.value, one.name, one.clock, one.words) for one in said()]
    told += [
        (_("口径"), DEFINITION, "", gate_words(figures.minimum)),
        (_("地区"), figures.place_name(TOTAL), _("统计截至"), moment),
    ]
    for at, line in enumerate(told):
        for column, word in enumerate(line):
            sheet.write_string(at, column, word, head if column == 0 else None)


def _write_cells(sheet: Any, figures: Figures, head: Any, money: Any) -> None:
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 9, NARROW)
    for column, word in enumerate(_headings()):
        sheet.write_string(0, column, word, head)
    for at, row in enumerate(_cells(figures), start=1):
        for column, value in enumerate(row):
            if column < FIRST_AMOUNT:
                sheet.write_string(at, column, str(value))
            elif value is None:
                sheet.write_string(at, column, _("未公布"))
            elif column == FIRST_AMOUNT:
                sheet.write_number(at, column, int(value))
            else:
                sheet.write_number(at, column, yuan(int(value)), money)


def _headings() -> list[str]:
    texts = [_("年份"), _("月份"), _("地区代码"), _("地区"), _("农户数")]
    return [*texts, *(f"{one.measure.value} {one.name}{_('（元）')}" for one in said())]


def _cells(figures: Figures) -> Iterator[list[str | int | None]]:
    """Yield year, month, place and the figures of every cell that is not empty."""
    income = figures.income
    for month in (*income.months, TOTAL):
        for place in (TOTAL, *income.places):
            amounts = [income.find(one.measure, place, month) for one in said()]
            if any(amount != 0 for amount in amounts):
                yield [
                    str(income.year.year),
                    _("全年") if month == TOTAL else month,
                    figures.region.code if place == TOTAL else place,
                    figures.place_name(place),
                    income.find_households(place, month),
                    *amounts,
                ]


def _written(value: str | int | None) -> str:
    return _("未公布") if value is None else str(value)


def _amount(value: str | int | None) -> str:
    return _("未公布") if value is None else str(yuan(int(value)))


def _attachment(body: bytes, figures: Figures, ending: str, kind: str) -> Response:
    name = f"income-{figures.region.code}-{figures.income.year.year}.{ending}"
    response = Response(body, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
