"""Read the register: one household, or counts of many."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from households.models import (
    ContractVersion,
    Household,
    HouseholdCategoryPeriod,
    LinkageContract,
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


def count_by_category(
    session: Session, *, scope: str, on: date
) -> Mapping[HouseholdCategory, int]:
    """Return how many households of a region stand in each category on a day.

    Counts are exact; a page withholds those below the disclosure minimum.
    """
    rows = session.execute(
        select(HouseholdCategoryPeriod.category, func.count().label("households"))
        .join(Household, Household.id == HouseholdCategoryPeriod.household_id)
        .where(Household.village_code.startswith(scope, autoescape=True), _category_on(on))
        .group_by(HouseholdCategoryPeriod.category)
    )
    return {row.category: row.households for row in rows}


def count_with_contract(
    session: Session, category: HouseholdCategory, *, scope: str, on: date
) -> int:
    """Return how many households of a category have a contract of their own in force."""
    contracted = exists().where(
        LinkageContract.household_id == Household.id,
        ContractVersion.contract_id == LinkageContract.id,
        ContractVersion.activated_at.is_not(None),
        ContractVersion.effective_from <= on,
        or_(ContractVersion.effective_to.is_(None), ContractVersion.effective_to >= on),
    )
    return session.execute(
        select(func.count())
        .select_from(Household)
        .join(HouseholdCategoryPeriod, HouseholdCategoryPeriod.household_id == Household.id)
        .where(
            Household.village_code.startswith(scope, autoescape=True),
            HouseholdCategoryPeriod.category == category,
            _category_on(on),
            contracted,
        )
    ).scalar_one()


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
