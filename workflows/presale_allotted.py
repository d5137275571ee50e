"""A harvest is there: who paid ahead gets packs of it, before anybody else may buy.

From then on an order is like any other: it has its lots, and those behind them expect their
shares. Row locks: seller orders by number, presale, lots by id.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from catalog import service as catalog
from orders import queries as order_queries
from orders import service as orders
from orders.values import OrderState
from workflows import attribution


@dataclass(frozen=True, slots=True)
class Allotted:
    """What a harvest was given to."""

    lines: int
    packs: int
    waiting: int
    """Lines that still wait for the next lot."""


def allot(session: Session, presale_id: int, *, seller_code: str, at: datetime) -> Allotted:
    """Give paid lines of a seller's presale their packs, first expired first out.

    Repeating gives only to lines that still wait. Raises `PresaleNotFoundError` for somebody
    else's presale and an unknown one alike.
    """
    waiting = order_queries.list_waiting_lines(session, presale_id, seller_code=seller_code)
    locked = orders.lock_orders(session, sorted({order for _, order in waiting}))
    paid = [line for line, order in waiting if locked[order].state is OrderState.PAID]
    picks = catalog.allot_presale(session, presale_id, paid, seller_code=seller_code, at=at)
    served = {pick.order_line_id for pick in picks}
    if picks:
        orders.record_allocations(
            session, [(pick.order_line_id, pick.lot_id, pick.quantity) for pick in picks]
        )
        lines = order_queries.list_line_heads(session, line_ids=sorted(served))
        attribution.expect(session, lines, picks, placed_at=at, at=at)
    return Allotted(
        lines=len(served),
        packs=sum(pick.quantity for pick in picks),
        waiting=len(paid) - len(served),
    )
