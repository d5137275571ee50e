"""Price a basket: the one way from wanted goods to what the buyer is charged.

Basket, checkout, programs and the charge all come through `price`. What is counted (packs of a
campaign, uses of a coupon) is locked when the order is placed, before any lot: coupons by code,
campaigns by code and SKU.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.listing.transit import find_hours
from catalog.values import CampaignTake
from kernel.clock import local_date
from kernel.errors import InvalidError
from kernel.postal import NOWHERE, Place
from orders import queries as order_queries
from orders import rules as order_rules
from orders import service as orders
from orders.errors import CouponNotFoundError
from orders.queries import Asked
from orders.rules import pricing as rules
from orders.rules import weighing
from orders.values import (
    PlacedLine,
    Quote,
    QuotedLine,
    ReductionKind,
    ShippingTerms,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Goods somebody asks the price of: a basket, or SKU codes with packs and coupons."""

    person_id: int | None
    basket_token: str | None = None
    quantities: Mapping[str, int] | None = None
    coupons: tuple[str, ...] = ()
    """Codes, for callers without a basket; a basket has its own."""
    place: Place = NOWHERE
    """Where it is to go, as far as that is known."""


def price(
    session: Session,
    wanted: Wanted,
    terms: ShippingTerms,
    *,
    at: datetime,
    lock: bool = False,
) -> Quote:
    """Return what goods cost somebody now, with every reduction; raises `BasketEmptyError`.

    With `lock` what is counted is locked first, so that what was read still holds when the
    order is written.
    """
    asked = Asked(at, wanted.person_id)
    codes = _coupon_codes(session, wanted)
    coupons = order_queries.list_coupons(session, codes, asked, lock=lock)
    if wanted.basket_token is None and len(coupons) < len(set(codes)):
        raise CouponNotFoundError(min(set(codes) - {one.code for one in coupons}))
    lines = _read(session, wanted, asked)
    if lock and (counted := _counted(lines)):
        catalog.lock_campaigns(session, counted)
        lines = _read(session, wanted, asked)
    extra = terms.weighed_extra_percent
    priced = [weighing.charge(rules.price_line(line), extra) for line in lines]
    whole = rules.share_stock(_unboxed(session, priced, asked))
    reduced, applied = rules.apply_coupons(whole, coupons)
    laid_down = _shipping(session, reduced, wanted.place, terms, asked)
    return replace(order_rules.quote(reduced, laid_down), coupons=applied)


def _shipping(
    session: Session,
    lines: Sequence[QuotedLine],
    place: Place,
    terms: ShippingTerms,
    asked: Asked,
) -> ShippingTerms:
    """Add what the sellers charge, and how long the way takes where that matters."""
    if terms.is_waived:
        return terms
    on = local_date(asked.at)
    sellers = sorted({line.seller_code for line in lines})
    has_limits = any(line.limit_hours is not None for line in lines)
    return replace(
        terms,
        rules=order_queries.list_shipping_rules(session, sellers, on=on),
        place=place,
        hours=find_hours(session, place, on=on) if place and has_limits else None,
    )


def _coupon_codes(session: Session, wanted: Wanted) -> Sequence[str]:
    if wanted.basket_token is None:
        return wanted.coupons
    return order_queries.list_basket_coupons(session, wanted.basket_token)


def _read(session: Session, wanted: Wanted, asked: Asked) -> list[QuotedLine]:
    on = local_date(asked.at)
    if wanted.basket_token is not None:
        return order_queries.list_basket(session, wanted.basket_token, on=on, asked=asked)
    quantities = wanted.quantities or {}
    lines = order_queries.list_wanted(session, quantities, on=on, asked=asked)
    if unknown := set(quantities) - {line.sku_code for line in lines}:
        code = min(unknown)
        raise InvalidError("sku_unknown", f"no SKU {code}", code=code)
    return lines


def _counted(lines: Sequence[QuotedLine]) -> list[tuple[str, int]]:
    return [
        (campaign.code, line.sku_id)
        for line in lines
        for campaign in line.offers.campaigns
        if campaign.left is not None
    ]


def _unboxed(session: Session, lines: Sequence[QuotedLine], asked: Asked) -> list[QuotedLine]:
    """Break gift boxes up into what they hold; one statement where there are any."""
    inside = {code: 1 for line in lines for code, _ in line.offers.parts}
    if not inside:
        return list(lines)
    found = order_queries.list_wanted(session, inside, on=local_date(asked.at))
    held = {line.sku_code: line for line in found}
    whole: list[QuotedLine] = []
    for line in lines:
        whole += rules.unbox(line, held) if line.offers.parts else [line]
    return whole


def redeem(
    session: Session,
    group_number: str,
    quote: Quote,
    placed: Sequence[PlacedLine],
    *,
    person_id: int | None,
    at: datetime,
) -> None:
    """Count the campaigns and coupons of a quote as used by the group that was written."""
    takes = []
    for line, written in zip(quote.lines, placed, strict=True):
        if line.bundle is not None:
            continue
        takes += [
            CampaignTake(one.code, written.line_id, line.sku_id, line.quantity)
            for one in line.reductions
            if one.kind is ReductionKind.CAMPAIGN
        ]
    catalog.take_campaigns(session, group_number, takes, person_id=person_id, at=at)
    applied = [coupon for coupon in quote.coupons if coupon.minor]
    orders.redeem_coupons(session, group_number, applied, person_id=person_id, at=at)


def lock_used(session: Session, group_number: str, line_ids: Sequence[int]) -> None:
    """Lock what lines that may come to nothing have used, before any lot is locked."""
    orders.lock_coupons_used(session, group_number)
    catalog.lock_campaigns_used(session, line_ids)


def give_back(
    session: Session, group_number: str, line_ids: Sequence[int], *, at: datetime
) -> None:
    """Give coupons and campaign packs back of orders that came to nothing.

    A coupon goes back when every order it could hold for was cancelled, or refunded as a whole
    before it was delivered; what was delivered once has used it up.
    """
    orders.give_back_coupons(session, group_number, at=at)
    catalog.give_back_campaigns(session, line_ids, at=at)
