"""A lot is stopped or called back: no pack of it is sold from that moment, held ones included.

Row locks: order groups, lots by id. A group that is being paid at this very moment is left to
its payment, which asks the same rule and is booked as owed back.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from catalog import service as catalog
from orders import service as orders
from workflows import checkout


def stop(session: Session, lot_code: str, *, at: datetime) -> int:
    """Stop selling a lot until somebody has looked at it; return how many groups it closed."""
    return _stop(session, lot_code, is_recall=False, at=at)


def recall(session: Session, lot_code: str, *, at: datetime) -> int:
    """Call a lot back for good; return how many unpaid groups it closed."""
    return _stop(session, lot_code, is_recall=True, at=at)


def _stop(session: Session, lot_code: str, *, is_recall: bool, at: datetime) -> int:
    holders = orders.lock_unpaid(session, catalog.list_holders(session, lot_code))
    catalog.release_many(session, holders, at=at)
    if is_recall:
        catalog.recall(session, lot_code, at=at)
    else:
        catalog.quarantine(session, lot_code, at=at)
    actor = f"lot:{lot_code}"
    return sum(checkout.cancel(session, number, actor=actor, at=at) for number in holders)
