"""A buyer complains at the bank of the card, which takes money back."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from payments.models import Payment
from payments.values import DisputeReading, DisputeState
from tests.builders.catalog import NOON
from workflows import dispute_run


def a_dispute(
    session: Session,
    number: str = "",
    *,
    at: datetime = NOON,
    minor: int = 500,
    state: DisputeState = DisputeState.WITHDRAWN,
) -> DisputeReading:
    """Let the bank take money of a group's payment, or of the first one; tell what it said."""
    statement = select(Payment).order_by(Payment.id)
    if number:
        statement = statement.where(Payment.group_number == number)
    payment = session.scalars(statement).first()
    assert payment is not None
    payment.intent = f"pi_{payment.id}"
    session.flush()
    reading = DisputeReading(
        provider=payment.provider,
        reference=f"du_{payment.id}",
        intent=payment.intent,
        state=state,
        amount_minor=minor,
        currency="CNY",
        opened_at=at,
        withdrawn_at=None if state is DisputeState.INQUIRY else at,
        fee_minor=100,
    )
    dispute_run.apply(session, reading)
    return reading


def decide(session: Session, reading: DisputeReading, state: DisputeState) -> None:
    """Let the bank decide."""
    back = reading.opened_at if state is DisputeState.WON else None
    dispute_run.apply(session, replace(reading, state=state, reinstated_at=back))
