"""Column templates: how a table of a logger is read."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

Text = Annotated[str, Meta(max_length=64)]
Column = Annotated[str, Meta(min_length=1, max_length=64)]
"""A heading, or `#3` for the third column."""


class DateOrder(StrEnum):
    """How moments are written."""

    YMD = "ymd"
    DMY = "dmy"
    MDY = "mdy"
    EPOCH_S = "epoch_s"
    EPOCH_MS = "epoch_ms"
    EXCEL = "excel"
    """Days since 30 December 1899, with fractions."""


class Encoding(StrEnum):
    """How text is encoded; a byte order mark always wins."""

    AUTO = "auto"
    UTF_8 = "utf-8"
    GB18030 = "gb18030"
    UTF_16 = "utf-16-le"
    SHIFT_JIS = "cp932"


class Separator(StrEnum):
    """What parts the columns of a line."""

    AUTO = "auto"
    COMMA = ","
    SEMICOLON = ";"
    TAB = "\t"
    BAR = "|"


class Checksum(StrEnum):
    """What the last column of each line is; what nobody can check is not taken for checked."""

    NONE = ""
    UNCHECKED = "unchecked"
    """There is one, but its rule is not published; it is passed over."""
    XOR8 = "xor8"
    SUM8 = "sum8"
    SUM16 = "sum16"
    CRC16_CCITT = "crc16-ccitt-false"
    CRC16_XMODEM = "crc16-xmodem"
    CRC16_ARC = "crc16-arc"
    CRC16_MODBUS = "crc16-modbus"
    CRC32 = "crc32"


class Unit(StrEnum):
    """What a temperature column counts in; a sign in the cell itself wins."""

    CELSIUS = "C"
    FAHRENHEIT = "F"
    KELVIN = "K"


class ValueColumn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One column of values and the channel it belongs to."""

    column: Column
    channel: Column
    unit: Unit = Unit.CELSIUS
    divisor: Annotated[int, Meta(ge=1, le=1000)] = 1
    """10 for tenths, 100 for hundredths."""


class TableSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything there is to know of a table before it is read."""

    values: Annotated[tuple[ValueColumn, ...], Meta(min_length=1, max_length=16)]
    time: Text = ""
    """The column of whole moments; or else `date` and `clock`."""
    date: Text = ""
    clock: Text = ""
    order: DateOrder = DateOrder.YMD
    zone: Text = ""
    """Zone of moments that name none, such as `Asia/Shanghai` or `+08:00`."""
    encoding: Encoding = Encoding.AUTO
    separator: Separator = Separator.AUTO
    has_decimal_comma: bool = False
    heading_line: Annotated[int, Meta(ge=0, le=1000)] = 1
    """The line with the headings, counted from 1; 0 when there are none."""
    first_line: Annotated[int, Meta(ge=0, le=1000)] = 0
    """The first line with values; 0 for the one after the headings."""
    status: Text = ""
    """The column that says whether a line is valid, and the words that say so."""
    status_good: Annotated[tuple[Text, ...], Meta(max_length=16)] = ()
    event: Text = ""
    """The column that tells kinds of lines apart, and the kinds that hold values."""
    event_codes: Annotated[tuple[Text, ...], Meta(max_length=16)] = ()
    checksum: Checksum = Checksum.NONE


def read_spec(stored: object) -> TableSpec:
    """Return a spec from plain lists and dictionaries; raises `msgspec.ValidationError`."""
    return msgspec.convert(stored, TableSpec)


def write_spec(spec: TableSpec) -> dict[str, object]:
    """Return a spec as plain lists and dictionaries."""
    plain: dict[str, object] = msgspec.json.decode(msgspec.json.encode(spec))
    return plain
