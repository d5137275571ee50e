"""A provider's message arrives: it is stored first and applied afterwards, once."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kernel import outbox
from payments import demo_gateway, queries
from payments import service as payments
from payments.errors import PaymentNotFoundError
from payments.events import PaymentEventReceived
from payments.values import EventStatus, Provider
from workflows import order_paid
from workflows.order_paid import Outcome


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


def apply_event(session: Session, row_id: int, *, at: datetime) -> Outcome | None:
    """Apply a stored message; None when it waits for an attempt that is not known yet.

    Applying the same message twice changes nothing.
    """
    event = queries.lock_event(session, row_id)
    if event.status is EventStatus.APPLIED:
        return Outcome.REPEATED
    capture = demo_gateway.read(event.payload)
    try:
        outcome = order_paid.settle(session, capture)
    except PaymentNotFoundError:
        payments.mark_event(session, row_id, EventStatus.PARKED, at=None)
        return None
    payments.mark_event(session, row_id, EventStatus.APPLIED, at=at)
    return outcome
