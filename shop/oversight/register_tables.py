"""Tables of the monitoring platform: read from CSV or a workbook, and written again."""

import csv
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any
from xml.etree.ElementTree import ParseError

import xlsxwriter
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from households.rules import cells
from households.rules.cells import MEASURE_WORDS, REGISTER_COLUMNS, STATUS_WORDS, YES_NO, yuan
from households.values import HouseholdCategory, Monitoring
from households.values.imports import Cells, Known
from kernel.errors import InvalidError
from shop.oversight.exports import BOM, harmless

MAX_BYTES = 2 * 1024 * 1024
MAX_UNPACKED = 32 * 1024 * 1024
MAX_COLUMNS = 40
MAX_LINES = 5_000
ZIP_BEGINS = b"PK"
ENCODINGS = ("utf-8-sig", "gb18030")
MONEY = frozenset(
    {cells.WAGE, cells.GROSS, cells.COST, cells.PROPERTY, cells.TRANSFER, cells.MEDICAL}
)
COUNTS = frozenset({cells.MEMBERS, cells.LABOUR, cells.YEAR})
BROKEN_WORKBOOK = (
    *(zipfile.BadZipFile, zlib.error, InvalidFileException, ParseError),
    *(ArithmeticError, AttributeError, EOFError, LookupError, NotImplementedError),
    *(OSError, RuntimeError, TypeError, ValueError),
)
"""What the library raises for bytes that are no workbook."""


def read_rows(body: bytes) -> list[Cells]:
    """Return the rows of a file by heading; raises `InvalidError` for no readable table."""
    if len(body) > MAX_BYTES:
        raise InvalidError(
            "file_too_large", "the file is too large", megabytes=MAX_BYTES // 1024 // 1024
        )
    lines = _workbook(body) if body.startswith(ZIP_BEGINS) else _text(body)
    while lines and not any(lines[-1]):
        lines.pop()
    if not lines:
        raise InvalidError("file_unreadable", "the file is empty")
    headings = [heading.strip() for heading in lines[0]]
    while headings and not headings[-1]:
        headings.pop()
    if len(set(headings)) != len(headings) or not all(headings):
        raise InvalidError("file_headings_unclear", "a heading is missing or stands twice")
    return [dict(zip(headings, _padded(line, headings), strict=True)) for line in lines[1:]]


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


def _padded(line: list[str], headings: list[str]) -> list[str]:
    if any(cell.strip() for cell in line[len(headings) :]):
        raise InvalidError("file_headings_unclear", "a row is longer than the headings")
    return (line + [""] * len(headings))[: len(headings)]


def _text(body: bytes) -> list[list[str]]:
    for encoding in ENCODINGS:
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        try:
            lines = list(csv.reader(StringIO(text, newline=""), strict=True))
        except csv.Error as error:
            raise InvalidError("file_unreadable", "the file is no table") from error
        return _checked(lines)
    raise InvalidError("file_unreadable", "the file is in no known encoding")


def _workbook(body: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(BytesIO(body)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
                raise InvalidError("file_unreadable", "the workbook unpacks to too much")
        book = load_workbook(BytesIO(body), read_only=True, data_only=True)
        try:
            sheet = book.worksheets[0]
            lines = [
                _without_empty_end([_cell_text(value) for value in row])
                for row in sheet.iter_rows(
                    max_row=MAX_LINES + 1, max_col=MAX_COLUMNS + 1, values_only=True
                )
            ]
        finally:
            book.close()
    except BROKEN_WORKBOOK as error:
        raise InvalidError("file_unreadable", "the file is no workbook") from error
    return _checked(lines)


def _without_empty_end(line: list[str]) -> list[str]:
    while line and not line[-1]:
        line.pop()
    return line


def _checked(lines: list[list[str]]) -> list[list[str]]:
    if len(lines) > MAX_LINES or any(len(line) > MAX_COLUMNS for line in lines):
        raise InvalidError("file_unreadable", "the table has too many rows or columns")
    if any("\x00" in cell for line in lines for cell in line):
        raise InvalidError("file_unreadable", "the table holds NUL bytes")
    return lines


def _cell_text(value: object) -> str:
    """Return what a cell of a workbook shows, days as 2026-01-31."""
    if isinstance(value, datetime):
        value = value.date()
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)
