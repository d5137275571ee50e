"""Which contracts link which household on a day, and how far a delivery links."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import CTE, ColumnElement, and_, exists, or_, select, union
from sqlalchemy.orm import Session

from catalog.models import Lot, LotContribution
from households.models import (
    ContractVersion,
    Household,
    HouseholdCategoryPeriod,
    HouseholdMeasure,
    LinkageContract,
    MonitoringStatus,
)
from households.queries.contracts import in_force
from households.values import MeasureKind, RiskStatus
from kernel import policy

PARAM_DELIVERY_MONTHS = "delivery_linkage_months"
YEAR_MONTHS = 12


@dataclass(frozen=True, slots=True)
class LinkDays:
    """The day that is asked about, and the first day whose deliveries still link."""

    on: date
    since: date


def find_days(session: Session, *, on: date) -> LinkDays:
    """Return the day with the reach of deliveries in force on it."""
    months = policy.get_int(session, PARAM_DELIVERY_MONTHS, on=on)
    return LinkDays(on, months_before(on, months))


def months_before(day: date, months: int) -> date:
    """Return the first day of the month that lies so many months before a day's month."""
    position = day.year * YEAR_MONTHS + day.month - 1 - months
    return date(position // YEAR_MONTHS, position % YEAR_MONTHS + 1, 1)


def linked(days: LinkDays, *, name: str = "linked") -> CTE:
    """Return (household, contract, payer, model, class) of every contract in force.

    A household is linked by a contract of its own, and by its seller's contract with all
    producers while a delivery of its own lies within the reach.
    """
    shown = (
        LinkageContract.id.label("contract_id"),
        LinkageContract.organisation_code,
        LinkageContract.model_code,
        LinkageContract.income_class,
    )
    own = (
        select(LinkageContract.household_id, *shown)
        .join(ContractVersion, ContractVersion.contract_id == LinkageContract.id)
        .where(LinkageContract.household_id.is_not(None), in_force(days.on))
    )
    common = (
        select(LotContribution.household_id, *shown)
        .join(Lot, Lot.id == LotContribution.lot_id)
        .join(LinkageContract, LinkageContract.organisation_code == Lot.seller_code)
        .join(ContractVersion, ContractVersion.contract_id == LinkageContract.id)
        .where(
            LinkageContract.household_id.is_(None),
            in_force(days.on),
            Lot.harvested_on >= days.since,
            Lot.harvested_on <= days.on,
        )
    )
    return union(own, common).cte(name)


def is_linked(links: CTE, *also: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that a household has a contract in force."""
    return exists().where(links.c.household_id == Household.id, *also)


def is_monitored(on: date) -> ColumnElement[bool]:
    """Return the condition that a household's risk is open on a day."""
    return exists().where(
        MonitoringStatus.household_id == Household.id,
        MonitoringStatus.recognised_on <= on,
        or_(
            MonitoringStatus.risk_status == RiskStatus.MONITORING,
            MonitoringStatus.eliminated_on > on,
        ),
    )


def has_measure(on: date, *kinds: MeasureKind) -> ColumnElement[bool]:
    """Return the condition that a measure (of one of the kinds) is in force on a day."""
    conditions: list[Any] = [
        HouseholdMeasure.household_id == Household.id,
        HouseholdMeasure.since <= on,
        or_(HouseholdMeasure.until.is_(None), HouseholdMeasure.until >= on),
    ]
    if kinds:
        conditions.append(HouseholdMeasure.kind.in_(kinds))
    return exists().where(*conditions)


def category_of(on: date) -> ColumnElement[bool]:
    """Return the condition that joins a household to its category on a day."""
    return and_(
        HouseholdCategoryPeriod.household_id == Household.id,
        HouseholdCategoryPeriod.valid_from <= on,
        or_(HouseholdCategoryPeriod.valid_to.is_(None), HouseholdCategoryPeriod.valid_to >= on),
    )


def in_scope(scope: str) -> ColumnElement[bool]:
    """Return the condition that a household lives in a region."""
    return Household.village_code.startswith(scope, autoescape=True)
