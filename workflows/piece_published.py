"""An event or a block is published: everything it names is there, its coupons can be taken.

Locks the row of the piece.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.errors import PieceIncompleteError
from catalog.listing import editorial as pieces
from catalog.rules import editorial as rules
from catalog.rules.editorial import Fault
from catalog.values.editorial import PieceKind, PiecePlan
from orders import queries as order_queries


def find_faults(session: Session, kind: PieceKind, plan: PiecePlan) -> list[Fault]:
    """Return everything that keeps a plan from being published."""
    return [
        *rules.find_missing(kind, plan),
        *pieces.find_unknown(session, plan),
        *_coupon_faults(session, plan),
    ]


def publish(session: Session, code: str, number: int, *, actor: str, at: datetime) -> None:
    """Show buyers a revision once its time has come; repeating changes nothing.

    Raises `PieceNotFoundError`, and `PieceIncompleteError` with the number of faults.
    """
    piece = pieces.get_piece(session, code, tuple(PieceKind))
    faults = find_faults(session, piece.kind, piece.revision(number).plan)
    if faults:
        raise PieceIncompleteError(len(faults))
    catalog.publish_piece(session, code, number, actor=actor, at=at)


def _coupon_faults(session: Session, plan: PiecePlan) -> list[Fault]:
    claimable = order_queries.find_claimable(session, plan.coupons)
    return [Fault("coupons", "unknown", code) for code in plan.coupons if code not in claimable]
