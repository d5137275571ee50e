"""Coupons as a buyer meets them: their own, and those there to be taken."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, null, or_, select
from sqlalchemy.orm import Session, aliased

from catalog.models import Category, Product
from catalog.values import Funder
from kernel.rows import fill_all
from orders.models import Coupon, CouponUse
from orders.queries.offers import Asked, coupon_terms, is_given_to, uses_by
from orders.values import CouponScope
from parties.models import Organisation


@dataclass(frozen=True, slots=True)
class WalletRow:
    """A coupon with its terms, and where somebody stands with it."""

    code: str
    name: str
    name_en: str
    funder: Funder
    seller_code: str | None
    amount_minor: int | None
    percent: int | None
    cap_minor: int | None
    min_spend_minor: int
    scope: CouponScope
    scope_code: str | None
    refused: str
    """Why it may not be used now; empty when it may."""
    starts_at: datetime
    ends_at: datetime
    limit_per_buyer: int | None
    left: int | None
    """How many may still be taken; empty for as many as want it."""
    seller_name: str | None
    scope_name: str | None
    scope_name_en: str | None
    is_mine: bool
    uses: int
    """How often this person has used it."""


def list_wallet(session: Session, asked: Asked) -> list[WalletRow]:
    """Return the coupons somebody was given or has used, those that end first on top."""
    if asked.person_id is None:
        return []
    used = select(CouponUse.coupon_code).where(
        CouponUse.person_id == asked.person_id, CouponUse.returned_at.is_(None)
    )
    mine = or_(is_given_to(asked), Coupon.code.in_(used))
    return _read(session, _rows(asked).where(mine))


def list_claimable(session: Session, asked: Asked) -> list[WalletRow]:
    """Return the coupons that are there to be taken now, those that end first on top."""
    open_now = and_(
        Coupon.is_claimable,
        Coupon.stopped_at.is_(None),
        Coupon.starts_at <= asked.at,
        Coupon.ends_at > asked.at,
    )
    return _read(session, _rows(asked).where(open_now))


def _rows(asked: Asked) -> Select[*tuple[Any, ...]]:
    place = aliased(Organisation)
    return (
        coupon_terms(asked)
        .add_columns(
            Coupon.starts_at,
            Coupon.ends_at,
            Coupon.limit_per_buyer,
            Coupon.claim_limit - Coupon.claimed,
            Organisation.name,
            func.coalesce(Category.name, Product.name, place.name),
            func.coalesce(Category.name_en, Product.name_en, null()),
            is_given_to(asked).label("is_mine"),
            func.coalesce(uses_by(asked), 0).label("uses"),
        )
        .outerjoin(Organisation, Organisation.code == Coupon.seller_code)
        .outerjoin(Category, _names(CouponScope.CATEGORY, Category.code))
        .outerjoin(Product, _names(CouponScope.PRODUCT, Product.code))
        .outerjoin(place, _names(CouponScope.SELLER, place.code))
        .order_by(None)
        .order_by(Coupon.ends_at, Coupon.code)
    )


def _names(scope: CouponScope, code: Any) -> ColumnElement[bool]:
    return and_(Coupon.scope == scope, code == Coupon.scope_code)


def _read(session: Session, wanted: Select[*tuple[Any, ...]]) -> list[WalletRow]:
    return fill_all(WalletRow, session.execute(wanted))
