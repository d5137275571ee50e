"""Clears the shelves of what expired during the past trade, as a seller does day by day."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import at_local_midnight, local_date
from shop.sample import tables
from workflows import goods_discarded

STILL_THERE: Final = timedelta(days=2)
"""What expired in the last days is left for the portal's list of the day."""


def clear(session: Session, *, until: datetime) -> int:
    """Write off leftovers of expired lots, each the day after its last one; return packs."""
    lots = tables.table("lots").c
    rows = session.execute(
        select(lots.seller_code, lots.best_before, lots.code)
        .where(lots.available > 0, lots.best_before < local_date(until) - STILL_THERE)
        .order_by(lots.best_before, lots.seller_code, lots.code)
    )
    expired: dict[tuple[str, date], list[str]] = defaultdict(list)
    for row in rows:
        expired[row.seller_code, row.best_before].append(row.code)
    return sum(
        goods_discarded.discard(
            session, seller, codes, at=at_local_midnight(last_day + timedelta(days=1))
        )
        for (seller, last_day), codes in expired.items()
    )
