"""Commands on settlements up to the second approval: open, close, propose, hold, decide.

Each command locks the period's row first, so that what two people do at once happens one after
the other; the triggers of `payments.ddl` refuse what a command should have refused.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.clock import local_date, next_month
from kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from payments.ddl import APPROVERS
from payments.models import SettlementDecision, SettlementLine, SettlementPeriod
from payments.rules import settlements as rules
from payments.values import (
    Decision,
    HoldReason,
    LineState,
    PeriodKind,
    PeriodState,
)

MAX_NOTE = 200
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('settlement_periods'))")


@dataclass(frozen=True, slots=True)
class LockedPeriod:
    """A settlement whose row is locked."""

    id: int
    code: str
    kind: PeriodKind
    period_from: date
    period_to: date
    state: PeriodState
    round: int
    proposed_by: int | None


def open_period(
    session: Session, period_from: date, period_to: date, *, by: int, at: datetime
) -> str:
    """Begin a regular settlement and return its code; the same period again is the same one.

    Raises `InvalidError` for a period the wrong way round or beyond the running month, which
    would keep every later one from being opened, and `ConflictError` for one that overlaps
    another.
    """
    if period_to < period_from:
        raise InvalidError("settlement_period_reversed", "the period ends before it begins")
    if period_to >= next_month(local_date(at).replace(day=1)):
        raise InvalidError("settlement_period_ahead", "the period ends after this month")
    code = rules.period_code(PeriodKind.REGULAR, period_from, period_to, 1)
    session.execute(ONE_AT_A_TIME)
    if session.scalar(select(SettlementPeriod.id).where(SettlementPeriod.code == code)):
        return code
    overlapping = session.scalar(
        select(SettlementPeriod.code)
        .where(
            SettlementPeriod.kind == PeriodKind.REGULAR,
            SettlementPeriod.period_from <= period_to,
            SettlementPeriod.period_to >= period_from,
        )
        .limit(1)
    )
    if overlapping is not None:
        raise ConflictError(
            "settlement_overlaps", f"the period overlaps {overlapping}", code=overlapping
        )
    _add(session, PeriodKind.REGULAR, code, (period_from, period_to), by=by, at=at)
    return code


def open_reissue(session: Session, *, by: int, at: datetime) -> str:
    """Begin a settlement of what the bank returned; one that is still open is taken again."""
    session.execute(ONE_AT_A_TIME)
    begun = session.scalar(
        select(SettlementPeriod.code).where(
            SettlementPeriod.kind == PeriodKind.REISSUE,
            SettlementPeriod.state == PeriodState.OPEN,
        )
    )
    if begun is not None:
        return begun
    today = local_date(at)
    earlier = session.scalar(
        select(func.count()).where(
            SettlementPeriod.kind == PeriodKind.REISSUE, SettlementPeriod.period_to == today
        )
    )
    code = rules.period_code(PeriodKind.REISSUE, today, today, (earlier or 0) + 1)
    _add(session, PeriodKind.REISSUE, code, (today, today), by=by, at=at)
    return code


def lock_period(session: Session, code: str) -> LockedPeriod:
    """Lock a settlement; raises `NotFoundError`."""
    row = session.execute(
        select(
            SettlementPeriod.id,
            SettlementPeriod.code,
            SettlementPeriod.kind,
            SettlementPeriod.period_from,
            SettlementPeriod.period_to,
            SettlementPeriod.state,
            SettlementPeriod.round,
            SettlementPeriod.proposed_by,
        )
        .where(SettlementPeriod.code == code)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFoundError("settlement_not_found", f"no settlement {code}", code=code)
    return LockedPeriod(*row)


def ensure_state(period: LockedPeriod, *states: PeriodState) -> None:
    """Raise `ConflictError` unless the settlement stands in one of the states."""
    if period.state not in states:
        raise ConflictError(
            "settlement_step_not_allowed",
            f"settlement {period.code} is {period.state}",
            code=period.code,
        )


def propose(session: Session, code: str, *, by: int, at: datetime) -> None:
    """Put a closed settlement to two other people; proposing it twice is one proposal."""
    period = lock_period(session, code)
    if period.state is PeriodState.PROPOSED and period.proposed_by == by:
        return
    ensure_state(period, PeriodState.CLOSED)
    if not _count_ready(session, period.id):
        raise ConflictError("settlement_empty", f"nothing of {code} is to be paid", code=code)
    session.execute(
        update(SettlementPeriod)
        .where(SettlementPeriod.id == period.id)
        .values(
            state=PeriodState.PROPOSED,
            round=SettlementPeriod.round + 1,
            proposed_by=by,
            proposed_at=at,
        )
    )


def approve(session: Session, period: LockedPeriod, *, by: int, at: datetime) -> bool:
    """Write one person's approval and say whether it was the last one needed.

    Approving twice counts once. Raises `ForbiddenError` for the proposer, `ConflictError` for
    somebody who refused this proposal.
    """
    ensure_state(period, PeriodState.PROPOSED)
    if period.proposed_by == by:
        raise ForbiddenError("settlement_own_proposal", "somebody else must approve")
    said = _decision_of(session, period, by)
    if said is Decision.REFUSED:
        raise ConflictError("settlement_already_decided", "this person refused it before")
    if said is None:
        _decide(session, period, Decision.APPROVED, "", by=by, at=at)
    approvals = session.scalar(
        select(func.count(SettlementDecision.person_id.distinct())).where(
            SettlementDecision.period_id == period.id,
            SettlementDecision.round == period.round,
            SettlementDecision.decision == Decision.APPROVED,
        )
    )
    if (approvals or 0) < APPROVERS:
        return False
    _set_state(session, period.id, PeriodState.APPROVED, approved_at=at)
    return True


def refuse(session: Session, code: str, reason: str, *, by: int, at: datetime) -> None:
    """Send a proposal back; it is closed again and can be put right and proposed anew."""
    period = lock_period(session, code)
    ensure_state(period, PeriodState.PROPOSED)
    if _decision_of(session, period, by) is not None:
        raise ConflictError("settlement_already_decided", "this person decided on it before")
    _decide(session, period, Decision.REFUSED, checked_note(reason), by=by, at=at)
    _set_state(session, period.id, PeriodState.CLOSED)


def hold_line(session: Session, code: str, number: int, note: str) -> None:
    """Take a payee out of a closed settlement, for a dispute for example; it stays owed."""
    reason = checked_note(note)
    line = _lock_line(session, code, number)
    if line.state is not LineState.READY:
        raise ConflictError("settlement_line_not_ready", f"line {number} is {line.state}")
    session.execute(
        update(SettlementLine)
        .where(SettlementLine.id == line.id)
        .values(state=LineState.HELD, hold_reason=HoldReason.BY_HAND, hold_note=reason)
    )


def release_line(session: Session, code: str, number: int) -> None:
    """Put a payee that was held by hand back into a closed settlement."""
    line = _lock_line(session, code, number)
    if line.state is not LineState.HELD or line.hold_reason is not HoldReason.BY_HAND:
        raise ConflictError("settlement_line_not_ready", f"line {number} is not held by hand")
    session.execute(
        update(SettlementLine)
        .where(SettlementLine.id == line.id)
        .values(state=LineState.READY, hold_reason=None, hold_note="")
    )


def checked_note(note: str) -> str:
    """Return a reason without blanks around it; raises `InvalidError` when there is none."""
    plain = note.strip()
    if not plain or len(plain) > MAX_NOTE:
        raise InvalidError("settlement_reason_missing", "a reason is needed", maximum=MAX_NOTE)
    return plain


def _lock_line(session: Session, code: str, number: int) -> SettlementLine:
    period = lock_period(session, code)
    ensure_state(period, PeriodState.CLOSED)
    line = session.scalar(
        select(SettlementLine)
        .where(SettlementLine.period_id == period.id, SettlementLine.number == number)
        .with_for_update()
    )
    if line is None:
        raise NotFoundError("settlement_line_not_found", f"{code} has no line {number}")
    return line


def _count_ready(session: Session, period_id: int) -> int:
    return (
        session.scalar(
            select(func.count()).where(
                SettlementLine.period_id == period_id, SettlementLine.state == LineState.READY
            )
        )
        or 0
    )


def _decision_of(session: Session, period: LockedPeriod, person_id: int) -> Decision | None:
    return session.scalar(
        select(SettlementDecision.decision).where(
            SettlementDecision.period_id == period.id,
            SettlementDecision.round == period.round,
            SettlementDecision.person_id == person_id,
        )
    )


def _decide(
    session: Session,
    period: LockedPeriod,
    decision: Decision,
    reason: str,
    *,
    by: int,
    at: datetime,
) -> None:
    session.add(
        SettlementDecision(
            period_id=period.id,
            round=period.round,
            person_id=by,
            decision=decision,
            reason=reason,
            at=at,
        )
    )
    session.flush()


def _set_state(
    session: Session, period_id: int, state: PeriodState, **values: datetime
) -> None:
    session.execute(
        update(SettlementPeriod)
        .where(SettlementPeriod.id == period_id)
        .values(state=state, **values)
    )


def _add(
    session: Session,
    kind: PeriodKind,
    code: str,
    days: tuple[date, date],
    *,
    by: int,
    at: datetime,
) -> None:
    session.add(
        SettlementPeriod(
            code=code,
            kind=kind,
            period_from=days[0],
            period_to=days[1],
            state=PeriodState.OPEN,
            opened_at=at,
            opened_by=by,
        )
    )
    try:
        session.flush()
    except IntegrityError as error:
        raise ConflictError("settlement_overlaps", f"{code} overlaps another") from error
