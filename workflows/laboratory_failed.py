"""A laboratory found lots unfit: they leave the shelf at once, and what was sold is listed."""

from dataclasses import dataclass

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.service import papers
from catalog.values.papers import LabResult, NewPaper
from orders.values.notices import NoticeCause
from workflows import lot_recalled

_SOLD = text("""
    SELECT l.code AS lot_code, o.number AS order_number, o.group_number, o.state,
        sum(r.quantity) AS packs
    FROM reservations r
    JOIN lots l ON l.id = r.lot_id
    JOIN order_lines line ON line.id = r.order_line_id
    JOIN seller_orders o ON o.number = line.order_number
    WHERE l.code = ANY (:codes) AND r.state = 'taken'
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2
""").bindparams(bindparam("codes", type_=ARRAY(TEXT)))


@dataclass(frozen=True, slots=True)
class SoldOf:
    """Packs of a lot that an order has bought."""

    lot_code: str
    order_number: str
    group_number: str
    order_state: str
    packs: int


def submit(session: Session, new: NewPaper) -> tuple[str, list[str]]:
    """Enter a paper; return its code and the unpaid orders that hold packs of failed lots.

    Every buyer who paid for packs of them is told. The unpaid orders are closed one by one
    afterwards, each in a unit of work of its own, as after a recall.
    """
    code = papers.submit(session, new)
    if new.result is not LabResult.FAIL:
        return code, []
    lot_recalled.tell_buyers(session, new.lots, NoticeCause.FAILED, at=new.at)
    holders = {
        number for lot in sorted(set(new.lots)) for number in catalog.list_holders(session, lot)
    }
    return code, sorted(holders)


def list_sold(session: Session, lot_codes: list[str]) -> list[SoldOf]:
    """Return the paid orders that hold packs of some lots, with how many; one statement."""
    return [SoldOf(*row) for row in session.execute(_SOLD, {"codes": lot_codes})]
