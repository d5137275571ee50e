"""Carry out what a file of the monitoring platform changes: all of it or nothing.

Locks: the households of the file by number.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from households.models import Household, HouseholdCategoryPeriod, MonitoringStatus
from households.service.register import DAY, record_baseline, register_households
from households.service.watch import record_measure
from households.values import RiskStatus
from households.values.imports import CategoryChange, ImportPlan
from kernel.errors import ConflictError


def lock_households(session: Session, numbers: Collection[str]) -> None:
    """Hold the households a file names, so that nobody changes them until it is done."""
    session.execute(
        select(Household.id)
        .where(Household.id.in_(numbers))
        .order_by(Household.id)
        .with_for_update(key_share=True)
    ).all()


def apply_plan(session: Session, plan: ImportPlan, *, actor: str, at: datetime) -> None:
    """Carry out a plan without faults; an empty plan changes nothing."""
    if plan.faults:
        raise ConflictError("import_has_faults", "a file with faults is not carried out")
    register_households(session, plan.households)
    if plan.sizes:
        session.execute(
            update(Household),
            [
                {
                    "id": size.household_id,
                    "members": size.members,
                    "labour": size.labour,
                    "is_relocated": size.is_relocated,
                }
                for size in plan.sizes
            ],
        )
    _change_categories(session, plan.categories)
    for household_id, baseline in plan.baselines:
        record_baseline(session, household_id, baseline)
    _record_risks(session, plan)
    for measure in plan.measures:
        record_measure(session, measure, actor=actor, at=at)
    session.flush()


def _change_categories(session: Session, changes: list[CategoryChange]) -> None:
    """End the present periods and begin the new ones, with two statements in all."""
    if not changes:
        return
    first_days = {change.household_id: change.on for change in changes}
    present = session.scalars(
        select(HouseholdCategoryPeriod)
        .where(
            HouseholdCategoryPeriod.household_id.in_(first_days),
            HouseholdCategoryPeriod.valid_to.is_(None),
        )
        .order_by(HouseholdCategoryPeriod.household_id)
        .with_for_update()
    )
    for period in present:
        period.valid_to = first_days[period.household_id] - DAY
    session.flush()
    session.add_all(
        HouseholdCategoryPeriod(
            household_id=change.household_id,
            category=change.category,
            valid_from=change.on,
            basis=change.basis,
        )
        for change in changes
    )
    session.flush()


def _record_risks(session: Session, plan: ImportPlan) -> None:
    if plan.risks:
        session.execute(
            insert(MonitoringStatus)
            .values(
                [
                    {
                        "household_id": household_id,
                        "risk_type": risk.risk_type,
                        "recognised_on": risk.recognised_on,
                        "risk_status": risk.status,
                        "eliminated_on": risk.eliminated_on,
                    }
                    for household_id, risk in plan.risks
                ]
            )
            .on_conflict_do_nothing()
        )
    for household_id, risk in plan.ended_risks:
        session.execute(
            update(MonitoringStatus)
            .where(
                MonitoringStatus.household_id == household_id,
                MonitoringStatus.recognised_on == risk.recognised_on,
            )
            .values(risk_status=RiskStatus.ELIMINATED, eliminated_on=risk.eliminated_on)
        )
