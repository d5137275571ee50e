"""Read what the register remembers of one household: periods, risks, years, visits, help."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from households.models import (
    CategoryTerm,
    CooperativeMembership,
    HouseholdBaseline,
    HouseholdCategoryPeriod,
    HouseholdMeasure,
    HouseholdVisit,
    MonitoringStatus,
)
from households.values import (
    Baseline,
    HouseholdCategory,
    HouseholdId,
    MeasureKind,
    RiskStatus,
    VisitFinding,
    VisitorRole,
)
from kernel.rows import fill_all
from parties.models import Organisation


@dataclass(frozen=True, slots=True)
class CategoryPeriod:
    """A category over one period."""

    category: HouseholdCategory
    valid_from: date
    valid_to: date | None
    basis: str


@dataclass(frozen=True, slots=True)
class RiskPeriod:
    """A recognised risk, and whether it is over."""

    risk_type: str
    recognised_on: date
    status: RiskStatus
    eliminated_on: date | None


@dataclass(frozen=True, slots=True)
class MembershipRow:
    """A membership of one organisation."""

    organisation_code: str
    organisation_name: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """Something done for the household."""

    id: int
    kind: MeasureKind
    since: date
    until: date | None
    note: str


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit to the household."""

    role: VisitorRole
    visited_on: date
    finding: VisitFinding
    note: str


@dataclass(frozen=True, slots=True)
class TermRow:
    """What a category is called over one period."""

    category: HouseholdCategory
    term: str
    valid_from: date
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        """Say whether a household may be put into the category on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def list_terms(session: Session) -> Sequence[TermRow]:
    """Return the official terms of all categories with their periods."""
    return fill_all(
        TermRow,
        session.execute(
            select(
                CategoryTerm.category,
                CategoryTerm.term,
                CategoryTerm.valid_from,
                CategoryTerm.valid_to,
            ).order_by(CategoryTerm.valid_from, CategoryTerm.category)
        ),
    )


def list_categories(session: Session, household_id: HouseholdId) -> Sequence[CategoryPeriod]:
    """Return the household's categories, the newest first."""
    return fill_all(
        CategoryPeriod,
        session.execute(
            select(
                HouseholdCategoryPeriod.category,
                HouseholdCategoryPeriod.valid_from,
                HouseholdCategoryPeriod.valid_to,
                HouseholdCategoryPeriod.basis,
            )
            .where(HouseholdCategoryPeriod.household_id == household_id)
            .order_by(HouseholdCategoryPeriod.valid_from.desc())
        ),
    )


def list_risks(session: Session, household_id: HouseholdId) -> Sequence[RiskPeriod]:
    """Return the household's recognised risks, the newest first."""
    return fill_all(
        RiskPeriod,
        session.execute(
            select(
                MonitoringStatus.risk_type,
                MonitoringStatus.recognised_on,
                MonitoringStatus.risk_status,
                MonitoringStatus.eliminated_on,
            )
            .where(MonitoringStatus.household_id == household_id)
            .order_by(MonitoringStatus.recognised_on.desc())
        ),
    )


def list_memberships(session: Session, household_id: HouseholdId) -> Sequence[MembershipRow]:
    """Return the household's memberships, the newest first."""
    return fill_all(
        MembershipRow,
        session.execute(
            select(
                CooperativeMembership.organisation_code,
                Organisation.name,
                CooperativeMembership.valid_from,
                CooperativeMembership.valid_to,
            )
            .join(Organisation, Organisation.code == CooperativeMembership.organisation_code)
            .where(CooperativeMembership.household_id == household_id)
            .order_by(CooperativeMembership.valid_from.desc())
        ),
    )


def list_baselines(session: Session, household_id: HouseholdId) -> Sequence[Baseline]:
    """Return the household's registered years of income, the newest first."""
    rows = session.execute(
        select(
            HouseholdBaseline.year,
            HouseholdBaseline.wage_minor,
            HouseholdBaseline.operating_gross_minor,
            HouseholdBaseline.operating_cost_minor,
            HouseholdBaseline.property_minor,
            HouseholdBaseline.transfer_minor,
            HouseholdBaseline.medical_minor,
        )
        .ext(distinct_on(HouseholdBaseline.year))
        .where(HouseholdBaseline.household_id == household_id)
        .order_by(HouseholdBaseline.year.desc(), HouseholdBaseline.recorded_at.desc())
    ).mappings()
    return [Baseline(**row) for row in rows]


def list_measures(
    session: Session, household_id: HouseholdId, *, on: date | None = None
) -> Sequence[MeasureRow]:
    """Return the household's measures, the newest first; with `on` only those in force."""
    statement = (
        select(
            HouseholdMeasure.id,
            HouseholdMeasure.kind,
            HouseholdMeasure.since,
            HouseholdMeasure.until,
            HouseholdMeasure.note,
        )
        .where(HouseholdMeasure.household_id == household_id)
        .order_by(HouseholdMeasure.since.desc(), HouseholdMeasure.id.desc())
    )
    if on is not None:
        statement = statement.where(
            HouseholdMeasure.since <= on,
            or_(HouseholdMeasure.until.is_(None), HouseholdMeasure.until >= on),
        )
    return fill_all(MeasureRow, session.execute(statement))


def list_visits(
    session: Session, household_id: HouseholdId, *, limit: int
) -> Sequence[VisitRow]:
    """Return the latest visits to a household."""
    return fill_all(
        VisitRow,
        session.execute(
            select(
                HouseholdVisit.role,
                HouseholdVisit.visited_on,
                HouseholdVisit.finding,
                HouseholdVisit.note,
            )
            .where(HouseholdVisit.household_id == household_id)
            .order_by(HouseholdVisit.visited_on.desc(), HouseholdVisit.id.desc())
            .limit(limit)
        ),
    )
