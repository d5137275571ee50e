"""A seller packs its part of a group and hands it to the carrier.

Each step takes one order or many; many are carried out set by set.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from catalog import service as catalog
from kernel import outbox
from kernel.errors import ConflictError
from orders import queries as order_queries
from orders import rules as order_rules
from orders import service as orders
from orders.events import OrderShipped
from orders.queries import notices
from orders.values import OrderState, OrderStep
from workflows import goods_weighed, travel
from workflows.travel import Dispatch, HandOver


def pack(session: Session, order_number: str, *, actor: str, at: datetime) -> None:
    """Mark an order with all its parcels as packed.

    Raises `StepNotAllowedError` for one that is not paid, and `ConflictError`
    `presale_not_allotted` as long as goods of it wait for their harvest, `weight_missing` while
    goods sold by weight are not weighed, `lot_stopped` while a lot of it may not be sold.
    """
    _pack(session, order_number, None, actor=actor, at=at)


def pack_parcel(
    session: Session, order_number: str, number: int, *, actor: str, at: datetime
) -> None:
    """Mark one parcel as packed, and the order with its last one; refuses as `pack` does."""
    _pack(session, order_number, number, actor=actor, at=at)


def _pack(
    session: Session, order_number: str, number: int | None, *, actor: str, at: datetime
) -> None:
    order = orders.lock_order(session, order_number)
    order_rules.check_order_step(order_number, order.state, OrderState.PACKED)
    lines = order_queries.list_line_ids(session, [order_number])[order_number]
    if catalog.list_waiting(session, lines):
        raise ConflictError(
            "presale_not_allotted", f"{order_number} waits for its harvest", number=order_number
        )
    _check_lots(session, [order_number])
    goods_weighed.check_weighed(session, [order_number])
    if orders.pack_parcels(session, order_number, number=number, actor=actor, at=at):
        orders.step(session, order, OrderState.PACKED, actor=actor, at=at)


def ship(session: Session, order_number: str, hand_over: HandOver, *, at: datetime) -> None:
    """Hand a packed order to its carrier; see `ship_many`."""
    ship_many(session, [Dispatch(order_number, hand_over, at)])


def ship_many(session: Session, dispatches: Sequence[Dispatch]) -> None:
    """Hand packed orders to their carriers: loggers are bound, custody passes over.

    All parcels of an order leave at once, each with its own logger and carrier's number. What
    is sold by weight is settled, see `goods_weighed`. Raises `StepNotAllowedError`,
    `ConflictError` `weight_missing` or `lot_stopped`, or a refusal of the cold chain: goods
    with limits do not leave without a logger, frozen goods not in a box that is too warm.
    """
    held = orders.lock_orders(session, [one.order_number for one in dispatches])
    steps = [
        OrderStep(held[one.order_number], one.hand_over.actor, one.at) for one in dispatches
    ]
    for one in steps:
        order_rules.check_order_step(one.order.number, one.order.state, OrderState.SHIPPED)
    _check_lots(session, sorted(held))
    goods_weighed.settle(session, steps)
    for dispatch in dispatches:
        told = dispatch.hand_over.carrier_numbers
        orders.note_carrier_numbers(session, dispatch.order_number, told)
    orders.step_many(session, steps, OrderState.SHIPPED)
    travel.depart(session, dispatches)
    outbox.record(
        session,
        *(
            OrderShipped(occurred_at=one.at, order_number=one.order_number)
            for one in dispatches
        ),
    )


def _check_lots(session: Session, order_numbers: Sequence[str]) -> None:
    """Refuse to send packs of a lot that was stopped or called back."""
    stopped = notices.list_stopped(session, order_numbers)
    if stopped:
        lots = "、".join(stopped)
        raise ConflictError("lot_stopped", f"lots {lots} are stopped", lots=lots)
