"""A household says that its money has arrived: by a code sent to its phone, or a clerk does.

A wrong code costs one try, which must be kept; so checking answers with a word and raises
nothing.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel import outbox, policy
from kernel.clock import at_local_midnight, local_date
from kernel.errors import ConflictError, NotFoundError
from payments.events import PayoutCodeRequested
from payments.models import DemoNotice, PayoutAcknowledgement, PayoutCode, SettlementLine
from payments.service.periods import checked_note
from payments.values import AcknowledgedBy, LineState

MINUTES, TRIES, PER_DAY = "payout_code_minutes", "payout_code_tries", "payout_code_per_day"
DIGITS = 6
SALT_BYTES = 16


class CodeAnswer(StrEnum):
    """What a typed code was worth."""

    ACKNOWLEDGED = "acknowledged"
    WRONG = "wrong"
    EXPIRED = "expired"
    """Too late, too many tries, or never asked for."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """A code that waits to be handed to the gateway."""

    code: str
    household_id: str
    period_minutes: int


def request_code(session: Session, line_id: int, household_id: str, *, at: datetime) -> int:
    """Make a new code for one payment and return its number; the one before is worth nothing.

    Raises `NotFoundError` for a payment of somebody else, `ConflictError` for one that did not
    arrive or was acknowledged, or when too many codes were asked for today.
    """
    _lock_paid(session, line_id, household_id)
    numbers = policy.list_in_force(session, [MINUTES, TRIES, PER_DAY], on=local_date(at))
    today = session.scalar(
        select(func.count())
        .select_from(PayoutCode)
        .join(SettlementLine, SettlementLine.id == PayoutCode.line_id)
        .where(
            SettlementLine.household_id == household_id,
            PayoutCode.requested_at >= at_local_midnight(local_date(at)),
        )
    )
    if (today or 0) >= int(numbers[PER_DAY]):
        raise ConflictError(
            "payout_code_too_many", "no more codes today", maximum=int(numbers[PER_DAY])
        )
    _end_code(session, line_id, at=at)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    salt = secrets.token_bytes(SALT_BYTES)
    row = PayoutCode(
        line_id=line_id,
        salt=salt,
        code_hash=_digest(salt, code),
        unsent_code=code,
        requested_at=at,
        expires_at=at + timedelta(minutes=int(numbers[MINUTES])),
        tries_left=int(numbers[TRIES]),
    )
    session.add(row)
    session.flush()
    outbox.record(session, PayoutCodeRequested(occurred_at=at, code_id=row.id))
    return row.id


def take_unsent(session: Session, code_id: int, *, at: datetime) -> Unsent | None:
    """Return a code that is still to be sent, or None when it was sent, used or is too old."""
    row = session.execute(
        select(
            PayoutCode.unsent_code,
            SettlementLine.household_id,
            PayoutCode.requested_at,
            PayoutCode.expires_at,
        )
        .join(SettlementLine, SettlementLine.id == PayoutCode.line_id)
        .where(
            PayoutCode.id == code_id, PayoutCode.ended_at.is_(None), PayoutCode.expires_at > at
        )
        .with_for_update(of=PayoutCode)
    ).one_or_none()
    if row is None or row.unsent_code is None or row.household_id is None:
        return None
    lasting = row.expires_at - row.requested_at
    return Unsent(row.unsent_code, row.household_id, int(lasting.total_seconds() // 60))


def mark_sent(session: Session, code_id: int, *, at: datetime) -> None:
    """Wipe a code that was handed over; only its hash stays."""
    session.execute(
        update(PayoutCode).where(PayoutCode.id == code_id).values(unsent_code=None, sent_at=at)
    )


def acknowledge_by_code(
    session: Session, line_id: int, household_id: str, code: str, *, by: int, at: datetime
) -> CodeAnswer:
    """Take a typed code; the right one acknowledges the payment, a wrong one costs a try."""
    _lock_line(session, line_id, household_id)
    row = session.execute(
        select(PayoutCode)
        .where(PayoutCode.line_id == line_id, PayoutCode.ended_at.is_(None))
        .with_for_update()
    ).scalar_one_or_none()
    if row is None or row.expires_at <= at or row.tries_left <= 0:
        return CodeAnswer.EXPIRED
    if not hmac.compare_digest(bytes(row.code_hash), _digest(bytes(row.salt), code.strip())):
        row.tries_left -= 1
        if row.tries_left <= 0:
            row.ended_at, row.unsent_code = at, None
        session.flush()
        return CodeAnswer.WRONG if row.tries_left > 0 else CodeAnswer.EXPIRED
    row.ended_at, row.unsent_code = at, None
    session.flush()
    _acknowledge(session, line_id, AcknowledgedBy.HOUSEHOLD, "", by=by, at=at)
    return CodeAnswer.ACKNOWLEDGED


def acknowledge_by_clerk(
    session: Session,
    line_id: int,
    household_id: str,
    reason: str,
    *,
    by: int,
    at: datetime,
) -> None:
    """Note that a household told a clerk; the caller has made sure it is one of the clerk's.

    Acknowledging again changes nothing. Raises `InvalidError` without a reason.
    """
    note = checked_note(reason)
    _lock_paid(session, line_id, household_id)
    _end_code(session, line_id, at=at)
    _acknowledge(session, line_id, AcknowledgedBy.CLERK, note, by=by, at=at)


def store_demo_notice(
    session: Session, key: str, phone: str, body: str, *, at: datetime
) -> None:
    """Keep what the demo's gateway would have sent; the same key is one message."""
    session.execute(
        insert(DemoNotice)
        .values(key=key, phone=phone, body=body, at=at)
        .on_conflict_do_nothing(index_elements=[DemoNotice.key])
    )


def _lock_line(session: Session, line_id: int, household_id: str) -> SettlementLine:
    line = session.scalar(
        select(SettlementLine)
        .where(SettlementLine.id == line_id, SettlementLine.household_id == household_id)
        .with_for_update()
    )
    if line is None:
        raise NotFoundError("settlement_line_not_found", "there is no such payment")
    return line


def _lock_paid(session: Session, line_id: int, household_id: str) -> None:
    """Lock a payment; raises unless it arrived and nobody has acknowledged it."""
    line = _lock_line(session, line_id, household_id)
    if line.state is not LineState.PAID:
        raise ConflictError("payout_not_paid", "this payment has not arrived")
    if session.get(PayoutAcknowledgement, line_id) is not None:
        raise ConflictError("payout_acknowledged", "this payment was acknowledged before")


def _end_code(session: Session, line_id: int, *, at: datetime) -> None:
    session.execute(
        update(PayoutCode)
        .where(PayoutCode.line_id == line_id, PayoutCode.ended_at.is_(None))
        .values(ended_at=at, unsent_code=None)
    )


def _acknowledge(
    session: Session, line_id: int, who: AcknowledgedBy, reason: str, *, by: int, at: datetime
) -> None:
    session.execute(
        insert(PayoutAcknowledgement)
        .values(line_id=line_id, acknowledged_by=who, person_id=by, reason=reason, at=at)
        .on_conflict_do_nothing(index_elements=[PayoutAcknowledgement.line_id])
    )


def _digest(salt: bytes, code: str) -> bytes:
    return hashlib.scrypt(code.encode()[:64], salt=salt, n=2**12, r=8, p=1)
