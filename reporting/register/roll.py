"""The roll of a region: which households it has, a page at a time, and single reports of them.

Every list is narrowed by the region first; nothing outside of it is ever read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from households.models import Household, HouseholdCategoryPeriod
from households.values import (
    HouseholdCategory,
    HouseholdId,
    IncomeClass,
    MeasureKind,
)
from kernel.paging import Page, cut, decode_key, encode_key
from kernel.regions import Region
from kernel.rows import fill_all
from reporting.register import links
from reporting.register.links import LinkDays


class Report(StrEnum):
    """Which households a page lists."""

    ALL = "all"
    UNLINKED = "unlinked"
    """Monitored, with somebody able to work, and no contract in force."""
    RELOCATED = "relocated"
    """Moved, and without a job or without a product."""
    UNAIDED = "unaided"
    """Monitored, without a measure on file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollFilter:
    """Which households of a region are asked for."""

    scope: str
    report: Report = Report.ALL
    categories: frozenset[HouseholdCategory] = frozenset()
    monitored: bool | None = None
    relocated: bool | None = None
    linked: bool | None = None
    word: str = ""
    """The beginning of a household's number."""


@dataclass(frozen=True, slots=True)
class RollRow:
    """One household of a roll, without a name and without income."""

    id: HouseholdId
    village_code: str
    village_name: str
    township_name: str
    members: int
    labour: int
    is_relocated: bool
    category: HouseholdCategory | None
    category_since: date | None
    is_monitored: bool
    contracts: int
    has_job: bool
    has_product: bool
    has_measure: bool


def list_roll(
    session: Session, wanted: RollFilter, days: LinkDays, *, key: str | None, size: int
) -> Page[RollRow]:
    """Return a page of households by village and number; one statement."""
    found = links.linked(days)
    statement = _rows(days, found).where(*_conditions(wanted, days, found))
    if key is not None:
        village, number = decode_key(key, str, str)
        statement = statement.where(
            or_(
                Household.village_code > str(village),
                and_(
                    Household.village_code == str(village),
                    Household.id > HouseholdId(str(number)),
                ),
            )
        )
    statement = statement.order_by(Household.village_code, Household.id).limit(size + 1)
    rows = fill_all(RollRow, session.execute(statement))
    return cut(rows, size, lambda row: encode_key(row.village_code, row.id))


def count_roll(session: Session, wanted: RollFilter, days: LinkDays) -> int:
    """Return how many households a filter finds."""
    return session.execute(
        select(func.count())
        .select_from(Household)
        .outerjoin(HouseholdCategoryPeriod, links.category_of(days.on))
        .where(*_conditions(wanted, days, links.linked(days)))
    ).scalar_one()


def list_villages(session: Session, scope: str) -> Sequence[tuple[str, str]]:
    """Return code and name of the villages of a region that have households."""
    rows = session.execute(
        select(Region.code, Region.name)
        .where(
            Region.code.in_(
                select(Household.village_code).where(links.in_scope(scope)).distinct()
            )
        )
        .order_by(Region.code)
    )
    return [(row.code, row.name) for row in rows]


def _rows(days: LinkDays, found: CTE) -> Select[*tuple[Any, ...]]:
    township = aliased(Region)
    contracts = (
        select(func.count(found.c.contract_id.distinct()))
        .where(found.c.household_id == Household.id)
        .scalar_subquery()
    )
    return (
        select(
            Household.id,
            Household.village_code,
            Region.name,
            func.coalesce(township.name, literal("")),
            Household.members,
            Household.labour,
            Household.is_relocated,
            HouseholdCategoryPeriod.category,
            HouseholdCategoryPeriod.valid_from,
            links.is_monitored(days.on),
            contracts,
            _has_job(days, found),
            _has_product(days, found),
            links.has_measure(days.on),
        )
        .join(Region, Region.code == Household.village_code)
        .outerjoin(township, township.code == Region.parent_code)
        .outerjoin(HouseholdCategoryPeriod, links.category_of(days.on))
    )


def _conditions(wanted: RollFilter, days: LinkDays, found: CTE) -> list[ColumnElement[bool]]:
    which: list[ColumnElement[bool]] = [links.in_scope(wanted.scope)]
    which += _of_report(wanted, days, found)
    if wanted.categories:
        which.append(HouseholdCategoryPeriod.category.in_(wanted.categories))
    if wanted.monitored is not None:
        which.append(links.is_monitored(days.on).is_(wanted.monitored))
    if wanted.relocated is not None:
        which.append(Household.is_relocated.is_(wanted.relocated))
    if wanted.linked is not None:
        which.append(links.is_linked(found).is_(wanted.linked))
    if wanted.word:
        which.append(Household.id.startswith(wanted.word, autoescape=True))
    return which


def _of_report(wanted: RollFilter, days: LinkDays, found: CTE) -> list[Any]:
    if wanted.report is Report.UNLINKED:
        return [links.is_monitored(days.on), Household.labour > 0, ~links.is_linked(found)]
    if wanted.report is Report.RELOCATED:
        return [Household.is_relocated, ~and_(_has_job(days, found), _has_product(days, found))]
    if wanted.report is Report.UNAIDED:
        return [links.is_monitored(days.on), ~links.has_measure(days.on)]
    return []


def _has_job(days: LinkDays, found: CTE) -> ColumnElement[bool]:
    return or_(
        links.is_linked(found, found.c.income_class == IncomeClass.WAGE),
        links.has_measure(days.on, MeasureKind.JOB),
    )


def _has_product(days: LinkDays, found: CTE) -> ColumnElement[bool]:
    return or_(
        links.is_linked(found, found.c.income_class == IncomeClass.OPERATING),
        links.has_measure(days.on, MeasureKind.INDUSTRY),
    )
