"""Lock an allotment, say what state it must be in, take its shares back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from households.models import Allotment
from households.values import AllotmentId, AllotmentState
from kernel.errors import ConflictError, NotFoundError

TAKE_BACK = text(
    """
    WITH rest AS (
        SELECT id, amount_minor - reversed_minor AS minor FROM entitlements
        WHERE allotment_id = :allotment AND stage <> 'reversed' ORDER BY id FOR UPDATE
    ), taken AS (
        UPDATE entitlements part
        SET stage = 'reversed', reversed_minor = part.amount_minor, reversed_at = :at
        FROM rest WHERE rest.id = part.id
        RETURNING part.id, part.party_kind, part.party_code, rest.minor
    ), noted AS (
        INSERT INTO entitlement_reversals (entitlement_id, refund_key, minor, at)
        SELECT id, :key, minor, :at FROM taken WHERE minor > 0
    )
    SELECT party_kind, party_code, minor FROM taken ORDER BY id
    """
)


def stop(
    session: Session, allotment: Allotment, state: AllotmentState, *, reason: str, at: datetime
) -> None:
    """Close an allotment without effect and take its expected shares back."""
    session.execute(
        update(Allotment)
        .where(Allotment.id == allotment.id)
        .values(state=state, stopped_at=at, stop_reason=reason)
    )
    take_back(session, allotment.id, key=f"allot:{allotment.code}:stopped", at=at)
    session.expire(allotment)


def lock_allotment(session: Session, code: str) -> Allotment:
    """Return an allotment with its row locked; raises `NotFoundError`."""
    allotment = session.scalar(
        select(Allotment)
        .where(Allotment.code == code)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if allotment is None:
        raise NotFoundError("allotment_not_found", f"no allotment {code}", code=code)
    return allotment


def take_back(
    session: Session, allotment_id: AllotmentId, *, key: str, at: datetime
) -> Sequence[Any]:
    """Reverse every share of an allotment and return who gave back how much."""
    return session.execute(TAKE_BACK, {"allotment": allotment_id, "key": key, "at": at}).all()


def ensure(allotment: Allotment, *states: AllotmentState) -> None:
    """Raise `ConflictError` unless an allotment is in one of some states."""
    if allotment.state not in states:
        raise ConflictError(
            "allotment_other_state",
            f"{allotment.code} is {allotment.state.value}",
            code=allotment.code,
            state=allotment.state.value,
        )
