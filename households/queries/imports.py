"""Read what a file of the monitoring platform is held against, and what is exported."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import Select, and_, select
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
    years, risks, measures = _years(session, ids), _risks(session, ids), _measures(session, ids)
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


def _years(
    session: Session, ids: Select[HouseholdId]
) -> Mapping[HouseholdId, Mapping[int, Baseline]]:
    found: dict[HouseholdId, dict[int, Baseline]] = {}
    for row in session.scalars(
        select(HouseholdBaseline).where(HouseholdBaseline.household_id.in_(ids))
    ):
        found.setdefault(row.household_id, {})[row.year] = _baseline(row)
    return found


def _risks(
    session: Session, ids: Select[HouseholdId]
) -> Mapping[HouseholdId, Mapping[date, Monitoring]]:
    found: dict[HouseholdId, dict[date, Monitoring]] = {}
    for row in session.scalars(
        select(MonitoringStatus).where(MonitoringStatus.household_id.in_(ids))
    ):
        found.setdefault(row.household_id, {})[row.recognised_on] = Monitoring(
            risk_type=row.risk_type,
            recognised_on=row.recognised_on,
            status=row.risk_status,
            eliminated_on=row.eliminated_on,
        )
    return found


def _measures(
    session: Session, ids: Select[HouseholdId]
) -> Mapping[HouseholdId, set[tuple[MeasureKind, date]]]:
    found: dict[HouseholdId, set[tuple[MeasureKind, date]]] = {}
    for owner, kind, since in session.execute(
        select(
            HouseholdMeasure.household_id, HouseholdMeasure.kind, HouseholdMeasure.since
        ).where(HouseholdMeasure.household_id.in_(ids))
    ):
        found.setdefault(owner, set()).add((kind, since))
    return found


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
