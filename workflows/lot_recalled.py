"""A lot is stopped or called back: no pack of it is sold from that moment, held ones included.

The lot is stopped in one transaction; unpaid groups that hold of it are closed one by one, each
in its own, so that locks are taken as everywhere: group, coupons, campaigns, lots. A payment
that comes in between asks the same rule and is booked as owed back.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from catalog import service as catalog
from orders import service as orders
from workflows import checkout


def stop(session: Session, lot_code: str, *, at: datetime) -> list[str]:
    """Stop selling a lot until somebody has looked at it; return the groups that hold of it."""
    catalog.quarantine(session, lot_code, at=at)
    return catalog.list_holders(session, lot_code)


def recall(session: Session, lot_code: str, *, at: datetime) -> list[str]:
    """Call a lot back for good; return the groups that hold of it."""
    catalog.recall(session, lot_code, at=at)
    return catalog.list_holders(session, lot_code)


def close_holder(session: Session, group_number: str, lot_code: str, *, at: datetime) -> bool:
    """Close an unpaid group that holds packs of a stopped lot; False when it is paid or closed.

    A group that somebody is just paying is left to its payment.
    """
    return bool(orders.lock_unpaid(session, [group_number])) and checkout.cancel(
        session, group_number, actor=f"lot:{lot_code}", at=at
    )
