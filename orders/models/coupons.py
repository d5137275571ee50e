"""The tables of coupons: what they take off, who holds them, where they were used."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from catalog.values import Funder
from kernel.orm import Base, Code, Minor, enum_column
from orders.values import CouponScope


class Coupon(Base):
    """A reduction somebody redeems by a code or because it was given to them.

    The row is the lock of its limits: whoever redeems locks it first, so that `used` and
    `spent_minor` never pass what was set.
    """

    __tablename__ = "coupons"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="period_in_order"),
        CheckConstraint(
            "(funder = 'seller') = (seller_code IS NOT NULL)", name="seller_bears_own"
        ),
        CheckConstraint(
            "(amount_minor IS NULL) <> (percent IS NULL)", name="amount_or_percent"
        ),
        CheckConstraint("amount_minor > 0", name="amount_is_positive"),
        CheckConstraint("percent BETWEEN 1 AND 99", name="percent_in_bounds"),
        CheckConstraint("cap_minor > 0", name="cap_is_positive"),
        CheckConstraint("min_spend_minor >= 0", name="spend_in_bounds"),
        CheckConstraint("(scope = 'all') = (scope_code IS NULL)", name="scope_has_code"),
        CheckConstraint("limit_per_buyer > 0", name="limit_is_positive"),
        CheckConstraint("used >= 0 AND used <= total_limit", name="used_in_bounds"),
        CheckConstraint("is_given OR NOT is_claimable", name="claimed_is_given"),
        CheckConstraint("claim_limit > 0", name="claim_limit_is_positive"),
        CheckConstraint("claimed >= 0 AND claimed <= claim_limit", name="claimed_in_bounds"),
        CheckConstraint(
            "spent_minor >= 0 AND spent_minor <= budget_minor", name="spent_in_bounds"
        ),
    )

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(server_default="")
    funder: Mapped[Funder] = mapped_column(enum_column(Funder))
    seller_code: Mapped[str | None] = mapped_column(
        Code, ForeignKey("organisations.code"), index=True
    )
    """The seller who bears it; empty for a coupon of the platform."""
    amount_minor: Mapped[int | None] = mapped_column(Minor)
    percent: Mapped[int | None]
    """Percent taken off, up to `cap_minor`."""
    cap_minor: Mapped[int | None] = mapped_column(Minor)
    min_spend_minor: Mapped[int] = mapped_column(Minor, server_default="0")
    scope: Mapped[CouponScope] = mapped_column(enum_column(CouponScope))
    scope_code: Mapped[str | None] = mapped_column(Code)
    is_given: Mapped[bool] = mapped_column(server_default="false")
    """Only whom it was given to may use it."""
    is_claimable: Mapped[bool] = mapped_column(server_default="false")
    """Whoever is signed in may give it to themselves, as long as there are some."""
    claim_limit: Mapped[int | None]
    """How many people may take it."""
    claimed: Mapped[int] = mapped_column(server_default="0")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    total_limit: Mapped[int | None]
    limit_per_buyer: Mapped[int | None]
    """How often one signed-in person may use it; guests may not use it then."""
    budget_minor: Mapped[int | None] = mapped_column(Minor)
    used: Mapped[int] = mapped_column(server_default="0")
    spent_minor: Mapped[int] = mapped_column(Minor, server_default="0")
    stopped_at: Mapped[datetime | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    is_sample: Mapped[bool] = mapped_column(server_default="false")


class CouponGrant(Base):
    """A coupon in somebody's hands."""

    __tablename__ = "coupon_grants"

    coupon_code: Mapped[str] = mapped_column(Code, ForeignKey("coupons.code"), primary_key=True)
    person_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("people.id"), primary_key=True, index=True
    )
    given_at: Mapped[datetime]


class CouponUse(Base):
    """A coupon redeemed with an order; given back when the order comes to nothing."""

    __tablename__ = "coupon_uses"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_is_positive"),
        Index(
            "ix_coupon_uses_live",
            "coupon_code",
            "person_id",
            postgresql_where=text("returned_at IS NULL"),
        ),
        Index("ix_coupon_uses_group", "group_number", "coupon_code", unique=True),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    coupon_code: Mapped[str] = mapped_column(Code, ForeignKey("coupons.code"))
    group_number: Mapped[str] = mapped_column(Code, ForeignKey("order_groups.number"))
    person_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("people.id"))
    amount_minor: Mapped[int] = mapped_column(Minor)
    used_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]


class BasketCoupon(Base):
    """A coupon that was put to a basket."""

    __tablename__ = "basket_coupons"

    basket_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("baskets.id", ondelete="CASCADE"), primary_key=True
    )
    coupon_code: Mapped[str] = mapped_column(Code, ForeignKey("coupons.code"), primary_key=True)
