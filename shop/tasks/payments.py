"""Messages of payment providers are applied here, and refunds are sent off."""

import structlog
from celery import shared_task
from sqlalchemy.exc import DBAPIError

from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import ConflictError, ShanjiError
from payments import demo_gateway, queries
from payments import service as payments
from payments.events import PaymentEventReceived, RefundRequested
from payments.service import LockedRefund
from payments.values import Provider, RefundState
from shop.tasks.reacting import reaction
from workflows import order_cancelled, payment_received

log = structlog.get_logger()


@reaction(PaymentEventReceived)
def apply_event(fact: PaymentEventReceived) -> None:
    """Apply a stored message; one for an attempt nobody knows yet is parked for the sweeper."""
    with unit_of_work() as session:
        payment_received.apply_event(session, fact.event_row_id, at=clock.now())


@shared_task(name="shop.tasks.payments.apply_parked")
def apply_parked() -> int:
    """Try parked messages again and return how many could be applied this time."""
    with unit_of_work() as session:
        row_ids = queries.list_parked_events(session)
    return sum(_apply(row_id) for row_id in row_ids)


def _apply(row_id: int) -> bool:
    try:
        with unit_of_work() as session:
            outcome = payment_received.apply_event(session, row_id, at=clock.now())
    except (ShanjiError, DBAPIError):
        log.exception("payment_event_failed", row_id=row_id)
        return False
    return outcome is not None


@reaction(RefundRequested)
def send_refund(fact: RefundRequested) -> None:
    """Order a booked refund at its provider; a final answer is booked at once.

    Money that came by bank transfer goes back by hand, so nothing is sent for it. Raises
    `ConflictError` while no gateway of the provider is installed: the refund stays owed.
    """
    with unit_of_work() as session:
        refund = payments.lock_refund(session, fact.refund_id)
    if refund.state is not RefundState.REQUESTED or refund.provider is Provider.BANK_TRANSFER:
        return
    if refund.provider is not Provider.DEMO:
        raise ConflictError(
            "gateway_missing", f"no gateway for {refund.provider}", provider=refund.provider
        )
    _order_demo_refund(refund)


def _order_demo_refund(refund: LockedRefund) -> None:
    answer = demo_gateway.refund(refund.refund_id)
    with unit_of_work() as session:
        order_cancelled.confirm_refund(
            session,
            refund.refund_id,
            provider_reference=answer.reference,
            at=clock.now(),
        )
