"""Turn a basket into an order group whose goods are held until it is paid."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.errors import NotEnoughStockError
from catalog.service import LineWant
from kernel import policy
from kernel.clock import local_date
from kernel.errors import InvalidError
from orders import queries as order_queries
from orders import rules as order_rules
from orders import service as orders
from orders.errors import QuoteChangedError
from orders.service import NewGroup
from orders.values import (
    Buyer,
    GroupState,
    HoldTerms,
    Quote,
    QuotedLine,
    Recipient,
    ShippingTerms,
)

TERM_CODES = [
    "default_carrier",
    "reservation_minutes",
    "shipping_ambient_minor",
    "shipping_cold_minor",
    "shipping_free_from_minor",
]
HOLD_CODES = {
    kind: (f"hold_packs_{kind}", f"hold_minor_{kind}")
    for kind in ("guest", "person", "organisation")
}
"""As what somebody buys → the packs and the fen that may be held unpaid at once."""
LAPSED_AT_ONCE = 50
UNFIT_ACTOR = "rule:unfit"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutRequest:
    """What a buyer sends off: who, whereto, and either a basket or explicit goods."""

    buyer: Buyer
    recipient: Recipient
    basket_token: str | None = None
    quantities: Mapping[str, int] | None = None
    """SKU code to packs, for callers without a basket."""
    seen_total_minor: int | None = None
    """The total the buyer confirmed; a different one now is refused."""
    locale: str = "zh_CN"
    number: str | None = None
    access_key: str | None = None
    is_sample: bool = False


@dataclass(frozen=True, slots=True)
class PlacedGroup:
    """An order group that waits for its payment."""

    number: str
    access_key: str
    total_minor: int
    expires_at: datetime


def quote_lines(session: Session, lines: Sequence[QuotedLine], *, at: datetime) -> Quote:
    """Return what these lines cost now with shipping; one statement for the terms."""
    return order_rules.quote(lines, _terms(session, at).shipping)


def place(session: Session, request: CheckoutRequest, *, at: datetime) -> PlacedGroup:
    """Write the group and hold its goods, first expired first out; thirteen statements at most.

    What others left unpaid beyond its time is freed first. Raises `BasketEmptyError`,
    `QuoteChangedError`, `NotEnoughStockError`, `TooManyPacksHeldError`, `TooMuchHeldError` or
    `InvalidError`; nothing is written then.
    """
    _free_lapsed_first(session, request, at)
    lines = _wanted(session, request, at)
    terms = _terms(session, at)
    quote = order_rules.quote(lines, terms.shipping)
    _check_total(request, quote)
    _check_hold(session, request, quote, terms, at)
    group = PlacedGroup(
        number=request.number or order_rules.new_number(local_date(at)),
        access_key=request.access_key or secrets.token_urlsafe(18),
        total_minor=quote.total_minor,
        expires_at=at + terms.hold,
    )
    placed = orders.place(
        session,
        NewGroup(
            number=group.number,
            access_key=group.access_key,
            buyer=request.buyer,
            recipient=request.recipient,
            carrier_code=terms.carrier_code,
            locale=request.locale,
            placed_at=at,
            expires_at=group.expires_at,
            is_sample=request.is_sample,
        ),
        quote,
    )
    if request.basket_token is not None:
        orders.empty_basket(session, request.basket_token)
    wants = [LineWant(line.line_id, line.sku_id, line.quantity) for line in placed]
    catalog.reserve(session, group.number, wants, expires_at=group.expires_at, at=at)
    return group


def _read_lines(session: Session, request: CheckoutRequest, on: date) -> list[QuotedLine]:
    if request.basket_token is not None:
        return order_queries.list_basket(session, request.basket_token, on=on)
    quantities = request.quantities or {}
    lines = order_queries.list_wanted(session, quantities, on=on)
    if unknown := set(quantities) - {line.sku_code for line in lines}:
        code = min(unknown)
        raise InvalidError("sku_unknown", f"no SKU {code}", code=code)
    return lines


def _wanted(session: Session, request: CheckoutRequest, at: datetime) -> list[QuotedLine]:
    lines = _read_lines(session, request, local_date(at))
    for line in lines:
        if line.available < line.quantity:
            raise NotEnoughStockError(line.sku_id, wanted=line.quantity, left=line.available)
    return lines


@dataclass(frozen=True, slots=True)
class _Terms:
    shipping: ShippingTerms
    hold: timedelta
    carrier_code: str
    hold_caps: Mapping[str, HoldTerms]


def _terms(session: Session, at: datetime) -> _Terms:
    caps = [code for codes in HOLD_CODES.values() for code in codes]
    values = policy.list_in_force(session, [*TERM_CODES, *caps], on=local_date(at))
    if missing := [code for code in TERM_CODES if code not in values]:
        code = missing[0]
        raise InvalidError("policy_param_missing", f"no {code} in force", code=code)
    shipping = ShippingTerms(
        ambient_minor=int(values["shipping_ambient_minor"]),
        cold_minor=int(values["shipping_cold_minor"]),
        free_from_minor=int(values["shipping_free_from_minor"]),
    )
    return _Terms(
        shipping,
        timedelta(minutes=int(values["reservation_minutes"])),
        str(values["default_carrier"]),
        {
            kind: HoldTerms(values.get(packs), values.get(minor))
            for kind, (packs, minor) in HOLD_CODES.items()
        },
    )


def _check_total(request: CheckoutRequest, quote: Quote) -> None:
    seen = request.seen_total_minor
    if seen is not None and seen != quote.total_minor:
        raise QuoteChangedError(seen_minor=seen, now_minor=quote.total_minor)


def _check_hold(
    session: Session, request: CheckoutRequest, quote: Quote, terms: _Terms, at: datetime
) -> None:
    if not request.is_sample:
        caps = terms.hold_caps[request.buyer.kind]
        orders.check_hold(session, request.buyer, quote, caps, at=at)


def _free_lapsed_first(session: Session, request: CheckoutRequest, at: datetime) -> None:
    lapsed = catalog.find_lapsed(session, at=at, most=LAPSED_AT_ONCE)
    if lapsed:
        wanted = [line.sku_id for line in _read_lines(session, request, local_date(at))]
        _expire_many(session, lapsed, at=at, then_wanted=wanted)


def free_lapsed(session: Session, *, at: datetime) -> int:
    """Expire unpaid groups whose time is over and free their goods; return how many.

    The worker does it by the clock. Pages that show what is left do it too, so that goods come
    back without it; usually there is nothing to do and one statement says so. A group that
    somebody else is just paying or closing is left to them.
    """
    lapsed = catalog.find_lapsed(session, at=at, most=LAPSED_AT_ONCE)
    return _expire_many(session, lapsed, at=at) if lapsed else 0


def _expire_many(
    session: Session, numbers: Sequence[str], *, at: datetime, then_wanted: Sequence[int] = ()
) -> int:
    mine = orders.lock_unpaid(session, numbers)
    catalog.release_many(session, mine, at=at, then_wanted=then_wanted)
    return sum(expire(session, number, at=at) for number in mine)


def stop_unfit(session: Session, group_number: str, *, at: datetime) -> bool:
    """Close an unpaid group that holds goods which may not be sold any more; say whether.

    A lot was recalled or ran past its day, a certificate ended, the seller was suspended: the
    buyer is told before paying.
    """
    if not catalog.list_unfit(session, group_number, at=at):
        return False
    return _close(session, group_number, GroupState.CANCELLED, UNFIT_ACTOR, at)


def expire(session: Session, group_number: str, *, at: datetime) -> bool:
    """Close an unpaid group whose time is over and free its goods; False when it was paid."""
    return _close(session, group_number, GroupState.EXPIRED, "task:expiry", at)


def cancel(session: Session, group_number: str, *, actor: str, at: datetime) -> bool:
    """Cancel an unpaid group on the buyer's wish and free its goods; False when it was paid."""
    return _close(session, group_number, GroupState.CANCELLED, actor, at)


def _close(
    session: Session,
    group_number: str,
    state: GroupState,
    actor: str,
    at: datetime,
) -> bool:
    group = orders.lock_group(session, group_number)
    if group.state is not GroupState.PENDING_PAYMENT:
        return False
    orders.close_group(session, group, state, actor=actor, at=at)
    catalog.release(session, group_number, at=at)
    return True
