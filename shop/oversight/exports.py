"""The figures of a volume page as a workbook and as plain rows, equal to it to the fen.

Amounts are numbers in yuan with two decimals, months are dates. Text never becomes a formula:
the workbook writes it as text, and in plain rows a mark stands before what might start one.
"""

import csv
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import xlsxwriter
from flask import Blueprint, Response
from flask_babel import gettext as _

from kernel.access import requires
from kernel.clock import SHANGHAI
from kernel.db import unit_of_work
from parties.values import Role
from reporting.values import DEFINITION, Amounts, CrossTable, Dimension, VolumeCell
from shop.oversight import filters
from shop.oversight.definitions import volume_definition
from shop.oversight.volumes import Figures, gather, place_name
from shop.spreadsheets import BOM, harmless

pages = Blueprint("oversight_exports", __name__)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
HUNDRED = Decimal(100)
CENT = Decimal("0.01")
WIDE, NARROW = 22, 14


@pages.get("/volumes.xlsx")
@requires(Role.OFFICIAL)
def workbook() -> Response:
    """Answer the report as a workbook: what is counted, three tables and every cell."""
    with unit_of_work() as session:
        figures = gather(session)
    return _attachment(_workbook(figures), figures, "xlsx", XLSX)


@pages.get("/volumes.csv")
@requires(Role.OFFICIAL)
def rows() -> Response:
    """Answer every cell as one row of text with a byte-order mark."""
    with unit_of_work() as session:
        figures = gather(session)
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*_cell_headings(), _("范围"), _("口径"), _("统计截至")])
    for part, cell in _all_cells(figures):
        values = [
            f"{cell.month:%Y-%m}",
            harmless(cell.place),
            harmless(_place_label(figures, cell)),
            harmless(cell.channel),
            harmless(figures.label(Dimension.CHANNEL, cell.channel)),
            *(str(amount) for amount in _yuan_parts(cell.amounts)),
        ]
        writer.writerow([*values, part, DEFINITION, _moment(figures)])
    return _attachment((BOM + text.getvalue()).encode(), figures, "csv", CSV)


def yuan(minor: int) -> Decimal:
    """Return fen as yuan with two decimals, exact."""
    return (Decimal(minor) / HUNDRED).quantize(CENT)


def _yuan_parts(amounts: Amounts) -> tuple[Decimal, Decimal, Decimal]:
    return yuan(amounts.paid_minor), yuan(amounts.refunded_minor), yuan(amounts.net_minor)


def _workbook(figures: Figures) -> bytes:
    target = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        sheets = _Sheets(book)
        sheets.write_cover(figures)
        for by in filters.VIEWS:
            sheets.write_table(figures, by)
        sheets.write_cells(figures)
    return target.getvalue()


class _Sheets:
    """Writes sheets of one workbook in the house's formats."""

    def __init__(self, book: Any) -> None:
        """Define the formats of a heading, an amount, a month and a total."""
        # The library ships no types.
        self._book = book
        self._head = book.add_format({"bold": True, "bg_color": "#E4EEE0", "border": 1})
        self._money = book.add_format({"num_format": "#,##0.00"})
        self._sum = book.add_format({"num_format": "#,##0.00", "bold": True, "top": 1})
        self._month = book.add_format({"num_format": "yyyy-mm", "align": "left"})
        self._month_head = book.add_format(
            {"num_format": "yyyy-mm", "bold": True, "bg_color": "#E4EEE0", "border": 1}
        )
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"})
        self._strong = book.add_format({"bold": True, "top": 1})

    def write_cover(self, figures: Figures) -> None:
        """Say what is counted, for whom, until when, and what it comes to."""
        sheet = self._book.add_worksheet(_("说明"))
        sheet.set_column(0, 0, WIDE)
        sheet.set_column(1, 1, 80)
        wanted = figures.asked.wanted
        channel = wanted.channel
        texts = [
            (_("指标"), _("消费帮扶销售额")),
            (_("口径编号"), DEFINITION),
            (_("口径"), volume_definition()),
            (_("地区"), place_name(figures.region)),
            (_("渠道"), figures.label(Dimension.CHANNEL, channel) if channel else _("全部")),
            (_("月份"), f"{wanted.since:%Y-%m} – {wanted.until:%Y-%m}"),
        ]
        if figures.report.is_sample:
            texts.append((_("数据性质"), _("样例数据")))
        for row, (word, text) in enumerate(texts):
            sheet.write_string(row, 0, word, self._head)
            sheet.write_string(row, 1, text)
        row = len(texts)
        sheet.write_string(row, 0, _("统计截至"), self._head)
        sheet.write_datetime(row, 1, _local(figures), self._moment)
        sums = [
            (_("已付款（元）"), figures.report.total.paid_minor),
            (_("已退款（元）"), figures.report.total.refunded_minor),
            (_("销售额（元）"), figures.report.total.net_minor),
        ]
        if figures.outside is not None:
            sums.append((_("另：区外商品（元）"), figures.outside.total.net_minor))
        for row, (word, minor) in enumerate(sums, start=len(texts) + 1):
            sheet.write_string(row, 0, word, self._head)
            sheet.write_number(row, 1, yuan(minor), self._money)

    def write_table(self, figures: Figures, by: str) -> None:
        """Write one cross table with its residual and totals."""
        rows, columns = filters.VIEWS[by]
        table = figures.table(by)
        sheet = self._book.add_worksheet(_sheet_name(by))
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, 0, WIDE)
        sheet.set_column(1, len(table.columns) + 1, NARROW)
        sheet.write_string(0, 0, _("单位：元"), self._head)
        for at, code in enumerate(table.columns, start=1):
            self._write_code(sheet, (0, at), figures, columns, code)
        sheet.write_string(0, len(table.columns) + 1, _("合计"), self._head)
        for at, code in enumerate(table.rows, start=1):
            self._write_code(sheet, (at, 0), figures, rows, code)
            amounts = [table.cells.get((code, column)) for column in table.columns]
            minors = [item.net_minor if item else 0 for item in amounts]
            self._write_amounts(sheet, at, [*minors, table.row_totals[code].net_minor])
        self._write_sums(sheet, table)

    def _write_sums(self, sheet: Any, table: CrossTable) -> None:
        at = len(table.rows) + 1
        residual = [table.residual_by_column[code].net_minor for code in table.columns]
        sheet.write_string(at, 0, _("未归属"), self._strong)
        self._write_amounts(sheet, at, [*residual, table.residual.net_minor])
        sheet.write_string(at + 1, 0, _("合计"), self._strong)
        totals = [table.column_totals[code].net_minor for code in table.columns]
        self._write_amounts(sheet, at + 1, [*totals, table.total.net_minor], self._sum)

    def write_cells(self, figures: Figures) -> None:
        """Write every cell as one row of typed values."""
        sheet = self._book.add_worksheet(_("明细"))
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 8, NARROW)
        sheet.set_column(2, 2, WIDE)
        sheet.set_column(4, 4, WIDE)
        for at, heading in enumerate([*_cell_headings(), _("范围")]):
            sheet.write_string(0, at, heading, self._head)
        for row, (part, cell) in enumerate(_all_cells(figures), start=1):
            sheet.write_datetime(row, 0, cell.month, self._month)
            sheet.write_string(row, 1, cell.place)
            sheet.write_string(row, 2, _place_label(figures, cell))
            sheet.write_string(row, 3, cell.channel)
            sheet.write_string(row, 4, figures.label(Dimension.CHANNEL, cell.channel))
            for column, amount in enumerate(_yuan_parts(cell.amounts), start=5):
                sheet.write_number(row, column, amount, self._money)
            sheet.write_string(row, 8, part)

    def _write_code(
        self,
        sheet: Any,
        at: tuple[int, int],
        figures: Figures,
        dimension: Dimension,
        code: str,
    ) -> None:
        if dimension is Dimension.MONTH:
            month = date.fromisoformat(f"{code}-01")
            sheet.write_datetime(*at, month, self._month_head)
        else:
            sheet.write_string(*at, figures.label(dimension, code), self._head)

    def _write_amounts(
        self, sheet: Any, row: int, minors: Sequence[int], form: Any = None
    ) -> None:
        for column, minor in enumerate(minors, start=1):
            sheet.write_number(row, column, yuan(minor), form or self._money)


def _cell_headings() -> list[str]:
    return [
        _("月份"),
        _("产地代码"),
        _("产地"),
        _("渠道代码"),
        _("渠道"),
        _("已付款（元）"),
        _("已退款（元）"),
        _("销售额（元）"),
    ]


def _all_cells(figures: Figures) -> Iterator[tuple[str, VolumeCell]]:
    for cell in figures.report.cells:
        yield _("区内"), cell
    for cell in figures.outside.cells if figures.outside else ():
        yield _("区外"), cell


def _place_label(figures: Figures, cell: VolumeCell) -> str:
    label = figures.label(Dimension.PLACE, cell.place)
    return label if label != cell.place else ""


def _sheet_name(by: str) -> str:
    names = {
        "place-month": _("产地×月份"),
        "place-channel": _("产地×渠道"),
        "channel-month": _("渠道×月份"),
    }
    return str(names[by])


def _local(figures: Figures) -> datetime:
    """Return the moment of the figures as the wall clock in Shanghai shows it."""
    return figures.asked.wanted.as_of.astimezone(SHANGHAI).replace(tzinfo=None)


def _moment(figures: Figures) -> str:
    return figures.asked.wanted.as_of.astimezone(SHANGHAI).isoformat()


def _attachment(body: bytes, figures: Figures, ending: str, kind: str) -> Response:
    wanted = figures.asked.wanted
    name = f"volume-{figures.region.code}-{wanted.since:%Y%m}-{wanted.until:%Y%m}.{ending}"
    response = Response(body, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
