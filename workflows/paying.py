"""A buyer goes to a provider's page: the attempt, the goods held for it, and its end.

What the provider is asked happens between two transactions: the attempt is on record before it
is opened there, so that an answer that is lost never leaves a page behind nobody knows of.
Goods are held longer than the page is open. Row locks: order group, then its attempts.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from catalog import service as catalog
from kernel import policy
from kernel.clock import local_date
from kernel.errors import ConflictError, InvalidError
from orders import queries as order_queries
from orders import service as orders
from orders.values import GroupHead, GroupState
from payments import service as payments
from payments.gateway import Checkout
from payments.service import Attempt
from payments.values import Provider
from workflows import pricing

EXPIRY: Final = "task:expiry"
SESSION: Final = "payment_session_minutes"
MARGIN: Final = "payment_session_margin_minutes"
LONGEST: Final = "payment_hold_max_minutes"


@dataclass(frozen=True, slots=True)
class _Limits:
    session: timedelta
    """How long a page stays open."""
    margin: timedelta
    """For how much longer the goods are held."""
    longest: timedelta
    """For how long, from the order on, goods are held by opening pages again."""


def begin(session: Session, group_number: str, provider: Provider, *, at: datetime) -> Attempt:
    """Record that a buyer goes to a provider's page, and hold the goods until it is closed.

    An attempt that is still open is given again. Raises `ConflictError` `order_closed` for a
    group nobody may pay, `payment_too_late` once the goods were held for as long as may be.
    """
    group = orders.lock_group(session, group_number)
    if group.state is not GroupState.PENDING_PAYMENT:
        raise ConflictError("order_closed", group.state, number=group_number)
    limits = _limits(session, at)
    known = [one for one in payments.list_open(session, group_number) if one.expires_at > at]
    closes_at = at + limits.session
    if not known and closes_at + limits.margin > group.placed_at + limits.longest:
        raise ConflictError("payment_too_late", f"{group_number} was held long enough")
    attempt = payments.begin_attempt(
        session,
        group_number=group_number,
        provider=provider,
        amount_minor=group.total_minor,
        expires_at=closes_at,
        at=at,
    )
    until = attempt.expires_at + limits.margin
    orders.hold_until(session, group_number, until)
    catalog.hold_longer(session, group_number, until)
    return attempt


def opened(session: Session, attempt: Attempt, checkout: Checkout) -> None:
    """Note where the buyer pays."""
    payments.record_opened(
        session, attempt.payment_id, reference=checkout.reference, url=checkout.url
    )


def finish_closing(session: Session, group_number: str, *, at: datetime) -> bool:
    """Free the goods of a group that shall be cancelled, once no provider takes money for it.

    False while one still may, and for a group nobody wanted to cancel.
    """
    group = orders.lock_group(session, group_number)
    if group.state is not GroupState.CANCEL_REQUESTED:
        return False
    if payments.list_open(session, group_number):
        return False
    actor = order_queries.find_cancel_actor(session, group_number) or EXPIRY
    state = GroupState.EXPIRED if actor == EXPIRY else GroupState.CANCELLED
    close(session, group, state, actor=actor, at=at)
    return True


def close(
    session: Session, group: GroupHead, state: GroupState, *, actor: str, at: datetime
) -> None:
    """Cancel or expire a locked unpaid group: goods and coupons are free again."""
    orders.close_group(session, group, state, actor=actor, at=at)
    lines = order_queries.list_line_heads(session, group_number=group.number)
    line_ids = [line.line_id for line in lines]
    pricing.give_back(session, group.number, line_ids, at=at)
    catalog.release_presales(session, line_ids, at=at)
    catalog.release(session, group.number, at=at)


def _limits(session: Session, at: datetime) -> _Limits:
    codes = [SESSION, MARGIN, LONGEST]
    values = policy.list_in_force(session, codes, on=local_date(at))
    if missing := [code for code in codes if code not in values]:
        raise InvalidError("policy_param_missing", f"no {missing[0]} in force", code=missing[0])
    return _Limits(*(timedelta(minutes=int(values[code])) for code in codes))
