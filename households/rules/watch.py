"""What is due, what is overdue, who stands below the line, and when a price fell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

WEEK = timedelta(days=7)
PERCENT = 100
MONTHS = 12
QUARTER = 3


class DueState(StrEnum):
    """How a duty of a period stands."""

    DONE = "done"
    RUNNING = "running"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar month or quarter by its first day and the first day after it."""

    begin: date
    end: date

    @property
    def last_day(self) -> date:
        """Return the last day that counts."""
        return self.end - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WeekPrice:
    """A product's price in the week that begins on a Monday, in fen."""

    week: date
    minor: int


@dataclass(frozen=True, slots=True)
class Fall:
    """A run of falling weeks: the week before it, its last week, and how many it is long."""

    baseline: WeekPrice
    latest: WeekPrice
    weeks: int


def month_of(day: date) -> Period:
    """Return the calendar month of a day."""
    return _period(day.replace(day=1), 1)


def quarter_of(day: date) -> Period:
    """Return the calendar quarter of a day."""
    first = (day.month - 1) // QUARTER * QUARTER + 1
    return _period(day.replace(month=first, day=1), QUARTER)


def _period(begin: date, months: int) -> Period:
    position = begin.month - 1 + months
    return Period(begin, date(begin.year + position // MONTHS, position % MONTHS + 1, 1))


def due_state(done: int, wanted: int, period: Period, *, today: date) -> DueState:
    """Return how a duty stands; it is overdue only once its period is over."""
    if done >= wanted:
        return DueState.DONE
    return DueState.OVERDUE if today >= period.end else DueState.RUNNING


def is_below_line(net_minor: int, members: int, line_minor: int) -> bool:
    """Say whether a year's net income a person is strictly below the line, without rounding."""
    return net_minor < line_minor * members


def find_fall(prices: Sequence[WeekPrice], *, weeks: int, percent: int) -> Fall | None:
    """Return the fall that ends in the latest week, if it is long and deep enough.

    The price falls when it is lower than in the calendar week right before; a week without a
    price ends the run, because nobody knows what it was. The baseline is the week before the
    run, and the fall is deep enough at exactly `percent`.
    """
    ordered = sorted(prices, key=lambda price: price.week)
    if not ordered:
        return None
    first = len(ordered) - 1
    while first > 0 and _fell(ordered[first - 1], ordered[first]):
        first -= 1
    baseline, latest = ordered[first], ordered[-1]
    run = len(ordered) - 1 - first
    lost = baseline.minor - latest.minor
    if run < weeks or lost * PERCENT < percent * baseline.minor:
        return None
    return Fall(baseline, latest, run)


def _fell(before: WeekPrice, after: WeekPrice) -> bool:
    return after.week - before.week == WEEK and after.minor < before.minor
