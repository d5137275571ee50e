"""Reads of payments and refunds of buyers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from payments.errors import PaymentNotFoundError
from payments.models import Payment, PaymentEvent, Refund
from payments.values import (
    EventStatus,
    PaymentRow,
    PaymentState,
    Provider,
    RefundRow,
)

_PAYMENT = (
    Payment.id,
    Payment.group_number,
    Payment.provider,
    Payment.reference,
    Payment.state,
    Payment.amount_minor,
    Payment.created_at,
    Payment.captured_at,
)


def find_successful(session: Session, group_number: str) -> PaymentRow | None:
    """Return the one attempt that paid a group."""
    row = session.execute(
        select(*_PAYMENT).where(
            Payment.group_number == group_number, Payment.state == PaymentState.SUCCEEDED
        )
    ).one_or_none()
    return None if row is None else PaymentRow(*row)


def list_attempts(session: Session, group_number: str) -> Sequence[PaymentRow]:
    """Return every attempt of a group, oldest first."""
    rows = session.execute(
        select(*_PAYMENT).where(Payment.group_number == group_number).order_by(Payment.id)
    )
    return [PaymentRow(*row) for row in rows]


def list_refunds(session: Session, group_number: str) -> Sequence[RefundRow]:
    """Return every refund of a group, oldest first."""
    rows = session.execute(
        select(
            Refund.id,
            Refund.order_number,
            Refund.state,
            Refund.amount_minor,
            Refund.reason,
            Refund.requested_at,
            Refund.succeeded_at,
        )
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.group_number == group_number)
        .order_by(Refund.id)
    )
    return [RefundRow(*row) for row in rows]


def find_refund_id(session: Session, key: str) -> int | None:
    """Return the refund booked under an idempotency key."""
    return session.scalar(select(Refund.id).where(Refund.idempotency_key == key))


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A provider's message as it was stored."""

    provider: Provider
    payload: dict[str, Any]
    status: EventStatus
    kind: str
    reference: str
    received_at: datetime


def lock_event(session: Session, row_id: int) -> StoredEvent:
    """Lock a stored message and return it; raises `PaymentNotFoundError`."""
    return _event(session, select(*_EVENT).where(PaymentEvent.id == row_id).with_for_update())


def find_event(session: Session, row_id: int) -> StoredEvent:
    """Return a stored message without locking it; raises `PaymentNotFoundError`."""
    return _event(session, select(*_EVENT).where(PaymentEvent.id == row_id))


def _event(session: Session, statement: Select[*tuple[Any, ...]]) -> StoredEvent:
    row = session.execute(statement).one_or_none()
    if row is None:
        raise PaymentNotFoundError("message")
    return StoredEvent(*row)


_EVENT = (
    PaymentEvent.provider,
    PaymentEvent.payload,
    PaymentEvent.status,
    PaymentEvent.kind,
    PaymentEvent.reference,
    PaymentEvent.received_at,
)


def list_parked_events(session: Session, *, at: datetime, limit: int = 100) -> Sequence[int]:
    """Return row ids of messages put aside whose next try is due, oldest first."""
    return session.scalars(
        select(PaymentEvent.id)
        .where(
            PaymentEvent.status == EventStatus.PARKED,
            or_(PaymentEvent.next_try_at.is_(None), PaymentEvent.next_try_at <= at),
        )
        .order_by(PaymentEvent.id)
        .limit(limit)
    ).all()
