"""Commands on payments and refunds; delivering the same message twice changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.money import CURRENCY
from payments.errors import PaymentNotFoundError, RefundExceedsPaymentError
from payments.models import Payment, PaymentEvent, Refund, RefundLine
from payments.rules import buyers as rules
from payments.values import (
    Bearer,
    Capture,
    EventStatus,
    PaymentState,
    Provider,
    RefundId,
    RefundPart,
    RefundState,
)


@dataclass(frozen=True, slots=True)
class LockedPayment:
    """An attempt whose row is locked."""

    payment_id: int
    group_number: str
    provider: Provider
    reference: str
    state: PaymentState
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRefund:
    """A refund to book."""

    payment_id: int
    order_number: str | None
    idempotency_key: str
    reason: str
    parts: tuple[RefundPart, ...]
    bearer: Bearer = Bearer.SELLER

    @property
    def amount_minor(self) -> int:
        """Return what the buyer gets of all parts, in fen."""
        return sum(part.amount_minor - part.funded_minor for part in self.parts)


def start(
    session: Session,
    *,
    group_number: str,
    provider: Provider,
    reference: str,
    amount_minor: int,
    at: datetime,
) -> None:
    """Record a new attempt; the same reference twice is one attempt."""
    before = (
        select(func.count() + 1)
        .where(Payment.provider == provider, Payment.group_number == group_number)
        .scalar_subquery()
    )
    session.execute(
        insert(Payment)
        .values(
            group_number=group_number,
            provider=provider,
            reference=reference,
            attempt=before,
            state=PaymentState.CREATED,
            amount_minor=amount_minor,
            currency=CURRENCY,
            created_at=at,
        )
        .on_conflict_do_nothing(index_elements=[Payment.provider, Payment.reference])
    )


def store_event(
    session: Session,
    *,
    provider: Provider,
    event_id: str,
    kind: str,
    reference: str,
    payload: dict[str, Any],
    at: datetime,
) -> int | None:
    """Store a provider's message; return its row id, or None when it was stored before."""
    return session.scalar(
        insert(PaymentEvent)
        .values(
            provider=provider,
            event_id=event_id,
            kind=kind,
            reference=reference,
            payload=payload,
            status=EventStatus.RECEIVED,
            received_at=at,
        )
        .on_conflict_do_nothing(index_elements=[PaymentEvent.provider, PaymentEvent.event_id])
        .returning(PaymentEvent.id)
    )


def mark_event(
    session: Session, row_id: int, status: EventStatus, *, at: datetime | None
) -> None:
    """Note what became of a stored message."""
    session.execute(
        update(PaymentEvent)
        .where(PaymentEvent.id == row_id)
        .values(status=status, applied_at=at)
    )


def lock(session: Session, provider: Provider, reference: str) -> LockedPayment:
    """Lock an attempt; raises `PaymentNotFoundError`."""
    row = session.execute(
        select(
            Payment.id,
            Payment.group_number,
            Payment.provider,
            Payment.reference,
            Payment.state,
            Payment.amount_minor,
            Payment.currency,
        )
        .where(Payment.provider == provider, Payment.reference == reference)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise PaymentNotFoundError(reference)
    return LockedPayment(*row)


def record_capture(
    session: Session, payment: LockedPayment, capture: Capture, state: PaymentState
) -> None:
    """Write the provider's word on an attempt: succeeded, late or mismatch."""
    session.execute(
        update(Payment)
        .where(Payment.id == payment.payment_id)
        .values(state=state, captured_at=capture.at)
    )


def is_captured(payment: LockedPayment) -> bool:
    """Say whether the provider's word was already written."""
    return payment.state in rules.CAPTURED


def request_refund(session: Session, new: NewRefund, *, at: datetime) -> RefundId | None:
    """Book a refund; None when this key was booked before.

    Locks the payment. Raises `RefundExceedsPaymentError` when all refunds together would be
    more than was paid.
    """
    paid = session.execute(
        select(Payment.amount_minor, Payment.reference)
        .where(Payment.id == new.payment_id)
        .with_for_update()
    ).one()
    booked = session.scalar(
        select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
            Refund.payment_id == new.payment_id,
            Refund.idempotency_key != new.idempotency_key,
        )
    )
    if (booked or 0) + new.amount_minor > paid.amount_minor:
        raise RefundExceedsPaymentError(paid.reference)
    refund_id = session.scalar(
        insert(Refund)
        .values(
            payment_id=new.payment_id,
            order_number=new.order_number,
            idempotency_key=new.idempotency_key,
            state=RefundState.REQUESTED,
            amount_minor=new.amount_minor,
            bearer=new.bearer,
            reason=new.reason,
            requested_at=at,
        )
        .on_conflict_do_nothing(index_elements=[Refund.idempotency_key])
        .returning(Refund.id)
    )
    if refund_id is None:
        return None
    _write_parts(session, refund_id, new.parts)
    return RefundId(refund_id)


def _write_parts(session: Session, refund_id: int, parts: Sequence[RefundPart]) -> None:
    session.execute(
        insert(RefundLine).values(
            [
                {
                    "refund_id": refund_id,
                    "order_line_id": part.order_line_id,
                    "amount_minor": part.amount_minor,
                    "funded_minor": part.funded_minor,
                }
                for part in parts
            ]
        )
    )


@dataclass(frozen=True, slots=True)
class LockedRefund:
    """A refund whose row is locked, with the attempt it pays back."""

    refund_id: int
    order_number: str | None
    state: RefundState
    amount_minor: int
    provider: Provider
    payment_reference: str


def lock_refund(session: Session, refund_id: int) -> LockedRefund:
    """Lock a refund; raises `PaymentNotFoundError`."""
    row = session.execute(
        select(
            Refund.id,
            Refund.order_number,
            Refund.state,
            Refund.amount_minor,
            Payment.provider,
            Payment.reference,
        )
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.id == refund_id)
        .with_for_update(of=Refund)
    ).one_or_none()
    if row is None:
        raise PaymentNotFoundError(str(refund_id))
    return LockedRefund(*row)


def mark_refund_submitted(session: Session, refund_id: int, provider_reference: str) -> None:
    """Note that the provider accepted the order to pay back."""
    session.execute(
        update(Refund)
        .where(Refund.id == refund_id)
        .values(state=RefundState.SUBMITTED, provider_reference=provider_reference)
    )


def mark_refund_succeeded(session: Session, refund_id: int, *, at: datetime) -> None:
    """Note that the money arrived at the buyer."""
    session.execute(
        update(Refund)
        .where(Refund.id == refund_id)
        .values(state=RefundState.SUCCEEDED, succeeded_at=at)
    )
