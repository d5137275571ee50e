"""A provider's message arrives: it is stored first and applied afterwards, once.

A message only says which object to ask for. What the provider answered when it was asked is
applied here; asking itself happens outside of any transaction, in `shop.tasks.payments`.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from kernel import outbox, policy
from kernel.clock import local_date
from kernel.errors import NotFoundError
from kernel.money import CURRENCY
from ledger import service as ledger
from ledger.values import Book, Entry, Line, PostingKind
from payments import demo_gateway, queries
from payments import service as payments
from payments.errors import PaymentNotFoundError, StateStepError
from payments.events import PaymentEventReceived
from payments.gateway import Message
from payments.values import (
    AttemptReading,
    DisputeReading,
    EventStatus,
    FeeReading,
    MisfitKind,
    PaymentState,
    Provider,
    Reading,
    RefundReading,
    SweepReading,
)
from workflows import dispute_run, order_paid, paying, payout_run, refund_run
from workflows.order_paid import Outcome

FOREIGN = "another account or mode"
UNKNOWN_KIND = "unknown kind"
UNKNOWN_OBJECT = "unknown to the provider"
UNKNOWN_HERE = "unknown here"
UNMATCHED = "payment_unmatched_minutes"


def store_demo_payment(
    session: Session, group_number: str, *, amount_minor: int, at: datetime
) -> int | None:
    """Open the demo attempt and store its message; None when it was stored before."""
    reference = demo_gateway.reference_of(group_number)
    payments.start(
        session,
        group_number=group_number,
        provider=Provider.DEMO,
        reference=reference,
        amount_minor=amount_minor,
        at=at,
    )
    payload: dict[str, Any] = demo_gateway.message(
        group_number, amount_minor=amount_minor, at=at
    )
    row_id = payments.store_event(
        session,
        provider=Provider.DEMO,
        event_id=f"{reference}:succeeded",
        kind="payment.succeeded",
        reference=reference,
        payload=payload,
        at=at,
    )
    if row_id is not None:
        outbox.record(session, PaymentEventReceived(occurred_at=at, event_row_id=row_id))
    return row_id


def store_message(
    session: Session, provider: Provider, message: Message, *, at: datetime
) -> int | None:
    """Store a message that proved where it comes from; None when it was stored before.

    One that is not about our account is never applied: a person looks at it.
    """
    row_id = payments.store_event(
        session,
        provider=provider,
        event_id=message.event_id,
        kind=message.kind,
        reference=message.reference,
        payload=dict(message.payload),
        at=at,
    )
    if row_id is None:
        return None
    if not message.is_ours:
        _refuse(session, row_id, str(message.payload.get("account") or ""), at)
        return row_id
    outbox.record(session, PaymentEventReceived(occurred_at=at, event_row_id=row_id))
    return row_id


def apply_event(session: Session, row_id: int, *, at: datetime) -> Outcome | None:
    """Apply a stored message of the demo provider; None when it waits for its attempt.

    Applying the same message twice changes nothing.
    """
    event = queries.lock_event(session, row_id)
    if event.status is EventStatus.APPLIED:
        return Outcome.REPEATED
    capture = demo_gateway.read(event.payload)
    try:
        outcome = order_paid.settle(session, capture)
    except PaymentNotFoundError:
        _park(session, row_id, event.received_at, UNKNOWN_HERE, at)
        return None
    payments.mark_event(session, row_id, EventStatus.APPLIED, at=at)
    return outcome


def apply_found(session: Session, row_id: int, found: Reading, *, at: datetime) -> bool:
    """Apply what a message led to; False when it waits for something not known yet."""
    event = queries.lock_event(session, row_id)
    if event.status in (EventStatus.APPLIED, EventStatus.REFUSED):
        return True
    if isinstance(found, AttemptReading) and not found.is_ours:
        _refuse(session, row_id, found.reference, at)
        return True
    try:
        with session.begin_nested():
            apply_reading(session, found, at=at)
    except (PaymentNotFoundError, StateStepError) as error:
        _park(session, row_id, event.received_at, f"{UNKNOWN_HERE}: {error.code}", at)
        return False
    payments.mark_event(session, row_id, EventStatus.APPLIED, at=at)
    return True


def park(session: Session, row_id: int, note: str, *, at: datetime) -> None:
    """Put a message aside; one that was applied meanwhile stays applied."""
    event = queries.lock_event(session, row_id)
    if event.status in (EventStatus.RECEIVED, EventStatus.PARKED):
        _park(session, row_id, event.received_at, note, at)


def _park(
    session: Session, row_id: int, received_at: datetime, note: str, at: datetime
) -> None:
    """Put a message aside; one that waits for long is put before a person as well."""
    payments.park_event(session, row_id, note, at=at)
    minutes = policy.get_int(session, UNMATCHED, on=local_date(at))
    if at - received_at >= timedelta(minutes=minutes):
        payments.note_misfit(session, MisfitKind.UNMATCHED, note, event_id=row_id, at=at)


def apply_reading(session: Session, found: Reading, *, at: datetime) -> None:
    """Apply what a provider said of one of its objects; any order, any number of times.

    Raises `PaymentNotFoundError` for what belongs to nothing known here.
    """
    if isinstance(found, AttemptReading):
        apply_attempt(session, found, at=at)
    elif isinstance(found, RefundReading):
        refund_run.apply(session, found)
    elif isinstance(found, DisputeReading):
        dispute_run.apply(session, found)
    else:
        _sweep(session, found)


def apply_attempt(session: Session, reading: AttemptReading, *, at: datetime) -> None:
    """Settle an attempt that succeeded; note where another one stands."""
    payment = payments.lock_read(session, reading)
    if reading.state is PaymentState.SUCCEEDED:
        order_paid.settle(session, reading.capture())
        if reading.fee is not None and reading.currency == CURRENCY:
            ledger.post(session, _fee_entry(reading, reading.fee, payment.group_number))
    else:
        payments.record_seen(session, payment, reading)
        paying.finish_closing(session, payment.group_number, at=at)


def _fee_entry(reading: AttemptReading, fee: FeeReading, group_number: str) -> Entry:
    """P1b: the provider kept its fee."""
    return Entry(
        book=Book.MONEY,
        key=f"txn:{fee.reference}",
        kind=PostingKind.PAYMENT_FEE,
        effective_at=fee.at,
        source=f"group:{group_number}",
        lines=[
            Line("E:payment_fee", fee.minor),
            Line(f"A:{reading.provider}:pending", -fee.minor),
        ],
    )


def _sweep(session: Session, found: SweepReading) -> None:
    """P1c: the provider paid out to the bank; other money than the book's waits."""
    if found.currency != CURRENCY:
        raise PaymentNotFoundError(found.reference)
    custody = f"A:{found.provider}:pending"
    if found.is_paid:
        payout_run.record_sweep(
            session, found.reference, custody, found.amount_minor, at=found.at
        )
    elif found.is_failed:
        try:
            payout_run.take_sweep_back(
                session, found.reference, custody, found.amount_minor, at=found.at
            )
        except NotFoundError:
            raise PaymentNotFoundError(found.reference) from None


def _refuse(session: Session, row_id: int, detail: str, at: datetime) -> None:
    payments.mark_event(session, row_id, EventStatus.REFUSED, at=at)
    payments.note_misfit(session, MisfitKind.ACCOUNT, detail, event_id=row_id, at=at)
