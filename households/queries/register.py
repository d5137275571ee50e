"""Read the register: one household, or counts of many."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from households.models import (
    Household,
    HouseholdCategoryPeriod,
    MonitoringStatus,
)
from households.values import HouseholdCategory, HouseholdId, RiskStatus
from kernel.regions import Region


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdCard:
    """A household as its own pages see it; it has a number and no name."""

    id: HouseholdId
    village_code: str
    village_name: str
    members: int
    labour: int
    is_relocated: bool
    registered_on: date
    category: HouseholdCategory | None
    is_monitored: bool


def find_household(
    session: Session, household_id: HouseholdId, *, on: date
) -> HouseholdCard | None:
    """Return a household with its category on a day, or None."""
    row = session.execute(
        select(
            Household.id,
            Household.village_code,
            Region.name.label("village_name"),
            Household.members,
            Household.labour,
            Household.is_relocated,
            Household.registered_on,
            HouseholdCategoryPeriod.category,
            exists()
            .where(
                MonitoringStatus.household_id == Household.id,
                MonitoringStatus.recognised_on <= on,
                _open_on(on),
            )
            .label("is_monitored"),
        )
        .join(Region, Region.code == Household.village_code)
        .outerjoin(
            HouseholdCategoryPeriod,
            and_(HouseholdCategoryPeriod.household_id == Household.id, _category_on(on)),
        )
        .where(Household.id == household_id)
    ).one_or_none()
    return None if row is None else HouseholdCard(**row._mapping)  # noqa: SLF001 -- a Row's public name


def _category_on(on: date) -> ColumnElement[bool]:
    return and_(
        HouseholdCategoryPeriod.valid_from <= on,
        or_(HouseholdCategoryPeriod.valid_to.is_(None), HouseholdCategoryPeriod.valid_to >= on),
    )


def _open_on(on: date) -> ColumnElement[bool]:
    return or_(
        MonitoringStatus.risk_status == RiskStatus.MONITORING,
        MonitoringStatus.eliminated_on > on,
    )
