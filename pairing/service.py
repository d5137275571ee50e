"""Commands on pledges: draw down what a paid order bought, give back what was refunded."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from pairing import rules
from pairing.models import Drawdown
from pairing.values import PledgeKind, PledgeRow, PurchasedLine


def draw_down(
    session: Session,
    pledges: Sequence[PledgeRow],
    lines: Sequence[PurchasedLine],
    *,
    at: datetime,
) -> int:
    """Take paid lines off the buyer's pledges of the year; return how many lines counted.

    Lines that no purchase pledge covers draw nothing. The same line twice counts once.
    """
    purchases = [pledge for pledge in pledges if pledge.kind is PledgeKind.PURCHASE]
    rows = [
        {
            "pledge_id": pledge.pledge_id,
            "order_line_id": line.order_line_id,
            "key": f"line:{line.order_line_id}:paid",
            "amount_minor": line.amount_minor,
            "at": at,
        }
        for line in lines
        if (pledge := rules.choose_pledge(line, purchases)) is not None
    ]
    if rows:
        session.execute(insert(Drawdown).values(rows).on_conflict_do_nothing())
    return len(rows)


def give_back(
    session: Session, refund_id: int, amounts: Sequence[tuple[int, int]], *, at: datetime
) -> None:
    """Reverse drawdowns of refunded lines, given as (order line id, fen)."""
    amount_of = dict(amounts)
    drawn = session.execute(
        select(Drawdown.pledge_id, Drawdown.order_line_id).where(
            Drawdown.order_line_id.in_(list(amount_of)), Drawdown.amount_minor > 0
        )
    ).all()
    rows = [
        {
            "pledge_id": row.pledge_id,
            "order_line_id": row.order_line_id,
            "key": f"refund:{refund_id}:line:{row.order_line_id}",
            "amount_minor": -amount_of[row.order_line_id],
            "at": at,
        }
        for row in drawn
    ]
    if rows:
        session.execute(insert(Drawdown).values(rows).on_conflict_do_nothing())
