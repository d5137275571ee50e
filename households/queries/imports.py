"""Read what a file of the monitoring platform is held against, and what is exported."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from households.models import (
    Household,
    HouseholdBaseline,
    HouseholdCategoryPeriod,
    HouseholdMeasure,
    MonitoringStatus,
)
from households.queries.histories import list_terms
from households.values import Baseline, HouseholdId, MeasureKind, Monitoring
from households.values.imports import ImportContext, Known, Term
from kernel.regions import Region, RegionLevel


def read_context(
    session: Session, numbers: Collection[str], *, scope: str, today: date
) -> ImportContext:
    """Return what is known of the households a file names, in six statements."""
    mine = list_known(session, scope=scope, numbers=numbers)
    known = {row.id: row for row in mine}
    everywhere = session.scalars(select(Household.id).where(Household.id.in_(numbers)))
    villages = session.scalars(
        select(Region.code).where(
            Region.level == RegionLevel.VILLAGE, Region.code.startswith(scope, autoescape=True)
        )
    )
    return ImportContext(
        known={str(number): row for number, row in known.items()},
        foreign=frozenset(str(number) for number in everywhere if number not in known),
        villages=frozenset(villages),
        terms=[
            Term(row.category, row.term, row.valid_from, row.valid_to)
            for row in list_terms(session)
        ],
        today=today,
    )


def list_known(
    session: Session, *, scope: str, numbers: Collection[str] | None = None
) -> Sequence[Known]:
    """Return households of a region with what files carry of them, in four statements."""
    which = [Household.village_code.startswith(scope, autoescape=True)]
    if numbers is not None:
        which.append(Household.id.in_(numbers))
    heads = session.execute(
        select(
            Household.id,
            Household.village_code,
            Household.members,
            Household.labour,
            Household.is_relocated,
            HouseholdCategoryPeriod.category,
            HouseholdCategoryPeriod.valid_from,
        )
        .outerjoin(
            HouseholdCategoryPeriod,
            and_(
                HouseholdCategoryPeriod.household_id == Household.id,
                HouseholdCategoryPeriod.valid_to.is_(None),
            ),
        )
        .where(*which)
        .order_by(Household.village_code, Household.id)
    ).all()
    ids = select(Household.id).where(*which)
    years: dict[HouseholdId, dict[int, Baseline]] = {}
    for base in session.scalars(
        select(HouseholdBaseline).where(HouseholdBaseline.household_id.in_(ids))
    ):
        years.setdefault(base.household_id, {})[base.year] = _baseline(base)
    risks: dict[HouseholdId, dict[date, Monitoring]] = {}
    for risk in session.scalars(
        select(MonitoringStatus).where(MonitoringStatus.household_id.in_(ids))
    ):
        risks.setdefault(risk.household_id, {})[risk.recognised_on] = Monitoring(
            risk_type=risk.risk_type,
            recognised_on=risk.recognised_on,
            status=risk.risk_status,
            eliminated_on=risk.eliminated_on,
        )
    measures: dict[HouseholdId, set[tuple[MeasureKind, date]]] = {}
    for owner, kind, since in session.execute(
        select(
            HouseholdMeasure.household_id, HouseholdMeasure.kind, HouseholdMeasure.since
        ).where(HouseholdMeasure.household_id.in_(ids))
    ):
        measures.setdefault(owner, set()).add((kind, since))
    return [
        Known(
            id=head[0],
            village_code=head[1],
            members=head[2],
            labour=head[3],
            is_relocated=head[4],
            category=head[5],
            category_since=head[6],
            baselines=years.get(head[0], {}),
            risks=risks.get(head[0], {}),
            measures=frozenset(measures.get(head[0], ())),
        )
        for head in heads
    ]


def _baseline(row: HouseholdBaseline) -> Baseline:
    return Baseline(
        year=row.year,
        wage_minor=row.wage_minor,
        operating_gross_minor=row.operating_gross_minor,
        operating_cost_minor=row.operating_cost_minor,
        property_minor=row.property_minor,
        transfer_minor=row.transfer_minor,
        medical_minor=row.medical_minor,
    )
