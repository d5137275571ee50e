"""How many households earned something from sales in a year, and how much, by place.

Earned is what the deliveries of the year brought less what refunds of the year took back. Only
whole calendar years can be asked for: free periods could be subtracted from each other until a
single household is left.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Subquery,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from households.models import (
    Entitlement,
    EntitlementReversal,
    Household,
    HouseholdCategoryPeriod,
)
from households.values import MONITORED, HouseholdCategory
from kernel.clock import at_local_midnight, local_date
from kernel.disclosure import DisclosurePolicy, HouseholdGroup
from kernel.regions import Region
from reporting.rules.disclosure import (
    DISTRICT_DIGITS,
    TOWNSHIP_DIGITS,
    DisclosedTable,
    part_of_region,
    protect_region,
)
from reporting.rules.inference import Key
from reporting.values import CategoryGroup, Place

VILLAGE_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Year:
    """A calendar year of Shanghai up to a moment."""

    year: int
    as_of: datetime

    @property
    def begin(self) -> datetime:
        """Return when the year begins."""
        return at_local_midnight(date(self.year, 1, 1))

    @property
    def end(self) -> datetime:
        """Return up to when is counted."""
        return min(at_local_midnight(date(self.year + 1, 1, 1)), self.as_of)

    @property
    def last_day(self) -> date:
        """Return the day whose categories hold."""
        return min(date(self.year, 12, 31), local_date(self.as_of))


def count(
    session: Session, scope: str, year: Year, *, places: list[Place], shown: DisclosurePolicy
) -> DisclosedTable:
    """Return benefited households of a scope by place and category, safe to show.

    `places` are those below the scope as `volumes.list_places` gives them. The whole district
    is counted and protected at once, whatever part of it is shown. One statement.
    """
    cells, area_of = _cells(session, scope[:DISTRICT_DIGITS], year)
    table = protect_region(
        cells,
        area_of=area_of,
        columns=[str(group) for group in CategoryGroup],
        policy=shown,
    )
    return part_of_region(table, scope, places=places)


def _cells(
    session: Session, scope: str, year: Year
) -> tuple[dict[Key, HouseholdGroup], dict[str, str]]:
    """Return the groups of villages by category, and the areas of their townships."""
    ranked = _ranked(scope, year)
    rows = session.execute(
        select(
            ranked.c.place,
            ranked.c.category,
            func.count(),
            func.sum(ranked.c.minor).cast(BigInteger),
            func.coalesce(func.max(ranked.c.minor).filter(ranked.c.rank == 1), 0),
            func.coalesce(func.max(ranked.c.minor).filter(ranked.c.rank == 2), 0),  # noqa: PLR2004 -- the second largest
            func.max(ranked.c.area),
        ).group_by(ranked.c.place, ranked.c.category)
    ).all()
    cells = {(row[0], row[1]): HouseholdGroup(*row[2:6]) for row in rows}
    return cells, {row[0][:TOWNSHIP_DIGITS]: row[6] for row in rows if row[6]}


def _ranked(scope: str, year: Year) -> Subquery:
    """Return who earned something, by village and category, the largest first."""
    township = aliased(Region)
    town_code = func.left(Household.village_code, TOWNSHIP_DIGITS)
    earned = _earned(year)
    place = Household.village_code
    category = case(
        (HouseholdCategoryPeriod.category.in_(list(MONITORED)), literal("monitored")),
        (HouseholdCategoryPeriod.category == HouseholdCategory.LIFTED, literal("lifted")),
        else_=literal("general"),
    )
    people = (
        select(
            place.label("place"),
            category.label("category"),
            earned.c.minor,
            township.cold_chain_area.label("area"),
        )
        .join_from(earned, Household, Household.id == earned.c.household_id)
        .outerjoin(township, township.code == town_code)
        .outerjoin(
            HouseholdCategoryPeriod,
            and_(
                HouseholdCategoryPeriod.household_id == Household.id,
                HouseholdCategoryPeriod.valid_from <= year.last_day,
                or_(
                    HouseholdCategoryPeriod.valid_to.is_(None),
                    HouseholdCategoryPeriod.valid_to >= year.last_day,
                ),
            ),
        )
        .where(Household.village_code.startswith(scope))
        .subquery()
    )
    return select(
        people,
        func.row_number()
        .over(partition_by=[people.c.place, people.c.category], order_by=people.c.minor.desc())
        .label("rank"),
    ).subquery()


def _earned(year: Year) -> Subquery:
    """Return (household, fen) of everybody with more than nothing left at the end."""
    movements = _movements(year).subquery()
    return (
        select(
            movements.c.household_id,
            func.sum(movements.c.minor).cast(BigInteger).label("minor"),
        )
        .group_by(movements.c.household_id)
        .having(func.sum(movements.c.minor) > 0)
        .subquery("earned")
    )


def _movements(year: Year) -> CompoundSelect[Any, Any]:
    """Return what was earned and, negative, what was taken back, within the year.

    What was taken back before the delivery lowers what the delivery brought.
    """
    earnings = select(Entitlement.household_id, Entitlement.amount_minor.label("minor")).where(
        Entitlement.household_id.is_not(None),
        Entitlement.earned_at >= year.begin,
        Entitlement.earned_at < year.end,
    )
    taken_at = func.greatest(EntitlementReversal.at, Entitlement.earned_at)
    reversals = (
        select(Entitlement.household_id, -EntitlementReversal.minor)
        .join(Entitlement, Entitlement.id == EntitlementReversal.entitlement_id)
        .where(
            Entitlement.household_id.is_not(None),
            Entitlement.earned_at.is_not(None),
            taken_at >= year.begin,
            taken_at < year.end,
        )
    )
    return union_all(earnings, reversals)
