"""The one place that reads the clock; moments are aware and UTC, days are Shanghai days."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """Return the present moment, aware and UTC. Only faces, tasks and commands call this."""
    return datetime.now(UTC)


def local_date(at: datetime) -> date:
    """Return the calendar day in Shanghai of an aware moment."""
    return at.astimezone(SHANGHAI).date()


def local_month(at: datetime) -> date:
    """Return the first day of the Shanghai month of an aware moment."""
    return local_date(at).replace(day=1)


def at_local_midnight(day: date) -> datetime:
    """Return the UTC moment at which a Shanghai day begins."""
    return datetime.combine(day, time.min, tzinfo=SHANGHAI).astimezone(UTC)


def next_month(first: date) -> date:
    """Return the first day of the month after the one that begins on `first`."""
    if first.month == 12:  # noqa: PLR2004 -- December
        return date(first.year + 1, 1, 1)
    return date(first.year, first.month + 1, 1)


def offered_years(known: Iterable[int], *, asked: int, present: int) -> list[int]:
    """Return the years a page offers, the newest first: those with data, and the present one.

    The year somebody asked for stands among them, so that a page says which it shows.
    """
    return sorted({*known, asked, present}, reverse=True)
