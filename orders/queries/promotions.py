"""Coupons, campaigns and tiers for the pages of those who set them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from catalog.models import Campaign, CampaignSku, PriceTier, Product, Sku
from kernel.rows import fill, fill_all
from orders.models import Coupon, CouponGrant
from orders.values import CouponScope


@dataclass(frozen=True, slots=True)
class CouponRow:
    """A coupon and how much of it is used."""

    code: str
    name: str
    name_en: str
    amount_minor: int | None
    percent: int | None
    cap_minor: int | None
    min_spend_minor: int
    scope: CouponScope
    scope_code: str | None
    is_given: bool
    is_claimable: bool
    claimed: int
    claim_limit: int | None
    holders: int
    """How many people have it in their hands."""
    starts_at: datetime
    ends_at: datetime
    stopped_at: datetime | None
    used: int
    total_limit: int | None
    limit_per_buyer: int | None
    spent_minor: int
    budget_minor: int | None


def list_coupon_rows(
    session: Session, seller_code: str | None, *, code: str | None = None
) -> list[CouponRow]:
    """Return the coupons a seller bears, or the platform, the latest first; or only one."""
    holders = (
        select(func.count())
        .where(CouponGrant.coupon_code == Coupon.code)
        .correlate(Coupon)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Coupon.code,
            Coupon.name,
            Coupon.name_en,
            Coupon.amount_minor,
            Coupon.percent,
            Coupon.cap_minor,
            Coupon.min_spend_minor,
            Coupon.scope,
            Coupon.scope_code,
            Coupon.is_given,
            Coupon.is_claimable,
            Coupon.claimed,
            Coupon.claim_limit,
            holders,
            Coupon.starts_at,
            Coupon.ends_at,
            Coupon.stopped_at,
            Coupon.used,
            Coupon.total_limit,
            Coupon.limit_per_buyer,
            Coupon.spent_minor,
            Coupon.budget_minor,
        )
        .where(
            Coupon.seller_code.is_not_distinct_from(seller_code),
            true() if code is None else Coupon.code == code,
        )
        .order_by(Coupon.created_at.desc(), Coupon.code)
    )
    return fill_all(CouponRow, rows)


def find_claimable(session: Session, codes: Collection[str]) -> set[str]:
    """Return which of some coupons whoever is signed in may take."""
    if not codes:
        return set()
    wanted = select(Coupon.code).where(Coupon.code.in_(codes), Coupon.is_claimable)
    return set(session.scalars(wanted))


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign and how many packs went at its prices."""

    code: str
    name: str
    name_en: str
    percent: int | None
    starts_at: datetime
    ends_at: datetime
    stopped_at: datetime | None
    limit_per_buyer: int | None
    goods: int
    stock: int | None
    taken: int


def list_campaign_rows(session: Session, seller_code: str | None) -> list[CampaignRow]:
    """Return the campaigns a seller bears, or the platform, the latest first."""
    rows = session.execute(
        select(
            Campaign.code,
            Campaign.name,
            Campaign.name_en,
            Campaign.percent,
            Campaign.starts_at,
            Campaign.ends_at,
            Campaign.stopped_at,
            Campaign.limit_per_buyer,
            func.count(),
            func.sum(CampaignSku.stock),
            func.sum(CampaignSku.taken),
        )
        .join(CampaignSku, CampaignSku.campaign_code == Campaign.code)
        .where(Campaign.seller_code.is_not_distinct_from(seller_code))
        .group_by(Campaign.code)
        .order_by(Campaign.created_at.desc(), Campaign.code)
    )
    return fill_all(CampaignRow, rows)


@dataclass(frozen=True, slots=True)
class PricedSku:
    """One SKU with its price and its tiers."""

    code: str
    name: str
    name_en: str
    spec: str
    price_minor: int
    tiers: tuple[tuple[int, int], ...]


def list_priced_skus(session: Session, seller_code: str | None) -> list[PricedSku]:
    """Return the SKUs on sale of a seller, or of everybody, with their tiers."""
    tiers = (
        select(
            func.jsonb_agg(
                func.jsonb_build_array(PriceTier.from_quantity, PriceTier.price_minor)
            )
        )
        .where(PriceTier.sku_id == Sku.id)
        .correlate(Sku)
        .scalar_subquery()
    )
    wanted = (
        select(Sku.code, Product.name, Product.name_en, Sku.spec, Sku.price_minor, tiers)
        .join(Product, Product.code == Sku.product_code)
        .where(Sku.is_on_sale)
        .order_by(Product.name, Sku.code)
    )
    if seller_code is not None:
        wanted = wanted.where(Product.seller_code == seller_code)
    return [
        fill(PricedSku, (*facts, tuple((step[0], step[1]) for step in sorted(steps or ()))))
        for *facts, steps in session.execute(wanted)
    ]
