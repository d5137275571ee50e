"""Attempts to pay, what went wrong with them, and what is owed back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, func, select
from sqlalchemy.orm import Session

from kernel.money import CURRENCY
from kernel.rows import fill_all
from orders.models import OrderGroup
from payments.models import Payment, PaymentEvent, Refund
from payments.values import EventStatus, PaymentState, Provider, RefundState

EXCEPTIONS = (PaymentState.MISMATCH, PaymentState.LATE, PaymentState.DUPLICATE)
"""Money came that no order waits for in this amount; a person looks at each."""

STUCK = (EventStatus.RECEIVED, EventStatus.PARKED)


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One attempt with what its group costs."""

    payment_id: int
    group_number: str
    group_state: str
    provider: Provider
    reference: str
    state: PaymentState
    amount_minor: int
    group_minor: int
    created_at: datetime
    captured_at: datetime | None
    refunded_minor: int


@dataclass(frozen=True, slots=True)
class EventRow:
    """One message of a provider that has not been applied."""

    event_row_id: int
    provider: Provider
    kind: str
    reference: str
    status: EventStatus
    received_at: datetime


@dataclass(frozen=True, slots=True)
class RefundRow:
    """One refund with the payment it pays back."""

    refund_id: int
    order_number: str | None
    group_number: str
    provider: Provider
    state: RefundState
    amount_minor: int
    currency: str
    reason: str
    requested_at: datetime
    succeeded_at: datetime | None


def list_payments(
    session: Session,
    *,
    states: Sequence[PaymentState],
    before_id: int | None,
    limit: int,
) -> Sequence[PaymentRow]:
    """Return attempts in some states, or all of them, the newest first; one statement."""
    refunded = (
        select(func.coalesce(func.sum(Refund.amount_minor), 0).cast(BigInteger))
        .where(Refund.payment_id == Payment.id)
        .scalar_subquery()
    )
    statement = (
        select(
            Payment.id,
            Payment.group_number,
            OrderGroup.state,
            Payment.provider,
            Payment.reference,
            Payment.state,
            Payment.amount_minor,
            OrderGroup.total_minor,
            Payment.created_at,
            Payment.captured_at,
            refunded,
        )
        .join(OrderGroup, OrderGroup.number == Payment.group_number)
        .order_by(Payment.id.desc())
        .limit(limit)
    )
    if states:
        statement = statement.where(Payment.state.in_(states))
    if before_id is not None:
        statement = statement.where(Payment.id < before_id)
    return fill_all(PaymentRow, session.execute(statement))


def count_payments(session: Session) -> Mapping[PaymentState, int]:
    """Return how many attempts stand in each state."""
    rows = session.execute(select(Payment.state, func.count()).group_by(Payment.state))
    return {row[0]: row[1] for row in rows}


def list_stuck_events(session: Session, *, limit: int) -> Sequence[EventRow]:
    """Return providers' messages that were stored and not applied, the oldest first."""
    rows = session.execute(
        select(
            PaymentEvent.id,
            PaymentEvent.provider,
            PaymentEvent.kind,
            PaymentEvent.reference,
            PaymentEvent.status,
            PaymentEvent.received_at,
        )
        .where(PaymentEvent.status.in_(STUCK))
        .order_by(PaymentEvent.id)
        .limit(limit)
    )
    return fill_all(EventRow, rows)


def list_refunds(
    session: Session, *, state: RefundState | None, before_id: int | None, limit: int
) -> Sequence[RefundRow]:
    """Return refunds in a state, or all of them, the newest first; one statement."""
    statement = (
        select(
            Refund.id,
            Refund.order_number,
            Payment.group_number,
            Payment.provider,
            Refund.state,
            Refund.amount_minor,
            func.coalesce(Payment.captured_currency, Payment.currency),
            Refund.reason,
            Refund.requested_at,
            Refund.succeeded_at,
        )
        .join(Payment, Payment.id == Refund.payment_id)
        .order_by(Refund.id.desc())
        .limit(limit)
    )
    if state is not None:
        statement = statement.where(Refund.state == state)
    if before_id is not None:
        statement = statement.where(Refund.id < before_id)
    return fill_all(RefundRow, session.execute(statement))


def count_refunds(session: Session) -> Mapping[RefundState, tuple[int, int]]:
    """Return how many refunds stand in each state, and the sum in fen of those in yuan."""
    currency = func.coalesce(Payment.captured_currency, Payment.currency)
    minor = func.sum(Refund.amount_minor).filter(currency == CURRENCY)
    rows = session.execute(
        select(Refund.state, func.count(), func.coalesce(minor, 0))
        .join(Payment, Payment.id == Refund.payment_id)
        .group_by(Refund.state)
    )
    return {row[0]: (row[1], int(row[2])) for row in rows}
