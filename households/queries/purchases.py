"""Reads of goods that were bought from households."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from households.models import PurchasedLot


def list_purchased_lots(session: Session, lot_ids: Collection[int]) -> frozenset[int]:
    """Return which of some lots were bought and stand in the books at cost."""
    rows = session.scalars(select(PurchasedLot.lot_id).where(PurchasedLot.lot_id.in_(lot_ids)))
    return frozenset(rows)
