"""Moments as events write them: with a date, a time and an offset, never without."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

FORM: Final = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})[Tt](?P<time>\d{2}:\d{2}:\d{2})(?:\.(?P<part>\d+))?"
    r"(?P<zone>[Zz]|[+-]\d{2}:\d{2})",
    re.ASCII,
)
MILLISECOND: Final = 1000


def read(text: str) -> datetime:
    """Return the moment in UTC; raises ValueError for whatever is not a full one.

    More digits than microseconds are cut off; a leap second counts as the next second.
    """
    found = FORM.fullmatch(text)
    if found is None:
        msg = "not a moment with an offset"
        raise ValueError(msg)
    clock = found["time"]
    is_leap = clock.endswith(":60")
    if is_leap:
        clock = f"{clock[:-2]}59"
    naive = datetime.fromisoformat(f"{found['day']}T{clock}")
    micro = int((found["part"] or "0")[:6].ljust(6, "0"))
    moment = naive.replace(microsecond=micro, tzinfo=_zone(found["zone"]))
    if is_leap:
        moment += timedelta(seconds=1)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        msg = "outside of all years"
        raise ValueError(msg) from error


def _zone(text: str) -> timezone:
    if text in "Zz":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 23 or minutes > 59:  # noqa: PLR2004 -- the hours and minutes of a day
        msg = "no such offset"
        raise ValueError(msg)
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)


def write(moment: datetime) -> str:
    """Return a moment in UTC to the millisecond, the nearest one, ties to the even one."""
    exact = moment.astimezone(UTC)
    nearest = round(exact.microsecond, -3)
    rounded = exact.replace(microsecond=0) + timedelta(microseconds=nearest)
    return f"{rounded:%Y-%m-%dT%H:%M:%S}.{rounded.microsecond // MILLISECOND:03d}Z".rjust(
        24, "0"
    )


def canonical(text: str) -> str:
    """Return a written moment in the form of the event hash; other text stays as it is."""
    try:
        return write(read(text))
    except (ValueError, OverflowError):
        return text
