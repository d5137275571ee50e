"""How much somebody holds unpaid, looked at one caller at a time."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from orders import rules
from orders.errors import TooManyPacksHeldError, TooMuchHeldError
from orders.models import Order, OrderGroup, OrderLine
from orders.values import Buyer, HoldTerms, Quote

TAKE_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")


def check_hold(
    session: Session, buyer: Buyer, quote: Quote, terms: HoldTerms, *, at: datetime
) -> None:
    """Refuse what would pass the cap together with what the buyer holds unpaid now.

    Two checkouts of one buyer take turns until the end of the transaction, so that neither
    passes the cap beside the other. Raises `TooManyPacksHeldError` or `TooMuchHeldError`.
    """
    if terms.packs is None and terms.minor is None:
        return
    packs, minor = _held(session, buyer.hold_key, at) if buyer.hold_key else (0, 0)
    wanted = sum(line.quantity for line in quote.lines)
    if terms.packs is not None and packs + wanted > terms.packs:
        raise TooManyPacksHeldError(held=packs, wanted=wanted, maximum=terms.packs)
    if terms.minor is not None and minor + quote.total_minor > terms.minor:
        raise TooMuchHeldError(held_minor=minor, maximum_minor=terms.minor)


def _held(session: Session, key: str, at: datetime) -> tuple[int, int]:
    session.execute(TAKE_TURN, {"key": key})
    live = (
        OrderGroup.hold_key == key,
        OrderGroup.state.in_(rules.TIMED),
        OrderGroup.expires_at > at,
    )
    packs = (
        select(func.coalesce(func.sum(OrderLine.quantity), 0))
        .join(Order, Order.number == OrderLine.order_number)
        .join(OrderGroup, OrderGroup.number == Order.group_number)
        .where(*live)
        .scalar_subquery()
    )
    minor = (
        select(func.coalesce(func.sum(OrderGroup.total_minor), 0)).where(*live)
    ).scalar_subquery()
    row = session.execute(select(packs, minor)).one()
    return int(row[0]), int(row[1])


def lock_unpaid(session: Session, numbers: Sequence[str]) -> list[str]:
    """Lock those of these groups that are unpaid and that nobody is just paying or closing."""
    return list(
        session.scalars(
            select(OrderGroup.number)
            .where(OrderGroup.number.in_(numbers), OrderGroup.state.in_(rules.TIMED))
            .order_by(OrderGroup.number)
            .with_for_update(skip_locked=True)
        )
    )
