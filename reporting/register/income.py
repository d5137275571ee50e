"""What the platform credited to households, by class and against earlier months."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    SQLColumnExpression,
    Subquery,
    and_,
    func,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from households.models import Entitlement, EntitlementReversal, Household
from households.queries.statements import list_household_months
from households.values import HouseholdId, IncomeClass
from kernel import policy
from kernel.clock import at_local_midnight
from kernel.paging import Page, cut, decode_key, encode_key
from kernel.regions import Region
from kernel.rows import fill_all
from reporting.register.links import YEAR_MONTHS, in_scope, months_before

PARAM_MONTHS = "falling_income_months"
PARAM_PERCENT = "falling_income_percent"
PERCENT = 100


@dataclass(frozen=True, slots=True)
class Comparison:
    """Some whole months, the same months of the year before, and how deep a fall counts."""

    months: int
    percent: int
    begin: date
    end: date

    @property
    def last_day(self) -> date:
        """Return the last day of the later months."""
        return date.fromordinal(self.end.toordinal() - 1)

    @property
    def begin_before(self) -> date:
        """Return the first day of the same months a year earlier."""
        return months_before(self.begin, YEAR_MONTHS)

    @property
    def end_before(self) -> date:
        """Return the first day after the same months a year earlier."""
        return months_before(self.end, YEAR_MONTHS)


@dataclass(frozen=True, slots=True)
class FallingRow:
    """A household whose credited income fell, in fen."""

    id: HouseholdId
    village_code: str
    village_name: str
    before_minor: int
    after_minor: int
    percent: int


def find_comparison(session: Session, *, on: date) -> Comparison:
    """Return the last whole months before a day, with the numbers in force on it."""
    months = policy.get_int(session, PARAM_MONTHS, on=on)
    percent = policy.get_int(session, PARAM_PERCENT, on=on)
    end = months_before(on, 0)
    return Comparison(months, percent, months_before(end, months), end)


def list_falling(
    session: Session, scope: str, wanted: Comparison, *, key: str | None, size: int
) -> Page[FallingRow]:
    """Return a page of households whose income fell, by village and number; one statement.

    Who had nothing in the earlier months has nothing to fall from and is not listed.
    """
    before = _credited(wanted.begin_before, wanted.end_before, "before")
    after = _credited(wanted.begin, wanted.end, "after")
    now = func.coalesce(after.c.minor, 0)
    lost = before.c.minor - now
    statement = (
        select(
            Household.id,
            Household.village_code,
            Region.name,
            before.c.minor,
            now,
            (lost * PERCENT / before.c.minor).cast(Integer),
        )
        .join(before, before.c.household_id == Household.id)
        .outerjoin(after, after.c.household_id == Household.id)
        .join(Region, Region.code == Household.village_code)
        .where(
            in_scope(scope),
            before.c.minor > 0,
            lost * PERCENT >= wanted.percent * before.c.minor,
        )
    )
    if key is not None:
        village, number = decode_key(key, str, str)
        statement = statement.where(
            func.row(Household.village_code, Household.id) > func.row(str(village), str(number))
        )
    rows = fill_all(
        FallingRow,
        session.execute(
            statement.order_by(Household.village_code, Household.id).limit(size + 1)
        ),
    )
    return cut(rows, size, lambda row: encode_key(row.village_code, row.id))


def credited_by_class(
    session: Session, household_id: HouseholdId, *, since: date, until: date
) -> Mapping[IncomeClass, int]:
    """Return what was credited to one household in a period, net of refunds, by class."""
    found = dict.fromkeys(IncomeClass, 0)
    for row in list_household_months(session, household_id, since=since, until=until):
        found[row.income_class] += row.net_minor
    return found


def _credited(begin: date, end: date, name: str) -> Subquery:
    """Return (household, fen): earned in the period less what was taken back in it."""
    first, last = at_local_midnight(begin), at_local_midnight(end)
    earned = select(Entitlement.household_id, Entitlement.amount_minor.label("minor")).where(
        Entitlement.household_id.is_not(None), _within(Entitlement.earned_at, first, last)
    )
    taken_at = func.greatest(EntitlementReversal.at, Entitlement.earned_at)
    taken = (
        select(Entitlement.household_id, -EntitlementReversal.minor)
        .join(Entitlement, Entitlement.id == EntitlementReversal.entitlement_id)
        .where(
            Entitlement.household_id.is_not(None),
            Entitlement.earned_at.is_not(None),
            _within(taken_at, first, last),
        )
    )
    moves = union_all(earned, taken).subquery()
    return (
        select(moves.c.household_id, func.sum(moves.c.minor).cast(BigInteger).label("minor"))
        .group_by(moves.c.household_id)
        .subquery(name)
    )


def _within(
    moment: SQLColumnExpression[Any], first: datetime, last: datetime
) -> ColumnElement[bool]:
    return and_(moment >= first, moment < last)
