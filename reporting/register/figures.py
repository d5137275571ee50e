"""What may be said to everybody of a region's register: counts, never of a few households.

One table only, so that no two published tables can be subtracted from each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import and_, case, func, literal, select
from sqlalchemy.orm import Session

from households.models import Household, HouseholdCategoryPeriod
from households.values import HouseholdCategory
from kernel import policy
from kernel.disclosure import DisclosurePolicy, HouseholdGroup
from kernel.errors import NotFoundError
from reporting.register import links
from reporting.register.links import LinkDays
from reporting.rules.disclosure import (
    DISTRICT_DIGITS,
    DisclosedTable,
    part_of_region,
    protect_region,
)
from reporting.values import Place

PARAM_TARGET = "linkage_coverage_target_percent"
PERCENT = 100


class FigureColumn(StrEnum):
    """The columns of the table; together they are all registered households."""

    LIFTED_LINKED = "lifted_linked"
    LIFTED_UNLINKED = "lifted_unlinked"
    MONITORED_AIDED = "monitored_aided"
    MONITORED_UNAIDED = "monitored_unaided"
    GENERAL = "general"


@dataclass(frozen=True, slots=True)
class Rate:
    """A part of a whole, both of them large enough to be shown."""

    part: int
    whole: int

    @property
    def tenths(self) -> int:
        """Return the rate in tenths of a percent, rounded down."""
        return self.part * PERCENT * 10 // self.whole


def count(
    session: Session,
    scope: str,
    days: LinkDays,
    *,
    places: Sequence[Place],
    shown: DisclosurePolicy,
) -> DisclosedTable:
    """Return registered households of a region by place and column, safe to show.

    The whole district is protected at once, whatever part of it is shown.
    """
    district = scope[:DISTRICT_DIGITS]
    found = links.linked(days)
    monitored = links.is_monitored(days.on)
    column = case(
        (and_(monitored, links.has_measure(days.on)), literal(FigureColumn.MONITORED_AIDED)),
        (monitored, literal(FigureColumn.MONITORED_UNAIDED)),
        (
            and_(
                HouseholdCategoryPeriod.category == HouseholdCategory.LIFTED,
                links.is_linked(found),
            ),
            literal(FigureColumn.LIFTED_LINKED),
        ),
        (
            HouseholdCategoryPeriod.category == HouseholdCategory.LIFTED,
            literal(FigureColumn.LIFTED_UNLINKED),
        ),
        else_=literal(FigureColumn.GENERAL),
    )
    people = (
        select(Household.village_code.label("place"), column.label("column"))
        .select_from(Household)
        .outerjoin(HouseholdCategoryPeriod, links.category_of(days.on))
        .where(links.in_scope(district))
        .subquery()
    )
    by = (people.c.place, people.c.column)
    rows = session.execute(select(*by, func.count()).group_by(*by)).all()
    cells = {(row[0], str(row[1])): HouseholdGroup(row[2]) for row in rows}
    columns = [str(item) for item in FigureColumn]
    table = protect_region(cells, area_of={}, columns=columns, policy=shown)
    return part_of_region(table, scope, places=places)


def coverage(table: DisclosedTable, row: str) -> Rate | None:
    """Return lifted households with a contract in force of all lifted ones, where shown."""
    return _rate(table, row, FigureColumn.LIFTED_LINKED, FigureColumn.LIFTED_UNLINKED)


def aided(table: DisclosedTable, row: str) -> Rate | None:
    """Return monitored households with a measure on file of all monitored ones."""
    return _rate(table, row, FigureColumn.MONITORED_AIDED, FigureColumn.MONITORED_UNAIDED)


def find_target(session: Session, days: LinkDays) -> int | None:
    """Return the line the coverage is read against, in percent, or None without one."""
    try:
        return policy.get_int(session, PARAM_TARGET, on=days.on)
    except NotFoundError:
        return None


def _rate(
    table: DisclosedTable, row: str, part: FigureColumn, rest: FigureColumn
) -> Rate | None:
    counted, others = table.find(row, part), table.find(row, rest)
    if counted is None or others is None or not counted.households + others.households:
        return None
    return Rate(counted.households, counted.households + others.households)
