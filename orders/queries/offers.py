"""What lowers prices now: tiers, campaigns, gift boxes, and coupons that may be used."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, aliased

from catalog.models import (
    BundlePart,
    Campaign,
    CampaignSku,
    CampaignUse,
    PriceTier,
    Sku,
)
from catalog.values import Funder
from orders.models import (
    Basket,
    BasketCoupon,
    Coupon,
    CouponGrant,
    CouponUse,
    Order,
    OrderGroup,
    OrderLine,
    WeighedLine,
)
from orders.values import CampaignPrice, CouponTerms, Offers, TierPrice
from orders.values.pricing import NO_OFFERS


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for prices, and when."""

    at: datetime
    person_id: int | None = None


def runs_at(at: datetime) -> ColumnElement[bool]:
    """Say whether a campaign gives its prices at a moment."""
    return and_(Campaign.starts_at <= at, Campaign.ends_at > at, Campaign.stopped_at.is_(None))


def offers_of(asked: Asked) -> ColumnElement[Any]:
    """Return one JSON value for a row of `skus`: its tiers, campaigns and parts."""
    build = func.jsonb_build_array
    tiers = (
        select(func.jsonb_agg(build(PriceTier.from_quantity, PriceTier.price_minor)))
        .where(PriceTier.sku_id == Sku.id)
        .correlate(Sku)
        .scalar_subquery()
    )
    campaigns = (
        select(
            func.jsonb_agg(
                build(
                    Campaign.code,
                    Campaign.name,
                    Campaign.name_en,
                    Campaign.funder,
                    CampaignSku.price_minor,
                    Campaign.ends_at,
                    func.least(CampaignSku.stock - CampaignSku.taken, _left_for(asked)),
                    CampaignSku.before_minor,
                )
            )
        )
        .select_from(CampaignSku)
        .join(Campaign, Campaign.code == CampaignSku.campaign_code)
        .where(CampaignSku.sku_id == Sku.id, runs_at(asked.at))
        .correlate(Sku)
        .scalar_subquery()
    )
    part = aliased(Sku)
    parts = (
        select(func.jsonb_agg(build(part.code, BundlePart.quantity)))
        .select_from(BundlePart)
        .join(part, part.id == BundlePart.sku_id)
        .where(BundlePart.bundle_sku_id == Sku.id)
        .correlate(Sku)
        .scalar_subquery()
    )
    return type_coerce(build(tiers, campaigns, parts), JSONB)


def _left_for(asked: Asked) -> ColumnElement[Any]:
    """Return the packs a buyer may still have of a campaign; nothing for whom it cannot count.

    Empty where the campaign does not count by buyer: `least` passes over it.
    """
    if asked.person_id is None:
        return case((Campaign.limit_per_buyer.is_not(None), literal(0)), else_=null())
    had = (
        select(func.coalesce(func.sum(CampaignUse.quantity), 0))
        .where(
            CampaignUse.campaign_code == Campaign.code,
            CampaignUse.sku_id == CampaignSku.sku_id,
            CampaignUse.person_id == asked.person_id,
            CampaignUse.returned_at.is_(None),
        )
        .correlate(Campaign, CampaignSku)
        .scalar_subquery()
    )
    left = func.greatest(Campaign.limit_per_buyer - had, 0)
    return case((Campaign.limit_per_buyer.is_not(None), left), else_=null())


def read_offers(told: list[Any]) -> Offers:
    """Return what the JSON of `offers_of` says."""
    tiers, campaigns, parts = told
    if not (tiers or campaigns or parts):
        return NO_OFFERS
    return Offers(
        tuple(TierPrice(*one) for one in tiers or ()),
        tuple(
            CampaignPrice(
                one[0],
                one[1],
                one[2],
                Funder(one[3]),
                one[4],
                msgspec.convert(one[5], datetime),
                one[6],
                one[7],
            )
            for one in campaigns or ()
        ),
        tuple((one[0], one[1]) for one in parts or ()),
    )


def uses_by(asked: Asked) -> ColumnElement[Any]:
    """Return how often somebody has used a coupon; empty for whom it cannot count."""
    if asked.person_id is None:
        return null()
    return (
        select(func.count())
        .where(
            CouponUse.coupon_code == Coupon.code,
            CouponUse.person_id == asked.person_id,
            CouponUse.returned_at.is_(None),
        )
        .correlate(Coupon)
        .scalar_subquery()
    )


def is_given_to(asked: Asked) -> ColumnElement[bool]:
    """Say whether somebody was given a coupon, or took it."""
    if asked.person_id is None:
        return false()
    return (
        select(CouponGrant.coupon_code)
        .where(CouponGrant.coupon_code == Coupon.code, CouponGrant.person_id == asked.person_id)
        .correlate(Coupon)
        .exists()
    )


def coupon_terms(asked: Asked) -> Select[*tuple[Any, ...]]:
    """Return what `CouponTerms` holds of coupons, with why somebody may not use them."""
    had, is_given = uses_by(asked), is_given_to(asked)
    needs_person = or_(Coupon.is_given, Coupon.limit_per_buyer.is_not(None))
    is_guest = literal(value=asked.person_id is None)
    refused = case(
        (Coupon.stopped_at.is_not(None), "coupon_stopped"),
        (Coupon.starts_at > asked.at, "coupon_not_yet"),
        (Coupon.ends_at <= asked.at, "coupon_over"),
        (and_(needs_person, is_guest), "coupon_sign_in"),
        (and_(Coupon.is_given, ~is_given), "coupon_not_yours"),
        (Coupon.used >= Coupon.total_limit, "coupon_used_up"),
        (had >= Coupon.limit_per_buyer, "coupon_used_by_you"),
        else_="",
    )
    room = Coupon.budget_minor - Coupon.spent_minor
    return select(
        Coupon.code,
        Coupon.name,
        Coupon.name_en,
        Coupon.funder,
        Coupon.seller_code,
        Coupon.amount_minor,
        Coupon.percent,
        func.least(Coupon.cap_minor, room),
        Coupon.min_spend_minor,
        Coupon.scope,
        Coupon.scope_code,
        case((and_(refused == "", room <= 0), "coupon_used_up"), else_=refused),
    ).order_by(Coupon.code)


def list_coupons(
    session: Session, codes: Collection[str], asked: Asked, *, lock: bool = False
) -> list[CouponTerms]:
    """Return coupons and whether they may be used; unknown codes are absent.

    With `lock` their rows are locked first, by code: whoever redeems sees every use before.
    """
    if not codes:
        return []
    if lock:
        session.execute(
            select(Coupon.code)
            .where(Coupon.code.in_(codes))
            .order_by(Coupon.code)
            .with_for_update()
        )
    rows = session.execute(coupon_terms(asked).where(Coupon.code.in_(codes)))
    return [CouponTerms(*row) for row in rows]


def list_basket_coupons(session: Session, token: str) -> list[str]:
    """Return the codes of the coupons put to a basket."""
    return list(
        session.scalars(
            select(BasketCoupon.coupon_code)
            .join(Basket, Basket.id == BasketCoupon.basket_id)
            .where(Basket.token == token)
            .order_by(BasketCoupon.coupon_code)
        )
    )


def list_own_coupons(session: Session, asked: Asked) -> list[CouponTerms]:
    """Return the coupons somebody was given and may use now."""
    if asked.person_id is None:
        return []
    given = select(CouponGrant.coupon_code).where(CouponGrant.person_id == asked.person_id)
    rows = session.execute(
        coupon_terms(asked).where(Coupon.code.in_(given), Coupon.ends_at > asked.at)
    )
    return [one for one in (CouponTerms(*row) for row in rows) if not one.refused]


def list_lowest_deals(
    session: Session, begun: dict[int, datetime], *, days: int
) -> dict[int, int]:
    """Return the lowest price a pack was bought at in the days before a moment, by SKU.

    What counts is what the buyer paid for the goods of a paid order, rounded down to the fen;
    goods in gift boxes have no price of their own and do not count. SKUs of which nothing was
    sold in those days are absent.
    """
    if not begun:
        return {}
    since = func.make_interval(0, 0, 0, days)
    moment = case(begun, value=OrderLine.sku_id)
    paid = OrderLine.gross_minor - OrderLine.platform_discount_minor
    # Goods sold by weight were charged as heavy pieces; the price is that of an estimated one.
    paid = func.coalesce(paid * WeighedLine.estimate_g // WeighedLine.most_g, paid)
    rows = session.execute(
        select(OrderLine.sku_id, func.min(paid // OrderLine.quantity))
        .outerjoin(WeighedLine, WeighedLine.order_line_id == OrderLine.id)
        .join(Order, Order.number == OrderLine.order_number)
        .join(OrderGroup, OrderGroup.number == Order.group_number)
        .where(
            OrderLine.sku_id.in_(begun),
            OrderLine.bundle_sku_id.is_(None),
            OrderGroup.paid_at < moment,
            OrderGroup.paid_at >= moment - since,
        )
        .group_by(OrderLine.sku_id)
    )
    return {row[0]: int(row[1]) for row in rows}
