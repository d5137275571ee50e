"""Refunds go to the provider that took the money, once, and wait where there is none."""

from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kernel import outbox
from kernel.outbox import OutboxRow
from payments import demo_gateway
from payments import service as payments
from payments.events import PaymentEventReceived
from payments.models import Payment, Refund
from payments.values import PaymentState, Provider, RefundState
from shop.tasks import outbox as relay_task
from tests.builders.catalog import NOON
from tests.builders.sales import a_capture, a_group, a_paid_group, a_world, balances
from workflows import order_cancelled
from workflows.order_cancelled import Refusal


def a_refund(session: Session, provider: Provider) -> None:
    """Take back an order that was paid through a provider."""
    world = a_world(session)
    group = a_paid_group(session, {world.goat.code: 1})
    refusal = Refusal("person:1", "test")
    order_cancelled.refund_in_full(session, f"{group.number}-1", refusal, at=NOON)
    session.execute(update(Payment).values(provider=provider))
    session.commit()


def test_the_demo_provider_pays_back_at_once(session: Session, spool: Path) -> None:
    a_refund(session, Provider.DEMO)

    relay_task.relay()

    assert session.scalars(select(Refund.state)).all() == [RefundState.SUCCEEDED]
    assert balances(session) == {}


def test_a_transfer_goes_back_by_hand(session: Session, spool: Path) -> None:
    a_refund(session, Provider.BANK_TRANSFER)

    relay_task.relay()

    assert session.scalars(select(Refund.state)).all() == [RefundState.MANUAL_BANK]
    assert outbox.count_undelivered(session) == 0


def test_a_refund_without_a_gateway_stays_owed_and_is_tried_again(
    session: Session, spool: Path
) -> None:
    a_refund(session, Provider.STRIPE)

    relay_task.relay()

    (waiting,) = session.scalars(select(OutboxRow).where(OutboxRow.delivered_at.is_(None)))
    assert (waiting.fact, waiting.attempts) == ("RefundRequested", 1)
    assert "no gateway for stripe" in (waiting.last_error or "")
    assert session.scalars(select(Refund.state)).all() == [RefundState.REQUESTED]


def test_a_stored_message_is_applied_after_the_commit(session: Session, spool: Path) -> None:
    world = a_world(session)
    group = a_group(session, {world.goat.code: 1})
    a_capture(session, group)
    row_id = payments.store_event(
        session,
        provider=Provider.DEMO,
        event_id="e1",
        kind="payment.succeeded",
        reference=demo_gateway.reference_of(group.number),
        payload=demo_gateway.message(group.number, amount_minor=group.total_minor, at=NOON),
        at=NOON,
    )
    assert row_id is not None
    outbox.record(session, PaymentEventReceived(occurred_at=NOON, event_row_id=row_id))
    session.commit()

    assert relay_task.relay() == 2, "the message, and the OrderPaid it led to"
    assert session.scalars(select(Payment.state)).all() == [PaymentState.SUCCEEDED]
