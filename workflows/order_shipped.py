"""A seller packs its part of a group and hands it to the carrier."""

from datetime import datetime

from sqlalchemy.orm import Session

from kernel import outbox
from orders import service as orders
from orders.events import OrderShipped
from orders.values import OrderState
from workflows import travel
from workflows.travel import HandOver


def pack(session: Session, order_number: str, *, actor: str, at: datetime) -> None:
    """Mark an order as packed; raises `StepNotAllowedError` for one that is not paid."""
    order = orders.lock_order(session, order_number)
    orders.step(session, order, OrderState.PACKED, actor=actor, at=at)


def ship(session: Session, order_number: str, hand_over: HandOver, *, at: datetime) -> None:
    """Hand a packed order to its carrier: loggers are bound, custody passes over.

    Raises `StepNotAllowedError`, or a refusal of the cold chain: goods with limits do not
    leave without a logger, frozen goods not in a box that is too warm.
    """
    order = orders.lock_order(session, order_number)
    orders.step(session, order, OrderState.SHIPPED, actor=hand_over.actor, at=at)
    travel.depart(session, order_number, hand_over, at=at)
    outbox.record(session, OrderShipped(occurred_at=at, order_number=order_number))
