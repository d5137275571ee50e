"""Turn a basket into an order group whose goods are held until it is paid."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.errors import NotEnoughStockError
from catalog.service import LineWant, PresaleTake
from kernel import outbox, policy
from kernel.clock import local_date
from kernel.errors import InvalidError
from kernel.postal import place_of
from orders import rules as order_rules
from orders import service as orders
from orders.errors import OutOfReachError, QuoteChangedError
from orders.rules import confirming
from orders.service import NewGroup
from orders.values import (
    Buyer,
    GroupState,
    HoldTerms,
    PlacedLine,
    Quote,
    Recipient,
    ShippingTerms,
)
from payments import service as payments
from payments.events import AttemptsToClose
from payments.service import transfers
from workflows import agreed, paying, pricing
from workflows.paying import EXPIRY
from workflows.pricing import Wanted

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
WEIGHED_EXTRA = "weighed_extra_percent"
"""How much more than estimated goods sold by weight are charged as; without it no more."""
UNFIT_ACTOR = "rule:unfit"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutRequest:
    """What a buyer sends off: who, whereto, and either a basket or explicit goods."""

    buyer: Buyer
    recipient: Recipient
    basket_token: str | None = None
    quantities: Mapping[str, int] | None = None
    """SKU code to packs, for callers without a basket."""
    coupons: tuple[str, ...] = ()
    """Coupon codes, for callers without a basket."""
    seen_total_minor: int | None = None
    """The total the buyer confirmed; a different one now is refused."""
    confirmed: str = ""
    """The quote the buyer confirmed, line by line; a different one now is refused."""
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


def quote(session: Session, wanted: Wanted, *, at: datetime) -> Quote:
    """Return what goods cost somebody now, with reductions and shipping.

    Raises `BasketEmptyError`, and `InvalidError` for an SKU that is not known.
    """
    return pricing.price(session, wanted, _terms(session, at).shipping, at=at)


def place(session: Session, request: CheckoutRequest, *, at: datetime) -> PlacedGroup:
    """Write the group, redeem its coupons and hold its goods, first expired first out.

    Raises `BasketEmptyError`, `QuoteChangedError`, `NotEnoughStockError`, `OutOfReachError`,
    `TooManyPacksHeldError`, `TooMuchHeldError`, `ConflictError` `not_for_canteens` or
    `InvalidError`; nothing is written then.
    """
    terms = _terms(session, at)
    quote = pricing.price(session, _wanted(request), terms.shipping, at=at, lock=True)
    for line in quote.lines:
        if line.is_short:
            raise NotEnoughStockError(line.sku_id, wanted=line.quantity, left=line.available)
    if quote.out_of_reach:
        raise OutOfReachError(quote.place.name, [line.name for line in quote.out_of_reach])
    bought = {line.sku_id for line in quote.lines}
    catalog.refuse_to_canteens(session, request.buyer.organisation_code, bought)
    _check_confirmed(request, quote)
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
            terms_version=terms.version,
        ),
        quote,
    )
    person_id = request.buyer.person_id
    pricing.redeem(session, group.number, quote, placed, person_id=person_id, at=at)
    if request.basket_token is not None:
        orders.empty_basket(session, request.basket_token)
    _hold(session, group, quote, placed, at)
    return group


def _hold(
    session: Session,
    group: PlacedGroup,
    quote: Quote,
    placed: Sequence[PlacedLine],
    at: datetime,
) -> None:
    """Promise what will be harvested, and hold what is there; presales are locked first."""
    takes, wants = [], []
    for line, written in zip(quote.lines, placed, strict=True):
        if line.presale is not None:
            takes.append(
                PresaleTake(
                    line.presale.presale_id, written.line_id, line.sku_id, line.quantity
                )
            )
        else:
            wants.append(LineWant(written.line_id, written.sku_id, written.quantity))
    catalog.take_presales(session, group.number, takes, at=at)
    if wants:
        catalog.reserve(session, group.number, wants, expires_at=group.expires_at, at=at)


def _wanted(request: CheckoutRequest) -> Wanted:
    to = request.recipient
    return Wanted(
        place=place_of(to.province, to.city, to.district),
        person_id=request.buyer.person_id,
        basket_token=request.basket_token,
        quantities=request.quantities,
        coupons=request.coupons,
    )


@dataclass(frozen=True, slots=True)
class _Terms:
    shipping: ShippingTerms
    hold: timedelta
    carrier_code: str
    hold_caps: Mapping[str, HoldTerms]
    version: str | None
    """The terms of trade in force."""


def _terms(session: Session, at: datetime) -> _Terms:
    caps = [code for codes in HOLD_CODES.values() for code in codes]
    values = policy.list_in_force(
        session, [*TERM_CODES, WEIGHED_EXTRA, agreed.PARAM, *caps], on=local_date(at)
    )
    if missing := [code for code in TERM_CODES if code not in values]:
        code = missing[0]
        raise InvalidError("policy_param_missing", f"no {code} in force", code=code)
    shipping = ShippingTerms(
        ambient_minor=int(values["shipping_ambient_minor"]),
        cold_minor=int(values["shipping_cold_minor"]),
        free_from_minor=int(values["shipping_free_from_minor"]),
        weighed_extra_percent=int(values.get(WEIGHED_EXTRA, 0)),
    )
    return _Terms(
        shipping,
        timedelta(minutes=int(values["reservation_minutes"])),
        str(values["default_carrier"]),
        {
            kind: HoldTerms(values.get(packs), values.get(minor))
            for kind, (packs, minor) in HOLD_CODES.items()
        },
        agreed.known(values.get(agreed.PARAM)),
    )


def _check_confirmed(request: CheckoutRequest, quote: Quote) -> None:
    """Refuse to charge anything but what the buyer confirmed; say what changed."""
    seen = request.seen_total_minor
    changes = confirming.changes(request.confirmed, quote) if request.confirmed else []
    if changes or (seen is not None and seen != quote.total_minor):
        raise QuoteChangedError(
            seen_minor=quote.total_minor if seen is None else seen,
            now_minor=quote.total_minor,
            changes=changes,
        )


def _check_hold(
    session: Session, request: CheckoutRequest, quote: Quote, terms: _Terms, at: datetime
) -> None:
    if not request.is_sample:
        caps = terms.hold_caps[request.buyer.kind]
        orders.check_hold(session, request.buyer, quote, caps, at=at)


def expire_lapsed(session: Session, group_number: str, *, at: datetime) -> bool:
    """Expire a group as `expire` does, unless somebody is just paying or closing it."""
    return bool(orders.lock_unpaid(session, [group_number])) and expire(
        session, group_number, at=at
    )


def stop_unfit(session: Session, group_number: str, *, at: datetime) -> bool:
    """Close an unpaid group that holds goods which may not be sold any more; say whether.

    A lot was recalled or ran past its day, a certificate ended, the seller was suspended: the
    buyer is told before paying. A group towards which a transfer has come stays open.
    """
    if not catalog.list_unfit(session, group_number, at=at):
        return False
    return _close(session, group_number, GroupState.CANCELLED, UNFIT_ACTOR, at)


def expire(session: Session, group_number: str, *, at: datetime) -> bool:
    """Close an unpaid group whose time is over and free its goods.

    False when it was paid, or part of it has come by bank transfer. While a provider may still
    take money for it, it only asks that to end: `paying`.
    """
    return _close(session, group_number, GroupState.EXPIRED, EXPIRY, at)


def cancel(session: Session, group_number: str, *, actor: str, at: datetime) -> bool:
    """Cancel an unpaid group on the buyer's wish and free its goods; False when it was paid.

    While a provider may still take money for it, it only asks that to end: `paying`.
    """
    return _close(session, group_number, GroupState.CANCELLED, actor, at)


def _close(
    session: Session,
    group_number: str,
    state: GroupState,
    actor: str,
    at: datetime,
) -> bool:
    group = orders.lock_group(session, group_number)
    if group.state is GroupState.CANCEL_REQUESTED:
        return True
    if group.state not in order_rules.TIMED or transfers.has_received(session, group_number):
        return False
    if payments.list_open(session, group_number):
        orders.request_cancel(session, group, actor=actor, at=at)
        outbox.record(session, AttemptsToClose(occurred_at=at, group_number=group_number))
        return True
    paying.close(session, group, state, actor=actor, at=at)
    return True
