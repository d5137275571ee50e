"""Take an approved settlement back before the bank has it: one asks, another confirms.

Row locks: the period, entitlements by line; whoever calls posts to the ledger afterwards.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from kernel.errors import ConflictError, ForbiddenError
from payments.models import SettlementCancellation, SettlementLine, SettlementPeriod
from payments.service.paying import PayLine, list_inflight
from payments.service.periods import LockedPeriod, checked_note, ensure_state
from payments.values import CancelWord, LineState, PeriodState

UNSUBMITTED = (PeriodState.APPROVED, PeriodState.BATCHED)

LOCK_PARTS = text(
    """
    SELECT part.id FROM entitlements part
    JOIN settlement_lines line ON line.id = part.settlement_line_id
    WHERE line.period_id = :period_id AND line.state = 'inflight'
    ORDER BY part.id FOR NO KEY UPDATE OF part
    """
)

# A line that was to pay again what the bank had returned gives that back: it is owed under the
# returned line as before. Whatever was earned by the end of that line's period goes with it.
FREE_PARTS = text(
    """
    UPDATE entitlements part SET settlement_line_id = (
        SELECT earlier.id FROM settlement_lines earlier
        JOIN settlement_periods period ON period.id = earlier.period_id
        WHERE earlier.reissued_by_id = line.id AND (:is_reissue OR part.earned_at
            < (period.period_to + 1)::timestamp AT TIME ZONE 'Asia/Shanghai')
        ORDER BY earlier.id DESC LIMIT 1
    )
    FROM settlement_lines line
    WHERE line.id = part.settlement_line_id AND line.period_id = :period_id
        AND line.state = 'inflight'
    """
)


def ask_to_cancel(
    session: Session, period: LockedPeriod, reason: str, *, by: int, at: datetime
) -> None:
    """Ask to take a settlement back; until somebody answers it cannot be submitted.

    Raises `ConflictError` once the bank has it, or while somebody asks already.
    """
    note = checked_note(reason)
    ensure_state(period, *UNSUBMITTED)
    if _asked_by(session, period) is not None:
        raise ConflictError("settlement_cancel_asked", "somebody has asked already")
    _say(session, period, CancelWord.ASKED, note, by=by, at=at)


def refuse_to_cancel(session: Session, period: LockedPeriod, *, by: int, at: datetime) -> None:
    """Let a settlement go on that somebody asked to cancel; who asked may do so as well."""
    ensure_state(period, *UNSUBMITTED)
    _get_asked_by(session, period)
    _say(session, period, CancelWord.REFUSED, "", by=by, at=at)


def confirm_cancel(
    session: Session, period: LockedPeriod, *, by: int, at: datetime
) -> Sequence[PayLine]:
    """Cancel a settlement that somebody else asked to cancel; return the lines given back.

    Raises `ForbiddenError` for who asked, `ConflictError` when nobody did.
    """
    ensure_state(period, *UNSUBMITTED)
    if _get_asked_by(session, period) == by:
        raise ForbiddenError("settlement_own_cancel", "somebody else must confirm")
    _say(session, period, CancelWord.CONFIRMED, "", by=by, at=at)
    return list_inflight(session, period.id)


def give_back(session: Session, period: LockedPeriod, lines: Sequence[PayLine]) -> None:
    """Free what the lines were to pay, for a later settlement, and end the settlement."""
    values = {"period_id": period.id}
    session.execute(LOCK_PARTS, values)
    session.execute(FREE_PARTS, values | {"is_reissue": period.kind == "reissue"})
    ids = [line.line_id for line in lines]
    session.execute(
        update(SettlementLine)
        .where(SettlementLine.id.in_(ids))
        .values(state=LineState.CANCELLED)
    )
    session.execute(
        update(SettlementLine)
        .where(SettlementLine.reissued_by_id.in_(ids))
        .values(state=LineState.RETURNED, reissued_by_id=None)
    )
    session.execute(
        update(SettlementPeriod)
        .where(SettlementPeriod.id == period.id)
        .values(state=PeriodState.CANCELLED)
    )


def ensure_not_asked(session: Session, period: LockedPeriod) -> None:
    """Raise `ConflictError` while somebody's wish to cancel waits for an answer."""
    if _asked_by(session, period) is not None:
        raise ConflictError(
            "settlement_cancel_waits", "somebody asked to cancel it", code=period.code
        )


def _get_asked_by(session: Session, period: LockedPeriod) -> int:
    asked_by = _asked_by(session, period)
    if asked_by is None:
        raise ConflictError("settlement_cancel_not_asked", "nobody has asked to cancel it")
    return asked_by


def _asked_by(session: Session, period: LockedPeriod) -> int | None:
    """Return who asks to cancel a settlement, or None when nobody waits for an answer."""
    last = session.execute(
        select(SettlementCancellation.word, SettlementCancellation.person_id)
        .where(SettlementCancellation.period_id == period.id)
        .order_by(SettlementCancellation.id.desc())
        .limit(1)
    ).one_or_none()
    return last.person_id if last is not None and last.word is CancelWord.ASKED else None


def _say(
    session: Session,
    period: LockedPeriod,
    word: CancelWord,
    reason: str,
    *,
    by: int,
    at: datetime,
) -> None:
    session.add(
        SettlementCancellation(
            period_id=period.id, word=word, person_id=by, reason=reason, at=at
        )
    )
    session.flush()
