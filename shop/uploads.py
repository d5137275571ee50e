"""Tables that people upload: rows by heading, out of CSV or a workbook."""

import csv
import zipfile
import zlib
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO, StringIO
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from kernel.errors import InvalidError

MAX_BYTES = 2 * 1024 * 1024
MAX_UNPACKED = 32 * 1024 * 1024
MAX_COLUMNS = 40
MAX_LINES = 5_000
ZIP_BEGINS = b"PK"
ENCODINGS = ("utf-8-sig", "gb18030")
BROKEN_WORKBOOK = (
    *(zipfile.BadZipFile, zlib.error, InvalidFileException, ParseError),
    *(ArithmeticError, AttributeError, EOFError, LookupError, NotImplementedError),
    *(OSError, RuntimeError, TypeError, ValueError),
)
"""What the library raises for bytes that are no workbook."""


def read_rows(body: bytes) -> list[Mapping[str, str]]:
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
