"""The seller's statement as a workbook and as plain rows, equal to the page to the fen."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import xlsxwriter
from flask import Blueprint, Response
from flask_babel import gettext as _

from kernel.access import requires
from kernel.db import unit_of_work
from parties.values import SELLER_ROLES
from reporting.statements.accounts import COLUMNS, AccountYear, EarnedRow
from supplier_portal.access import seller_code
from supplier_portal.statement import read_year

pages = Blueprint("supplier_statement_files", __name__)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
BOM = "\ufeff"
WIDTH = 18
Row = list[str | int | Decimal]


@pages.get("/statement.csv")
@requires(*SELLER_ROLES)
def rows() -> Response:
    """Answer what contracts brought, one row a month, contract and kind of party."""
    code = seller_code()
    with unit_of_work() as session:
        told, earned = read_year(session, code)
    target = StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(_earned_head())
    writer.writerows(_earned(earned))
    return _attachment((BOM + target.getvalue()).encode(), told, "csv", CSV)


@pages.get("/statement.xlsx")
@requires(*SELLER_ROLES)
def workbook() -> Response:
    """Answer the account by month and what contracts brought, each on its own sheet."""
    code = seller_code()
    with unit_of_work() as session:
        told, earned = read_year(session, code)
    target = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        head = book.add_format({"bold": True, "bg_color": "#E4EEE0", "border": 1})
        money = book.add_format({"num_format": "#,##0.00"})
        forms = (head, money)
        _write(book.add_worksheet(_("按月")), [_month_head(), *_months(told)], forms)
        _write(book.add_worksheet(_("按合同")), [_earned_head(), *_earned(earned)], forms)
    return _attachment(target.getvalue(), told, "xlsx", XLSX)


def _write(sheet: Any, lines: list[Row], forms: tuple[Any, Any]) -> None:
    # The library ships no types.
    head, money = forms
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(lines[0]) - 1, WIDTH)
    for at, line in enumerate(lines):
        for column, value in enumerate(line):
            if isinstance(value, str):
                sheet.write_string(at, column, value, head if at == 0 else None)
            else:
                sheet.write_number(at, column, value, money if at and column else None)


def _month_head() -> Row:
    words = [
        _("赚得"),
        _("退款扣回"),
        _("自有货成本"),
        _("按决议付出"),
        _("其他"),
        _("结算付款"),
    ]
    return [_("月份"), *words, _("月末余额")]


def _months(told: AccountYear) -> Iterator[Row]:
    nothing = [Decimal(0)] * len(COLUMNS)
    yield [_("年初"), *nothing, _yuan(told.opening_minor)]
    for row in told.months:
        minors = [_yuan(row.minors[column]) for column in COLUMNS]
        yield [f"{row.month:%Y-%m}", *minors, _yuan(row.balance_minor)]


def _earned_head() -> Row:
    words = [_("月份"), _("合同"), _("类型"), _("归谁"), _("农户数")]
    return [*words, _("赚得"), _("退款扣回"), _("净得")]


def _earned(earned: list[EarnedRow]) -> Iterator[Row]:
    for row in earned:
        yield [
            f"{row.month:%Y-%m}",
            row.contract_code,
            row.model.value,
            row.party_kind.value,
            str(row.households),
            _yuan(row.earned_minor),
            _yuan(row.taken_minor),
            _yuan(row.net_minor),
        ]


def _yuan(minor: int) -> Decimal:
    return (Decimal(minor) / 100).quantize(Decimal("0.01"))


def _attachment(body: bytes, told: AccountYear, ending: str, kind: str) -> Response:
    name = f"statement-{told.party.code}-{told.year}.{ending}"
    response = Response(body, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
