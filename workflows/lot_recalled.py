"""A lot is stopped or called back: no pack of it is sold from that moment, held ones included.

The lot is stopped in one transaction; unpaid groups that hold of it are closed one by one, each
in its own, so that locks are taken as everywhere: group, coupons, campaigns, lots. A payment
that comes in between asks the same rule and is booked as owed back.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from catalog import service as catalog
from kernel import outbox
from kernel.errors import ConflictError
from orders import service as orders
from orders.events import LotUnfit
from orders.queries import notices as notice_queries
from orders.service import notices
from orders.values import OrderState
from orders.values.notices import NoticeCause
from workflows import checkout, order_cancelled
from workflows.order_cancelled import Refusal

NOT_LEFT = (OrderState.PAID, OrderState.PACKED)


def stop(session: Session, lot_code: str, *, at: datetime) -> list[str]:
    """Stop selling a lot until somebody has looked at it; return the groups that hold of it."""
    catalog.quarantine(session, lot_code, at=at)
    return catalog.list_holders(session, lot_code)


def recall(session: Session, lot_code: str, *, at: datetime) -> list[str]:
    """Call a lot back for good; return the groups that hold of it.

    Every buyer who paid for packs of it is told once, whatever happens twice.
    """
    catalog.recall(session, lot_code, at=at)
    tell_buyers(session, [lot_code], NoticeCause.RECALLED, at=at)
    return catalog.list_holders(session, lot_code)


def tell_buyers(
    session: Session, lot_codes: Collection[str], cause: NoticeCause, *, at: datetime
) -> int:
    """Record whom to tell of unfit lots, once for each order, lot and cause; say how many.

    The lots are stopped in the same transaction before: a payment that comes later is refused,
    one that came before is among those told.
    """
    noted = notices.note_unfit(session, lot_codes, cause, at=at)
    outbox.record(session, *(LotUnfit(occurred_at=at, notice_id=one) for one in noted))
    return len(noted)


def step_back(session: Session, order_number: str, *, actor: str, at: datetime) -> int:
    """Take an order of an unfit lot back in full before it has left; return the refund's id.

    Raises `ConflictError` `lot_not_unfit` where its buyer was told of nothing.
    """
    order = orders.lock_order(session, order_number)
    if order.state not in NOT_LEFT or not notice_queries.is_told(session, order_number):
        raise ConflictError("lot_not_unfit", f"nothing is wrong with {order_number}")
    refusal = Refusal(actor, "lot_unfit")
    return order_cancelled.refund_in_full(session, order_number, refusal, at=at)


def close_holder(session: Session, group_number: str, lot_code: str, *, at: datetime) -> bool:
    """Close an unpaid group that holds packs of a stopped lot; False when it is paid or closed.

    A group that somebody is just paying is left to its payment.
    """
    return bool(orders.lock_unpaid(session, [group_number])) and checkout.cancel(
        session, group_number, actor=f"lot:{lot_code}", at=at
    )
