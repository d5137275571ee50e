"""Writes down whom to tell that a lot they bought from is unfit."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Session

from kernel.orm import UtcDateTime
from orders.values.notices import NoticeCause

# Whoever got the money back before anything left never had the goods.
NOTE = text("""
    INSERT INTO lot_notices (lot_id, order_number, cause, packs, at)
    SELECT taken.lot_id, part.number, :cause, sum(taken.quantity), :at
    FROM lot_allocations taken
    JOIN lots l ON l.id = taken.lot_id
    JOIN order_lines line ON line.id = taken.order_line_id
    JOIN seller_orders part ON part.number = line.order_number
    WHERE l.code = ANY (:codes) AND (
        part.state IN ('paid', 'packed', 'shipped', 'delivered')
        OR (part.state = 'refunded' AND part.shipped_at IS NOT NULL))
    GROUP BY taken.lot_id, part.number ORDER BY part.number, taken.lot_id
    ON CONFLICT DO NOTHING
    RETURNING id
""").bindparams(bindparam("codes", type_=ARRAY(TEXT)), bindparam("at", type_=UtcDateTime()))


def note_unfit(
    session: Session, lot_codes: Collection[str], cause: NoticeCause, *, at: datetime
) -> list[int]:
    """Write a notice for every order that has packs of some lots, and return the new ones.

    An order has one notice of a lot and a cause, however often this is called.
    """
    asked = {"codes": sorted(lot_codes), "cause": cause.value, "at": at}
    return list(session.scalars(NOTE, asked))
