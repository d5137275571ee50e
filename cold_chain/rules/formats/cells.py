"""Cells of logger tables: numbers and moments as people and programs write them."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from cold_chain.rules.formats.numbers import read_decimal, to_centi, to_moment
from cold_chain.values.tables import DateOrder, Unit

LONGEST = 64
EXCEL_ZERO = datetime(1899, 12, 30, tzinfo=UTC)
LAST_SERIAL = 2_958_465
"""31 December 9999."""
DAY_S = 86_400
NOON = 12
MIDNIGHT = 24
CENTURY = 100
MINUSES = str.maketrans("\u2212\u2013\u2014\u2012\ufe63", "-----")
SIGNS = {
    "°C": Unit.CELSIUS,
    "ºC": Unit.CELSIUS,
    "C": Unit.CELSIUS,
    "摄氏度": Unit.CELSIUS,
    "度": Unit.CELSIUS,
    "°": None,
    "°F": Unit.FAHRENHEIT,
    "ºF": Unit.FAHRENHEIT,
    "F": Unit.FAHRENHEIT,
    "K": Unit.KELVIN,
}
NUMBER = re.compile(r"([+-]?[0-9.,']+(?:[eE][+-]?[0-9]{1,3})?)\s*(\D*)")
PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
SWAPPED = str.maketrans(",.", ".,")

PERIODS = {
    **dict.fromkeys(("am", "a.m.", "上午", "凌晨", "早上"), False),
    **dict.fromkeys(("pm", "p.m.", "下午", "晚上", "中午"), True),
}
PERIOD = "|".join(re.escape(word) for word in PERIODS)
CLOCK = re.compile(
    rf"(?P<before>{PERIOD})?\s*(?P<h>[0-9]{{1,2}})[:时点](?P<m>[0-9]{{1,2}})"
    r"(?:[:分](?P<s>[0-9]{1,2})(?:[.,](?P<f>[0-9]{1,6})[0-9]*)?秒?|分)?"
    rf"\s*(?P<after>{PERIOD})?\s*(?P<zone>z|(?:utc|gmt)?\s*[+-][0-9]{{1,2}}:?(?:[0-9]{{2}})?|utc|gmt)?",
    re.IGNORECASE,
)
DATE = re.compile(r"([0-9]{1,4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,4})日?")
COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:[t ]?([0-9]{2})([0-9]{2})([0-9]{2})?)?")
OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])([0-9]{1,2}):?([0-9]{2})?", re.IGNORECASE)
PLACES = {DateOrder.YMD: (0, 1, 2), DateOrder.DMY: (2, 1, 0), DateOrder.MDY: (2, 0, 1)}
NUMERIC = frozenset({DateOrder.EPOCH_S, DateOrder.EPOCH_MS, DateOrder.EXCEL})


class Read(NamedTuple):
    """A moment, or the code of why there is none."""

    at: datetime | None
    problem: str = ""


def clean(cell: str) -> str:
    """Return a cell with full-width signs made plain, minus signs made one, edges trimmed."""
    return unicodedata.normalize("NFKC", cell[: 4 * LONGEST]).translate(MINUSES).strip()


def read_centi(
    cell: str, *, unit: Unit = Unit.CELSIUS, has_comma: bool = False, divisor: int = 1
) -> int | None:
    """Return hundredths of °C of a cell such as `－18.5℃`, or None for no number."""
    text = clean(cell)
    is_below = text.startswith("零下")
    found = NUMBER.fullmatch(text.removeprefix("零下").strip())
    if found is None or len(text) > LONGEST:
        return None
    digits, sign = found[1], found[2].strip()
    number = _number(digits, has_comma=has_comma)
    if number is None or (sign and sign not in SIGNS):
        return None
    told = SIGNS[sign] if sign else None
    return to_centi((-number if is_below else number) / divisor, unit=(told or unit).value)


def _number(digits: str, *, has_comma: bool) -> Decimal | None:
    plain = digits.translate(SWAPPED) if has_comma else digits
    if THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    return read_decimal(plain) if PLAIN.fullmatch(plain) else None


def read_moment(cell: str, order: DateOrder, zone: tzinfo | None) -> Read:
    """Return the moment a cell names; one without zone is in the declared zone.

    A moment the declared zone does not have, or has twice, is no moment.
    """
    text = clean(cell)
    if order in NUMERIC:
        return _numeric(text, order, zone)
    if not text or len(text) > LONGEST:
        return Read(None, "moment_missing" if not text else "moment_unreadable")
    try:
        naive, told = _written(text, order)
    except (ValueError, OverflowError):
        return Read(None, "moment_unreadable")
    return place(naive, told or zone)


def place(naive: datetime, zone: tzinfo | None) -> Read:
    """Return the moment of a clock's reading in a zone."""
    if zone is None:
        return Read(None, "zone_missing")
    try:
        first = naive.replace(tzinfo=zone, fold=0)
        if first.utcoffset() != naive.replace(tzinfo=zone, fold=1).utcoffset():
            return Read(None, "moment_ambiguous")
        return Read(first.astimezone(UTC))
    except OverflowError:
        return Read(None, "moment_unreadable")


@lru_cache(maxsize=64)
def find_zone(name: str) -> tzinfo | None:
    """Return the zone of a name such as `Asia/Shanghai` or `+08:00`, or None."""
    offset = OFFSET.fullmatch(name)
    if offset:
        return _offset(offset)
    if name.upper() in {"UTC", "GMT", "Z"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _offset(found: re.Match[str]) -> tzinfo | None:
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    if minutes >= MIDNIGHT * 60:
        return None
    return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))


def _numeric(text: str, order: DateOrder, zone: tzinfo | None) -> Read:
    number = read_decimal(text)
    if number is None:
        return Read(None, "moment_unreadable" if text else "moment_missing")
    if order is DateOrder.EXCEL:
        if not 1 <= number <= LAST_SERIAL:
            return Read(None, "moment_unreadable")
        # A serial is a binary fraction: what it means is known to the millisecond at best.
        milliseconds = int((number * DAY_S * 1000).to_integral_value())
        naive = (EXCEL_ZERO + timedelta(milliseconds=milliseconds)).replace(tzinfo=None)
        return place(naive, zone)
    at = to_moment(number / 1000 if order is DateOrder.EPOCH_MS else number)
    return Read(at, "" if at else "moment_unreadable")


def _written(text: str, order: DateOrder) -> tuple[datetime, tzinfo | None]:
    compact = COMPACT.fullmatch(text.lower())
    if compact and order is DateOrder.YMD:
        year, month, day, hour, minute, second = (int(part or 0) for part in compact.groups())
        date = datetime(year, month, day)  # noqa: DTZ001 -- placed in its zone later
        return _with_hour(date, hour, minute, second), None
    found = DATE.match(text)
    if found is None:
        raise ValueError(text)
    parts = [int(part) for part in found.groups()]
    year, month, day = (parts[at] for at in PLACES[order])
    if year < CENTURY:
        year += 2000
    date = datetime(year, month, day)  # noqa: DTZ001 -- placed in its zone later
    rest = text[found.end() :].strip(" ,Tt")
    if not rest:
        return date, None
    clock = CLOCK.fullmatch(rest)
    if clock is None:
        raise ValueError(text)
    told = find_zone(clock["zone"]) if clock["zone"] else None
    if clock["zone"] and told is None:
        raise ValueError(text)
    return _with_clock(date, clock), told


def _with_clock(date: datetime, clock: re.Match[str]) -> datetime:
    hour = int(clock["h"])
    word = (clock["before"] or clock["after"] or "").lower()
    if word:
        is_after = PERIODS[word]
        if hour > NOON and not is_after:
            raise ValueError(word)
        if hour == NOON and not is_after:
            hour = 0
        elif hour < NOON and is_after:
            hour += NOON
    moment = _with_hour(date, hour, int(clock["m"]), int(clock["s"] or 0))
    return moment + timedelta(microseconds=int((clock["f"] or "0").ljust(6, "0")))


def _with_hour(date: datetime, hour: int, minute: int, second: int) -> datetime:
    """Return the moment of a day; 24:00 is the next day's midnight."""
    if hour == MIDNIGHT and not minute and not second:
        return date + timedelta(days=1)
    return date.replace(hour=hour, minute=minute, second=second)
