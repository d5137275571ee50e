"""A seller writes off what is left of its lots; bought goods are paid for all the same.

Row locks: lots by id, lots at cost by id, ledger balances by account.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from catalog import service as catalog
from households import service as households
from households.values import IssueKind, PacksOut
from ledger import service as ledger
from workflows import own_goods
from workflows.covering import cover


def discard(
    session: Session, seller_code: str, lot_codes: Sequence[str], *, at: datetime
) -> int:
    """Write off what is on the shelf of a seller's lots; return how many packs.

    Repeating finds nothing left and books nothing.
    """
    gone = catalog.discard(session, seller_code, lot_codes, at=at)
    lost = households.issue_goods(
        session,
        IssueKind.WRITTEN_OFF,
        [PacksOut(lot.lot_id, lot.quantity, None, at) for lot in gone],
    )
    entries = own_goods.lost_entries(session, lost, seller_code)
    ledger.post_many(session, cover(session, entries))
    return sum(lot.quantity for lot in gone)
