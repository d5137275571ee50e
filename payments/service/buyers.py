"""Commands on payments and refunds; delivering the same message twice changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, cast, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.errors import ConflictError
from kernel.money import CURRENCY
from kernel.rows import fill_all
from payments.errors import PaymentNotFoundError, RefundExceedsPaymentError
from payments.models import Dispute, Payment, PaymentEvent, Refund, RefundLine
from payments.rules import buyers as rules
from payments.values import (
    Bearer,
    Capture,
    DisputeState,
    EventStatus,
    PaymentState,
    Provider,
    RefundId,
    RefundPart,
    RefundState,
)

LONGEST_PARKING_MINUTES = 60
MAX_TRIES = 1_000


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
    attempt: int


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


def park_event(session: Session, row_id: int, note: str, *, at: datetime) -> None:
    """Put a message nobody understands yet aside; it is tried again, ever less often."""
    minutes = func.least(func.power(2, PaymentEvent.tries), LONGEST_PARKING_MINUTES)
    session.execute(
        update(PaymentEvent)
        .where(PaymentEvent.id == row_id)
        .values(
            status=EventStatus.PARKED,
            note=note,
            tries=func.least(PaymentEvent.tries + 1, MAX_TRIES),
            next_try_at=at + func.make_interval(0, 0, 0, 0, 0, cast(minutes, Integer)),
        )
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
            Payment.attempt,
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
    rules.check_payment_step(payment.reference, payment.state, state)
    session.execute(
        update(Payment)
        .where(Payment.id == payment.payment_id)
        .values(
            state=state,
            captured_at=capture.at,
            seen_at=capture.at,
            captured_minor=capture.amount_minor,
            captured_currency=capture.currency,
            intent=capture.intent or Payment.intent,
        )
    )


def is_captured(payment: LockedPayment) -> bool:
    """Say whether the provider's word was already written."""
    return payment.state in rules.CAPTURED


def is_disputed(session: Session, payment_id: int) -> bool:
    """Say whether the buyer's bank has taken the money of a payment and not decided yet."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    Dispute.payment_id == payment_id,
                    Dispute.state.in_((DisputeState.WITHDRAWN, DisputeState.UNDER_REVIEW)),
                )
            )
        )
    )


def request_refund(session: Session, new: NewRefund, *, at: datetime) -> RefundId | None:
    """Book a refund; None when this key was booked before.

    Locks the payment. Raises `RefundExceedsPaymentError` when all refunds together would be
    more than was paid, `ConflictError` `payment_disputed` while the buyer's bank has the money.
    """
    paid = session.execute(
        select(
            func.coalesce(Payment.captured_minor, Payment.amount_minor).label("minor"),
            Payment.reference,
        )
        .where(Payment.id == new.payment_id)
        .with_for_update()
    ).one()
    if is_disputed(session, new.payment_id):
        raise ConflictError("payment_disputed", f"the bank took the money of {paid.reference}")
    booked = session.scalar(
        select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
            Refund.payment_id == new.payment_id,
            Refund.idempotency_key != new.idempotency_key,
        )
    )
    if (booked or 0) + new.amount_minor > paid.minor:
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
    intent: str | None
    """The provider's number of the money that was paid."""
    provider_reference: str | None
    tries: int
    payment_id: int
    currency: str
    """What was paid, and goes back; other money than the books know is in none."""
    offset_minor: int
    """What of it was taken off what the buyer owed on terms."""

    @property
    def due_minor(self) -> int:
        """Return what is to be paid to the buyer, in fen."""
        return self.amount_minor - self.offset_minor

    @property
    def key(self) -> str:
        """Return the key under which this try is posted."""
        number = f"{self.refund_id}" if self.tries <= 1 else f"{self.refund_id}.{self.tries}"
        return f"re:{number}"


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
            Payment.intent,
            Refund.provider_reference,
            Refund.tries,
            Refund.payment_id,
            func.coalesce(Payment.captured_currency, Payment.currency),
            Refund.offset_minor,
        )
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.id == refund_id)
        .with_for_update(of=Refund)
    ).one_or_none()
    if row is None:
        raise PaymentNotFoundError(str(refund_id))
    return fill_all(LockedRefund, [row])[0]


def begin_refund_try(session: Session, refund: LockedRefund) -> LockedRefund:
    """Note that a refund is ordered at its provider, for the first time or once more."""
    rules.check_refund_step(refund.refund_id, refund.state, RefundState.SUBMITTED)
    row = session.execute(
        update(Refund)
        .where(Refund.id == refund.refund_id)
        .values(state=RefundState.SUBMITTED, tries=Refund.tries + 1, provider_reference=None)
        .returning(Refund.tries)
    ).one()
    return replace(
        refund, state=RefundState.SUBMITTED, tries=row.tries, provider_reference=None
    )


def record_refund_state(
    session: Session,
    refund: LockedRefund,
    state: RefundState,
    *,
    provider_reference: str | None,
    failure_code: str = "",
    at: datetime,
) -> None:
    """Write where a refund stands; raises `StateStepError` where the table has no such step."""
    if state is not refund.state:
        rules.check_refund_step(refund.refund_id, refund.state, state)
    session.execute(
        update(Refund)
        .where(Refund.id == refund.refund_id)
        .values(
            state=state,
            provider_reference=provider_reference,
            failure_code=failure_code or None,
            succeeded_at=at if state is RefundState.SUCCEEDED else None,
        )
    )


def record_offset(session: Session, refund_id: int, minor: int, *, at: datetime) -> None:
    """Note what of a booked refund was taken off what its buyer owed; all of it ends it."""
    refund = lock_refund(session, refund_id)
    session.execute(update(Refund).where(Refund.id == refund_id).values(offset_minor=minor))
    if minor == refund.amount_minor:
        record_refund_state(
            session, refund, RefundState.SUCCEEDED, provider_reference=None, at=at
        )


def find_refund_by(
    session: Session, provider: Provider, reference: str, refund_id: int | None
) -> int | None:
    """Return the refund a provider's number, or ours that it remembers, stands for."""
    return session.scalar(
        select(Refund.id)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(
            Payment.provider == provider,
            or_(
                Refund.provider_reference == reference,
                Refund.id == literal(refund_id, BigInteger),
            ),
        )
        .order_by(Refund.id)
        .limit(1)
    )
