"""Working days of the calendar in force: weekends, public holidays, days worked instead."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.policy import PolicyParam

PARAM_CALENDAR = "working_day_calendar"
SATURDAY = 5
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days that differ from the plain week."""

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    """Weekend days on which is worked (调休)."""

    def is_working(self, day: date) -> bool:
        """Say whether a day is worked."""
        if day in self.workdays:
            return True
        return day.weekday() < SATURDAY and day not in self.holidays

    def add(self, day: date, count: int) -> date:
        """Return the last of `count` working days after a day."""
        while count > 0:
            day += DAY
            count -= self.is_working(day)
        return day


def load(session: Session) -> Calendar:
    """Return every published day that differs; a year without a list has plain weeks.

    Plain weeks make deadlines shorter, never longer.
    """
    holidays: set[date] = set()
    workdays: set[date] = set()
    for value in session.scalars(
        select(PolicyParam.value).where(PolicyParam.code == PARAM_CALENDAR)
    ):
        for entry in value:
            days = holidays if entry["kind"] == "holiday" else workdays
            days.update(_span(entry["from"], entry["to"]))
    return Calendar(frozenset(holidays), frozenset(workdays))


def _span(first: str, last: str) -> list[date]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return [begin + DAY * offset for offset in range((end - begin).days + 1)]
