"""Goods sold ahead did not leave in time: everybody is told, and the buyer may step back."""

from datetime import datetime

from sqlalchemy.orm import Session

from kernel import outbox
from kernel.clock import local_date
from kernel.errors import ConflictError
from orders import queries as order_queries
from orders import service as orders
from orders.events import ShippingLate
from orders.values import OrderState
from workflows import order_cancelled
from workflows.order_cancelled import Refusal

NOT_LEFT = (OrderState.PAID, OrderState.PACKED)


def tell_late(session: Session, *, at: datetime) -> int:
    """Record for each order that is late that its buyer is to be told, once; say how many."""
    numbers = orders.mark_late(session, on=local_date(at), at=at)
    outbox.record(
        session, *(ShippingLate(occurred_at=at, order_number=number) for number in numbers)
    )
    return len(numbers)


def step_back(session: Session, order_number: str, *, actor: str, at: datetime) -> int:
    """Take an order back in full whose goods did not leave in time; return the refund's id.

    Raises `ConflictError` `not_late` for one that has left or whose day has not passed.
    """
    order = orders.lock_order(session, order_number)
    until = order_queries.find_ships_until(session, order_number)
    if until is None or until >= local_date(at) or order.state not in NOT_LEFT:
        raise ConflictError("not_late", f"{order_number} is not late", number=order_number)
    refusal = Refusal(actor, "shipped_too_late")
    return order_cancelled.refund_in_full(session, order_number, refusal, at=at)
