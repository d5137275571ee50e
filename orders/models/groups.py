"""The tables of order groups, seller orders and their lines."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    String,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code, Minor, enum_column
from kernel.vault import SealedText
from orders.values import GroupState, OrderState


class OrderGroup(Base):
    """One checkout over one or several sellers, paid at once."""

    __tablename__ = "order_groups"
    __table_args__ = (
        CheckConstraint(
            "total_minor = goods_minor + shipping_minor - discount_minor", name="total_adds_up"
        ),
        CheckConstraint("total_minor > 0", name="total_is_positive"),
        CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name="paid_has_moment"),
        Index(
            "ix_order_groups_holding",
            "hold_key",
            postgresql_where=text("hold_key IS NOT NULL"),
        ),
    )

    number: Mapped[str] = mapped_column(Code, primary_key=True)
    access_hash: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of the key in a guest's order address."""
    buyer_person_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("people.id"), index=True
    )
    buyer_organisation_code: Mapped[str | None] = mapped_column(
        Code, ForeignKey("organisations.code"), index=True
    )
    channel_code: Mapped[str] = mapped_column(Code, ForeignKey("channels.code"))
    """The one primary channel this purchase is counted in."""
    state: Mapped[GroupState] = mapped_column(enum_column(GroupState))
    goods_minor: Mapped[int] = mapped_column(Minor)
    shipping_minor: Mapped[int] = mapped_column(Minor)
    discount_minor: Mapped[int] = mapped_column(Minor, server_default="0")
    """What the platform pays of the goods in the buyer's place."""
    total_minor: Mapped[int] = mapped_column(Minor)
    recipient: Mapped[str] = mapped_column(SealedText)
    """JSON of `Recipient`, sealed; `{}` once it was erased."""
    recipient_erased_at: Mapped[datetime | None]
    city: Mapped[str]
    locale: Mapped[str] = mapped_column(String(8), server_default="zh_CN")
    placed_at: Mapped[datetime] = mapped_column(index=True)
    expires_at: Mapped[datetime]
    """Until when the goods are held."""
    hold_key: Mapped[str | None]
    """Whose holds are added up: a person, an organisation or a guest's browser (hashed).

    Emptied as soon as the group is paid or closed.
    """
    paid_at: Mapped[datetime | None] = mapped_column(index=True)
    closed_at: Mapped[datetime | None]
    """When an unpaid group was cancelled or expired."""
    terms_version: Mapped[str | None] = mapped_column(String(16))
    """The terms of trade the buyer agreed to; empty before terms had versions."""
    is_sample: Mapped[bool] = mapped_column(server_default="false")


class Order(Base):
    """One seller's part of a group."""

    __tablename__ = "seller_orders"
    __table_args__ = (
        CheckConstraint("goods_minor > 0 AND shipping_minor >= 0", name="amounts_in_bounds"),
        CheckConstraint(
            "discount_minor >= 0 AND discount_minor < goods_minor", name="discount_in_bounds"
        ),
        CheckConstraint(
            "shipping_refunded_minor BETWEEN 0 AND shipping_minor", name="refund_in_bounds"
        ),
        Index("ix_seller_orders_queue", "seller_code", "state", "number"),
        Index(
            "ix_seller_orders_ships_until",
            "ships_until",
            postgresql_where=text("ships_until IS NOT NULL AND state IN ('paid', 'packed')"),
        ),
    )

    number: Mapped[str] = mapped_column(Code, primary_key=True)
    group_number: Mapped[str] = mapped_column(
        Code, ForeignKey("order_groups.number"), index=True
    )
    seller_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"))
    carrier_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"))
    state: Mapped[OrderState] = mapped_column(enum_column(OrderState))
    goods_minor: Mapped[int] = mapped_column(Minor)
    shipping_minor: Mapped[int] = mapped_column(Minor)
    discount_minor: Mapped[int] = mapped_column(Minor, server_default="0")
    """What the platform pays of the goods in the buyer's place."""
    shipping_refunded_minor: Mapped[int] = mapped_column(Minor, server_default="0")
    needs_cold_chain: Mapped[bool]
    ships_until: Mapped[date | None]
    """The last day on which goods sold before the harvest leave; empty for goods on hand."""
    late_told_at: Mapped[datetime | None]
    """When the buyer was told that the goods did not leave in time."""
    packed_at: Mapped[datetime | None]
    shipped_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    refunded_at: Mapped[datetime | None]


class OrderLine(Base):
    """One SKU of one seller order, with what the buyer saw when ordering."""

    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        CheckConstraint(
            "gross_minor = unit_price_minor * quantity - seller_discount_minor",
            name="gross_adds_up",
        ),
        CheckConstraint("seller_discount_minor >= 0", name="seller_discount_in_bounds"),
        CheckConstraint(
            "platform_discount_minor >= 0 AND platform_discount_minor < gross_minor",
            name="platform_discount_in_bounds",
        ),
        CheckConstraint(
            "refunded_minor >= 0 AND compensated_minor >= 0"
            " AND refunded_minor + compensated_minor <= gross_minor",
            name="refund_in_bounds",
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    order_number: Mapped[str] = mapped_column(
        Code, ForeignKey("seller_orders.number"), index=True
    )
    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"), index=True)
    product_code: Mapped[str] = mapped_column(Code, ForeignKey("products.code"), index=True)
    bundle_sku_id: Mapped[int | None] = mapped_column(ForeignKey("skus.id"), index=True)
    """The gift box the packs were bought in."""
    parcel_number: Mapped[int | None]
    """Which parcel of the order carries it; empty for what is not sent."""
    quantity: Mapped[int]
    unit_price_minor: Mapped[int] = mapped_column(Minor)
    seller_discount_minor: Mapped[int] = mapped_column(Minor, server_default="0")
    """What the seller takes off the price; nobody earns from it."""
    gross_minor: Mapped[int] = mapped_column(Minor)
    """What is divided among those who produced, carried and sold the goods."""
    platform_discount_minor: Mapped[int] = mapped_column(Minor, server_default="0")
    """What of the gross the platform pays in the buyer's place."""
    refunded_minor: Mapped[int] = mapped_column(Minor, server_default="0")
    compensated_minor: Mapped[int] = mapped_column(Minor, server_default="0")
    """What carrier or platform paid the buyer back of the gross; the sale stands."""
    origin_district_code: Mapped[str] = mapped_column(String(12))
    origin_township_code: Mapped[str | None] = mapped_column(String(12), index=True)
    origin_village_code: Mapped[str | None] = mapped_column(String(12))
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Name, English name, spec, picture, seller name, storage code, net weight as seen."""


class LotAllocation(Base):
    """Which lot a paid line's packs came from, for tracing and recall."""

    __tablename__ = "lot_allocations"

    order_line_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("order_lines.id"), primary_key=True
    )
    lot_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("lots.id"), primary_key=True, index=True
    )
    quantity: Mapped[int]


class OrderEvent(Base):
    """One step of a group or an order; rows are added and never changed (trigger)."""

    __tablename__ = "order_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    group_number: Mapped[str] = mapped_column(
        Code, ForeignKey("order_groups.number"), index=True
    )
    order_number: Mapped[str | None] = mapped_column(Code)
    """Empty for a step of the whole group."""
    state: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(server_default=text("''"))
