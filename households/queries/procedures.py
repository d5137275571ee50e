"""Read procedures with their steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from households.models import Household, Procedure, ProcedureStep
from households.rules.procedures import Progress, next_step
from households.values import (
    HouseholdCategory,
    HouseholdId,
    ProcedureId,
    ProcedureKind,
    ProcedureState,
    Step,
)
from kernel.errors import NotFoundError
from kernel.regions import Region


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """One recorded step."""

    number: int
    step: Step
    done_on: date
    notice_until: date | None
    done_by: str
    paper: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureRow:
    """A procedure of one household with what was recorded of it."""

    id: ProcedureId
    household_id: HouseholdId
    village_code: str
    village_name: str
    kind: ProcedureKind
    category: HouseholdCategory | None
    risk_type: str
    state: ProcedureState
    opened_at: datetime
    closed_at: datetime | None
    reason: str
    steps: tuple[StepRow, ...]

    @property
    def next_step(self) -> Step | None:
        """Return the step that comes next; None for a closed procedure."""
        if self.state is not ProcedureState.OPEN:
            return None
        return next_step(Progress(self.kind, len(self.steps)))

    @property
    def free_from(self) -> date | None:
        """Return the first day the next step may be dated."""
        return max((row.notice_until or row.done_on for row in self.steps), default=None)


def get_procedure(session: Session, procedure_id: ProcedureId) -> ProcedureRow:
    """Return one procedure; raises `NotFoundError`."""
    found = _read(session, Procedure.id == procedure_id)
    if not found:
        raise NotFoundError("procedure_not_found", f"no procedure {procedure_id}")
    return found[0]


def list_household_procedures(
    session: Session, household_id: HouseholdId
) -> Sequence[ProcedureRow]:
    """Return every procedure of a household, the newest first, in two statements."""
    return _read(session, Procedure.household_id == household_id)


def list_open_procedures(session: Session, *, scope: str) -> Sequence[ProcedureRow]:
    """Return the open procedures of a region, the newest first, in two statements."""
    return _read(
        session,
        Procedure.state == ProcedureState.OPEN,
        Household.village_code.startswith(scope, autoescape=True),
    )


def _read(session: Session, *which: object) -> list[ProcedureRow]:
    heads = session.execute(
        select(
            Procedure.id,
            Procedure.household_id,
            Household.village_code,
            Region.name.label("village_name"),
            Procedure.kind,
            Procedure.category,
            Procedure.risk_type,
            Procedure.state,
            Procedure.opened_at,
            Procedure.closed_at,
            Procedure.reason,
        )
        .join(Household, Household.id == Procedure.household_id)
        .join(Region, Region.code == Household.village_code)
        .where(*which)  # type: ignore[arg-type]  # conditions of this module only
        .order_by(Procedure.id.desc())
    ).mappings()
    rows = [dict(head) for head in heads]
    steps: dict[int, list[StepRow]] = {row["id"]: [] for row in rows}
    if rows:
        for step in session.execute(
            select(
                ProcedureStep.procedure_id,
                ProcedureStep.number,
                ProcedureStep.step,
                ProcedureStep.done_on,
                ProcedureStep.notice_until,
                ProcedureStep.done_by,
                ProcedureStep.paper,
                ProcedureStep.recorded_at,
            )
            .where(ProcedureStep.procedure_id.in_(list(steps)))
            .order_by(ProcedureStep.procedure_id, ProcedureStep.number)
        ).mappings():
            facts = dict(step)
            steps[facts.pop("procedure_id")].append(StepRow(**facts))
    return [ProcedureRow(**row, steps=tuple(steps[row["id"]])) for row in rows]
