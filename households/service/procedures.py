"""Record how a risk is recognised and how it ends; the decisions are taken elsewhere.

Locks: the household, then the procedure. The database keeps the order of the steps as well.
"""

from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from households.models import (
    CategoryTerm,
    Household,
    MonitoringStatus,
    Procedure,
    ProcedureStep,
)
from households.rules import procedures as rules
from households.rules.procedures import Progress
from households.service.register import change_category, eliminate_risk, recognise_risk
from households.values import (
    MONITORED,
    STEPS,
    HouseholdCategory,
    HouseholdId,
    NewProcedure,
    ProcedureId,
    ProcedureKind,
    ProcedureState,
    RiskStatus,
    StepRecord,
)
from kernel.clock import local_date
from kernel.errors import ConflictError, InvalidError, NotFoundError

REASON_MAX = 200


def open_procedure(
    session: Session, new: NewProcedure, *, actor: str, at: datetime
) -> ProcedureId:
    """Open a procedure for a household; one of the same kind that is open is returned.

    Raises `ConflictError` when the other kind is open or the risk stands otherwise.
    """
    _lock_household(session, new.household_id)
    present = session.scalars(
        select(Procedure).where(
            Procedure.household_id == new.household_id,
            Procedure.state == ProcedureState.OPEN,
        )
    ).one_or_none()
    if present is not None:
        if present.kind is not new.kind:
            raise ConflictError("procedure_open_already", "another procedure is open")
        return present.id
    is_monitored = _is_monitored(session, new.household_id)
    if new.kind is ProcedureKind.RECOGNITION:
        if is_monitored:
            raise ConflictError("risk_open_already", "the household is monitored already")
        _check_category(session, new.category, on=local_date(at))
    elif not is_monitored:
        raise NotFoundError("risk_not_open", f"{new.household_id} has no open risk")
    row = Procedure(
        household_id=new.household_id,
        kind=new.kind,
        category=new.category if new.kind is ProcedureKind.RECOGNITION else None,
        risk_type=new.risk_type.strip()[:REASON_MAX],
        state=ProcedureState.OPEN,
        opened_by=actor,
        opened_at=at,
    )
    session.add(row)
    session.flush()
    return row.id


def record_step(
    session: Session,
    procedure_id: ProcedureId,
    number: int,
    record: StepRecord,
    *,
    actor: str,
    scope_digits: int,
    at: datetime,
) -> ProcedureState:
    """Record the next step and return the procedure's state after it.

    The last step puts the household where the decision says. The same record by the same
    person again changes nothing; another one of the same step raises `ConflictError`.
    """
    procedure = _lock(session, procedure_id)
    if _is_repeated(session, procedure_id, number, record, actor):
        return procedure.state
    _ensure_open(procedure)
    progress = _progress(session, procedure)
    step = rules.check_step(
        progress, number, record, today=local_date(at), scope_digits=scope_digits
    )
    session.add(
        ProcedureStep(
            procedure_id=procedure_id,
            number=number,
            step=step,
            done_on=record.done_on,
            notice_until=record.notice_until,
            done_by=record.done_by.strip(),
            paper=record.paper.strip(),
            recorded_by=actor,
            recorded_at=at,
        )
    )
    session.flush()
    if number == len(STEPS[procedure.kind]):
        _complete(session, procedure, on=record.done_on, actor=actor, at=at)
    return procedure.state


def cancel_procedure(
    session: Session, procedure_id: ProcedureId, *, reason: str, actor: str, at: datetime
) -> None:
    """End a procedure before its last step; what was recorded stays. Repeating does nothing."""
    procedure = _lock(session, procedure_id)
    if procedure.state is ProcedureState.CANCELLED:
        return
    _ensure_open(procedure)
    text = reason.strip()
    if not 0 < len(text) <= REASON_MAX:
        raise InvalidError(
            "cancel_reason_missing",
            f"say in 1 to {REASON_MAX} signs why the procedure is cancelled",
            maximum=REASON_MAX,
        )
    procedure.state = ProcedureState.CANCELLED
    procedure.reason = text
    procedure.closed_by = actor
    procedure.closed_at = at
    session.flush()


def _complete(
    session: Session, procedure: Procedure, *, on: date, actor: str, at: datetime
) -> None:
    procedure.state = ProcedureState.COMPLETED
    procedure.closed_by = actor
    procedure.closed_at = at
    session.flush()
    if procedure.category is None:
        eliminate_risk(session, procedure.household_id, on=on)
        return
    recognise_risk(session, procedure.household_id, risk_type=procedure.risk_type, on=on)
    change_category(
        session,
        procedure.household_id,
        procedure.category,
        on=on,
        basis=f"procedure:{procedure.id}",
    )


def _lock_household(session: Session, household_id: HouseholdId) -> None:
    statement = select(Household.id).where(Household.id == household_id)
    if session.scalar(statement.with_for_update(key_share=True)) is None:
        raise NotFoundError("household_not_found", f"no household {household_id}")


def _lock(session: Session, procedure_id: ProcedureId) -> Procedure:
    """Lock the household of a procedure and the procedure itself, and return it fresh."""
    household_id = session.scalar(
        select(Procedure.household_id).where(Procedure.id == procedure_id)
    )
    if household_id is None:
        raise NotFoundError("procedure_not_found", f"no procedure {procedure_id}")
    _lock_household(session, household_id)
    return session.scalars(
        select(Procedure)
        .where(Procedure.id == procedure_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _ensure_open(procedure: Procedure) -> None:
    if procedure.state is not ProcedureState.OPEN:
        raise ConflictError("procedure_closed", f"the procedure is {procedure.state}")


def _is_repeated(
    session: Session, procedure_id: ProcedureId, number: int, record: StepRecord, actor: str
) -> bool:
    row = session.get(ProcedureStep, (procedure_id, number), populate_existing=True)
    return row is not None and (
        row.done_on,
        row.notice_until,
        row.done_by,
        row.paper,
        row.recorded_by,
    ) == (
        record.done_on,
        record.notice_until,
        record.done_by.strip(),
        record.paper.strip(),
        actor,
    )


def _progress(session: Session, procedure: Procedure) -> Progress:
    row = session.execute(
        select(
            func.count(),
            func.max(func.coalesce(ProcedureStep.notice_until, ProcedureStep.done_on)),
        ).where(ProcedureStep.procedure_id == procedure.id)
    ).one()
    return Progress(procedure.kind, row[0], row[1], _began(session, procedure))


def _began(session: Session, procedure: Procedure) -> date | None:
    """Return the day before which no step can lie: the household's, or its open risk's."""
    if procedure.kind is ProcedureKind.RECOGNITION:
        return session.scalar(
            select(Household.registered_on).where(Household.id == procedure.household_id)
        )
    return session.scalar(
        select(func.max(MonitoringStatus.recognised_on)).where(
            MonitoringStatus.household_id == procedure.household_id,
            MonitoringStatus.risk_status == RiskStatus.MONITORING,
        )
    )


def _is_monitored(session: Session, household_id: HouseholdId) -> bool:
    return (
        session.scalar(
            select(MonitoringStatus.id)
            .where(
                MonitoringStatus.household_id == household_id,
                MonitoringStatus.risk_status == RiskStatus.MONITORING,
            )
            .limit(1)
        )
        is not None
    )


def _check_category(session: Session, category: HouseholdCategory | None, *, on: date) -> None:
    known = category in MONITORED and session.scalar(
        select(CategoryTerm.term).where(
            CategoryTerm.category == category,
            CategoryTerm.valid_from <= on,
            or_(CategoryTerm.valid_to.is_(None), CategoryTerm.valid_to >= on),
        )
    )
    if not known:
        raise InvalidError(
            "category_not_in_force", "choose a monitored category that is in force"
        )
