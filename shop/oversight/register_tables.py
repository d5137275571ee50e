"""Tables of the monitoring platform: read from CSV or a workbook, and written again."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import xlsxwriter

from households.rules import cells
from households.rules.cells import MEASURE_WORDS, REGISTER_COLUMNS, STATUS_WORDS, YES_NO, yuan
from households.values import HouseholdCategory, Monitoring
from households.values.imports import Cells, Known
from shop.spreadsheets import BOM, harmless

MONEY = frozenset(
    {cells.WAGE, cells.GROSS, cells.COST, cells.PROPERTY, cells.TRANSFER, cells.MEDICAL}
)
COUNTS = frozenset({cells.MEMBERS, cells.LABOUR, cells.YEAR})


def to_text(rows: Sequence[Cells]) -> str:
    """Write rows as CSV, for the second half of an import."""
    target = StringIO(newline="")
    writer = csv.writer(target, lineterminator="\n", quoting=csv.QUOTE_ALL)
    if rows:
        headings = list(rows[0])
        writer.writerow(headings)
        writer.writerows([[row[heading] for heading in headings] for row in rows])
    return target.getvalue()


def to_csv(rows: Iterable[Cells]) -> bytes:
    """Write the register as CSV that no spreadsheet takes for formulas."""
    target = StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(REGISTER_COLUMNS)
    for row in rows:
        writer.writerow([_safe(column, row[column]) for column in REGISTER_COLUMNS])
    return (BOM + target.getvalue()).encode()


def to_workbook(rows: Iterable[Cells]) -> bytes:
    """Write the register as a workbook: text as text, amounts and counts as numbers."""
    target = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet("register")
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(REGISTER_COLUMNS) - 1, 14)
        head = book.add_format({"bold": True, "bg_color": "#E4EEE0", "border": 1})
        money = book.add_format({"num_format": "#,##0.00"})
        for at, column in enumerate(REGISTER_COLUMNS):
            sheet.write_string(0, at, column, head)
        for line, row in enumerate(rows, start=1):
            for at, column in enumerate(REGISTER_COLUMNS):
                _write_cell(sheet, (line, at), column, row[column], money)
    return target.getvalue()


def register_rows(
    known: Iterable[Known], terms: dict[HouseholdCategory, str], villages: dict[str, str]
) -> Iterator[Cells]:
    """Return the register as rows of the platform's fields: the newest year and risk of each.

    `terms` name the categories, `villages` the villages.
    """
    for household in known:
        year = max(household.baselines, default=None)
        row = dict.fromkeys(REGISTER_COLUMNS, "")
        row |= {
            cells.HOUSEHOLD: household.id,
            cells.VILLAGE: household.village_code,
            cells.VILLAGE_NAME: villages.get(household.village_code, ""),
            cells.CATEGORY: terms[household.category] if household.category else "",
            cells.SINCE: f"{household.category_since or ''}",
            cells.MEMBERS: str(household.members),
            cells.LABOUR: str(household.labour),
            cells.RELOCATED: _word(YES_NO, household.is_relocated),
            cells.MEASURES: "；".join(
                f"{_word(MEASURE_WORDS, kind)}@{since}"
                for kind, since in sorted(household.measures)
            ),
        }
        if year is not None:
            base = household.baselines[year]
            row |= {
                cells.YEAR: str(year),
                cells.WAGE: yuan(base.wage_minor),
                cells.GROSS: yuan(base.operating_gross_minor),
                cells.COST: yuan(base.operating_cost_minor),
                cells.PROPERTY: yuan(base.property_minor),
                cells.TRANSFER: yuan(base.transfer_minor),
                cells.MEDICAL: yuan(base.medical_minor),
            }
        if household.risks:
            row |= _risk_cells(household.risks[max(household.risks)])
        yield row


def _risk_cells(risk: Monitoring) -> dict[str, str]:
    return {
        cells.RISK: risk.risk_type,
        cells.RECOGNISED: str(risk.recognised_on),
        cells.STATUS: _word(STATUS_WORDS, risk.status),
        cells.ELIMINATED: f"{risk.eliminated_on or ''}",
    }


def _word(words: Any, meaning: Any) -> str:
    return str(next(word for word, found in words.items() if found == meaning))


def _safe(column: str, text: str) -> str:
    return text if column in MONEY else harmless(text)


def _write_cell(sheet: Any, at: tuple[int, int], column: str, text: str, money: Any) -> None:
    if text and column in MONEY:
        sheet.write_number(*at, Decimal(text), money)
    elif text and column in COUNTS:
        sheet.write_number(*at, int(text))
    else:
        sheet.write_string(*at, text)
