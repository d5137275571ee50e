"""From the bytes of a table to its lines: text in the usual encodings, or a workbook."""

import csv
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from io import BytesIO
from typing import NamedTuple
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from cold_chain.values.tables import Encoding, Separator, TableSpec
from kernel.errors import InvalidError

MAX_BYTES = 16 * 1024 * 1024
MAX_UNPACKED = 128 * 1024 * 1024
MAX_LINES = 1_000_000
MAX_SHEET_LINES = 200_000
MAX_COLUMNS = 64
LOOKED_AT = 50
ZIP_BEGINS = b"PK"
OLD_WORKBOOK_BEGINS = b"\xd0\xcf\x11\xe0"
MARKS = {
    b"\xef\xbb\xbf": "utf-8",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}
GUESSES = (Encoding.UTF_8, Encoding.GB18030)
SEPARATORS = (Separator.TAB, Separator.SEMICOLON, Separator.BAR, Separator.COMMA)
BROKEN_WORKBOOK = (
    *(zipfile.BadZipFile, zlib.error, InvalidFileException, ParseError),
    *(ArithmeticError, AssertionError, AttributeError, EOFError, LookupError),
    *(NotImplementedError, OSError, RuntimeError, TypeError, ValueError),
)
"""What the library raises for bytes that are no workbook."""


class Line(NamedTuple):
    """One line of a table."""

    number: int
    cells: list[str]
    raw: str
    """As it stood in the file; empty in a workbook."""


class Sheet(NamedTuple):
    """The lines of a table and what parts their columns."""

    lines: Iterator[Line]
    separator: str


def read_sheet(body: bytes, spec: TableSpec) -> Sheet:
    """Return the lines of a file; raises `InvalidError` for no readable table."""
    if len(body) > MAX_BYTES:
        raise InvalidError(
            "table_too_large", "the file is too large", megabytes=MAX_BYTES // 1024 // 1024
        )
    if body.startswith(OLD_WORKBOOK_BEGINS):
        raise InvalidError("table_old_workbook", "a workbook of the old kind")
    if body.startswith(ZIP_BEGINS):
        return Sheet(_workbook(body), "")
    text = _decode(body, spec.encoding)
    if "\x00" in text:
        raise InvalidError("table_unreadable", "the file holds NUL signs")
    lines = text.splitlines()
    if len(lines) > MAX_LINES:
        raise InvalidError("table_too_long", "too many lines", maximum=MAX_LINES)
    separator = _separator(lines, spec)
    return Sheet(_cells(lines, separator), separator)


def _decode(body: bytes, encoding: Encoding) -> str:
    for mark, marked in MARKS.items():
        if body.startswith(mark):
            return _decoded(body[len(mark) :], marked)
    if encoding is not Encoding.AUTO:
        return _decoded(body, encoding.value)
    for guess in GUESSES:
        try:
            return body.decode(guess.value)
        except UnicodeDecodeError:
            continue
    raise InvalidError("table_encoding_unknown", "the file is in no known encoding")


def _decoded(body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        raise InvalidError("table_encoding_unknown", f"the file is not {encoding}") from error


def _separator(lines: Sequence[str], spec: TableSpec) -> str:
    """Return the separator that parts most of the first lines alike."""
    if spec.separator is not Separator.AUTO:
        return spec.separator.value
    first = max(spec.first_line - 1, spec.heading_line - 1, 0)
    sample = [line for line in lines[first : first + LOOKED_AT] if line.strip()]

    def agreement(candidate: Separator) -> tuple[int, int]:
        counts = Counter(line.count(candidate.value) for line in sample)
        counts.pop(0, None)
        (columns, agreeing), *_ = counts.most_common(1) or [(0, 0)]
        return agreeing, columns

    candidates = [
        one for one in SEPARATORS if not (spec.has_decimal_comma and one is Separator.COMMA)
    ]
    return max(candidates, key=agreement).value


def _cells(lines: Sequence[str], separator: str) -> Iterator[Line]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            cells = next(csv.reader([line], delimiter=separator), [])
        except csv.Error:
            cells = line.split(separator)
        yield Line(number, cells[:MAX_COLUMNS], line)


def _workbook(body: bytes) -> Iterator[Line]:
    try:
        with zipfile.ZipFile(BytesIO(body)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
                raise InvalidError("table_too_large", "unpacks to too much", megabytes=128)
        book = load_workbook(BytesIO(body), read_only=True, data_only=True)
        try:
            rows = book.worksheets[0].iter_rows(
                max_row=MAX_SHEET_LINES + 1, max_col=MAX_COLUMNS, values_only=True
            )
            for number, row in enumerate(rows, 1):
                if number > MAX_SHEET_LINES:
                    raise InvalidError(
                        "table_too_long", "too many lines", maximum=MAX_SHEET_LINES
                    )
                cells = [_shown(value) for value in row]
                if any(cells):
                    yield Line(number, cells, "")
        finally:
            book.close()
    except BROKEN_WORKBOOK as error:
        raise InvalidError("table_unreadable", "the file is no workbook") from error


def _shown(value: object) -> str:
    """Return what a cell holds as text; moments to the microsecond, numbers in full."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, date | time) else str(value)
