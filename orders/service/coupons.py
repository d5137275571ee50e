"""Commands on coupons: make, stop, give, put to a basket, redeem, give back.

Whoever redeems or gives back locks the rows of `coupons` by code first, before any lot.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from kernel.errors import ConflictError, InvalidError
from kernel.orm import UtcDateTime
from orders.errors import CouponNotFoundError
from orders.models import Basket, BasketCoupon, Coupon, CouponUse
from orders.rules import promoting
from orders.values import AppliedCoupon, NewCoupon

MAX_BASKET_COUPONS = 10

# A use ends when every order it could hold for came to nothing before it was delivered.
ENDED = """
    SELECT u.id, u.coupon_code, u.amount_minor
    FROM coupon_uses u JOIN coupons c ON c.code = u.coupon_code
    WHERE u.group_number = :group_number AND u.returned_at IS NULL
      AND NOT EXISTS (
          SELECT 1 FROM seller_orders o
          WHERE o.group_number = u.group_number
            AND (c.seller_code IS NULL OR c.seller_code = o.seller_code)
            AND NOT (o.state IN ('cancelled', 'refunded') AND o.delivered_at IS NULL))
"""
LOCK_USED = text("""
    SELECT 1 FROM coupons WHERE code IN (
        SELECT coupon_code FROM coupon_uses
        WHERE group_number = :group_number AND returned_at IS NULL
    ) ORDER BY code FOR UPDATE
""")
GIVE_BACK = text(f"""
    WITH ended AS ({ENDED}), marked AS (
        UPDATE coupon_uses SET returned_at = :at
        FROM ended WHERE coupon_uses.id = ended.id
    )
    UPDATE coupons SET used = used - 1, spent_minor = spent_minor - ended.amount_minor
    FROM ended WHERE coupons.code = ended.coupon_code
""").bindparams(bindparam("at", type_=UtcDateTime()))  # noqa: S608 -- a constant


def make_coupon(session: Session, new: NewCoupon, *, actor: str, at: datetime) -> None:
    """Write a coupon; raises `InvalidError` for terms that make none."""
    promoting.check_coupon(new)
    written = session.scalar(
        upsert(Coupon)
        .values(
            code=new.code,
            name=new.name,
            name_en=new.name_en,
            funder=new.funder,
            seller_code=new.seller_code,
            amount_minor=new.amount_minor,
            percent=new.percent,
            cap_minor=new.cap_minor,
            min_spend_minor=new.min_spend_minor,
            scope=new.scope,
            scope_code=new.scope_code,
            is_given=new.is_given or new.is_claimable,
            is_claimable=new.is_claimable,
            claim_limit=new.claim_limit,
            starts_at=new.starts_at,
            ends_at=new.ends_at,
            total_limit=new.total_limit,
            limit_per_buyer=new.limit_per_buyer,
            budget_minor=new.budget_minor,
            created_by=actor,
            created_at=at,
            is_sample=new.is_sample,
        )
        .on_conflict_do_nothing()
        .returning(Coupon.code)
    )
    if written is None:
        raise ConflictError("coupon_code_taken", f"{new.code} is taken", code=new.code)


def stop_coupon(session: Session, code: str, *, seller_code: str | None, at: datetime) -> None:
    """End a coupon now; with a seller only that seller's. Placed orders keep it."""
    statement = update(Coupon).where(Coupon.code == code)
    if seller_code is not None:
        statement = statement.where(Coupon.seller_code == seller_code)
    found = session.execute(
        statement.values(stopped_at=func.coalesce(Coupon.stopped_at, at)).returning(Coupon.code)
    ).first()
    if found is None:
        raise CouponNotFoundError(code)


def put_coupon_to_basket(session: Session, token: str, code: str) -> None:
    """Remember a coupon with a basket; raises `CouponNotFoundError` for an unknown code."""
    basket_id = session.scalar(select(Basket.id).where(Basket.token == token))
    if basket_id is None:
        raise InvalidError("basket_unknown", "this basket is gone")
    if session.scalar(select(Coupon.code).where(Coupon.code == code)) is None:
        raise CouponNotFoundError(code)
    count = session.scalar(
        select(func.count())
        .select_from(BasketCoupon)
        .where(BasketCoupon.basket_id == basket_id, BasketCoupon.coupon_code != code)
    )
    if (count or 0) >= MAX_BASKET_COUPONS:
        raise InvalidError("coupons_too_many", "too many coupons", maximum=MAX_BASKET_COUPONS)
    session.execute(
        upsert(BasketCoupon)
        .values(basket_id=basket_id, coupon_code=code)
        .on_conflict_do_nothing()
    )


def take_coupon_from_basket(session: Session, token: str, code: str) -> None:
    """Take a coupon away from a basket."""
    session.execute(
        delete(BasketCoupon).where(
            BasketCoupon.coupon_code == code,
            BasketCoupon.basket_id
            == select(Basket.id).where(Basket.token == token).scalar_subquery(),
        )
    )


def redeem_coupons(
    session: Session,
    group_number: str,
    applied: Collection[AppliedCoupon],
    *,
    person_id: int | None,
    at: datetime,
) -> None:
    """Count coupons as used by a group; their rows are locked already.

    The database refuses a use beyond the number or the sum that was set.
    """
    for coupon in sorted(applied, key=lambda one: one.code):
        session.execute(
            update(Coupon)
            .where(Coupon.code == coupon.code)
            .values(used=Coupon.used + 1, spent_minor=Coupon.spent_minor + coupon.minor)
        )
        session.execute(
            insert(CouponUse).values(
                coupon_code=coupon.code,
                group_number=group_number,
                person_id=person_id,
                amount_minor=coupon.minor,
                used_at=at,
            )
        )


def lock_coupons_used(session: Session, group_number: str) -> None:
    """Lock the coupons a group was placed with."""
    session.execute(LOCK_USED, {"group_number": group_number})


def give_back_coupons(session: Session, group_number: str, *, at: datetime) -> None:
    """Give back the coupons of a group whose orders came to nothing before delivery."""
    lock_coupons_used(session, group_number)
    session.execute(GIVE_BACK, {"group_number": group_number, "at": at})
