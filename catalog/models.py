"""Mapped classes of the catalogue: products, SKUs, certificates, lots and stock."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from catalog.values import MovementKind, ProductState, RecognitionStatus, ReservationState
from kernel.orm import Base, Code, Minor, enum_column


class Category(Base):
    """One shelf of the shop."""

    __tablename__ = "categories"

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str]
    sort_order: Mapped[int]


class StorageClass(Base):
    """A class of storage with its label temperatures in hundredths of a degree Celsius."""

    __tablename__ = "storage_classes"

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str]
    min_centi_celsius: Mapped[int | None]
    max_centi_celsius: Mapped[int | None]
    needs_cold_chain: Mapped[bool]
    """Whether parcels of this class travel with a logger."""


class Product(Base):
    """The description of something that can be sold."""

    __tablename__ = "products"
    __table_args__ = (
        Index(
            "ix_products_listed",
            "category_code",
            "code",
            postgresql_where=text("state = 'listed'"),
        ),
    )

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    seller_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"), index=True)
    category_code: Mapped[str] = mapped_column(Code, ForeignKey("categories.code"))
    name: Mapped[str]
    name_en: Mapped[str]
    brand: Mapped[str] = mapped_column(server_default="")
    description: Mapped[str]
    origin_district_code: Mapped[str] = mapped_column(String(12), ForeignKey("regions.code"))
    origin_township_code: Mapped[str | None] = mapped_column(
        String(12), ForeignKey("regions.code"), index=True
    )
    origin_village_code: Mapped[str | None] = mapped_column(
        String(12), ForeignKey("regions.code"), index=True
    )
    storage_code: Mapped[str] = mapped_column(Code, ForeignKey("storage_classes.code"))
    min_centi_celsius: Mapped[int | None]
    max_centi_celsius: Mapped[int | None]
    shelf_life_days: Mapped[int | None]
    season_months: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    is_year_round: Mapped[bool]
    needs_batch_certificate: Mapped[bool]
    """Sale of a lot without its 承诺达标合格证 number is refused."""
    max_transit_hours: Mapped[int | None]
    is_food: Mapped[bool]
    recognition_status: Mapped[RecognitionStatus] = mapped_column(
        enum_column(RecognitionStatus)
    )
    recognition_code: Mapped[str | None]
    recognition_from: Mapped[date | None]
    recognition_to: Mapped[date | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    """Facts shown but not ruled on: harvest months, traceability, price basis, bundle."""
    picture: Mapped[str] = mapped_column(server_default="")
    state: Mapped[ProductState] = mapped_column(enum_column(ProductState))
    listed_at: Mapped[datetime | None]
    is_sample: Mapped[bool] = mapped_column(server_default="false")


class Sku(Base):
    """A sellable unit of a product: one pack, one price."""

    __tablename__ = "skus"
    __table_args__ = (CheckConstraint("price_minor > 0", name="price_is_positive"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Code, unique=True)
    product_code: Mapped[str] = mapped_column(Code, ForeignKey("products.code"), index=True)
    spec: Mapped[str]
    pack: Mapped[str] = mapped_column(server_default="")
    net_weight_g: Mapped[int]
    """Net weight of one pack in grams; 0 for services."""
    price_minor: Mapped[int] = mapped_column(Minor)
    sort_order: Mapped[int] = mapped_column(server_default="0")
    is_on_sale: Mapped[bool] = mapped_column(server_default="true")


class CertificateType(Base):
    """A kind of certificate the register knows."""

    __tablename__ = "certificate_types"

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str]
    is_per_lot: Mapped[bool]


class Certificate(Base):
    """A certificate held for a product or issued for a lot, with its validity."""

    __tablename__ = "certificates"
    __table_args__ = (
        UniqueConstraint("type_code", "number", "product_code", "lot_id"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    type_code: Mapped[str] = mapped_column(Code, ForeignKey("certificate_types.code"))
    number: Mapped[str]
    product_code: Mapped[str | None] = mapped_column(
        Code, ForeignKey("products.code"), index=True
    )
    lot_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("lots.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """Last day of validity."""
    is_sample: Mapped[bool] = mapped_column(server_default="false")


class Lot(Base):
    """One harvest of one SKU; its packs are available, held, sold or written off."""

    __tablename__ = "lots"
    __table_args__ = (
        CheckConstraint(
            "received = available + held + sold + written_off", name="conserves_packs"
        ),
        CheckConstraint(
            "available >= 0 AND held >= 0 AND sold >= 0 AND written_off >= 0",
            name="no_negative_packs",
        ),
        Index(
            "ix_lots_on_shelf", "sku_id", "best_before", postgresql_where=text("available > 0")
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Code, unique=True)
    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"), index=True)
    seller_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"), index=True)
    village_code: Mapped[str | None] = mapped_column(String(12), ForeignKey("regions.code"))
    harvested_on: Mapped[date]
    best_before: Mapped[date | None]
    """Last day of sale; empty for goods that do not expire."""
    batch_certificate_number: Mapped[str | None]
    weight_g: Mapped[int] = mapped_column(BigInteger)
    """What the contributions of the households add up to (deferred trigger)."""
    received: Mapped[int]
    available: Mapped[int]
    held: Mapped[int] = mapped_column(server_default="0")
    sold: Mapped[int] = mapped_column(server_default="0")
    written_off: Mapped[int] = mapped_column(server_default="0")
    received_at: Mapped[datetime]
    quarantined_at: Mapped[datetime | None]
    is_sample: Mapped[bool] = mapped_column(server_default="false")


class LotContribution(Base):
    """What one household put into one lot."""

    __tablename__ = "lot_contributions"
    __table_args__ = (
        CheckConstraint("weight_g > 0 AND grade_percent > 0", name="weights_are_positive"),
    )

    lot_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("lots.id"), primary_key=True)
    household_id: Mapped[str] = mapped_column(
        Code, ForeignKey("households.id"), primary_key=True, index=True
    )
    weight_g: Mapped[int] = mapped_column(BigInteger)
    grade_percent: Mapped[int]
    """Factor of the grade: 100 is the standard grade."""


class MarketPrice(Base):
    """What the market paid for the goods of a product in one week."""

    __tablename__ = "market_prices"
    __table_args__ = (
        CheckConstraint("minor_per_kg > 0", name="price_is_positive"),
        CheckConstraint("extract(isodow FROM week_on) = 1", name="week_begins_on_monday"),
    )

    product_code: Mapped[str] = mapped_column(
        Code, ForeignKey("products.code"), primary_key=True
    )
    week_on: Mapped[date] = mapped_column(primary_key=True)
    """The Monday of the week."""
    minor_per_kg: Mapped[int] = mapped_column(Minor)
    """Fen for a kilogram of the goods as households deliver them."""
    source: Mapped[str]
    """Who published the price."""


class Reservation(Base):
    """Packs of one lot held for one order line until it is paid or the time is over."""

    __tablename__ = "reservations"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        Index("ix_reservations_due", "expires_at", postgresql_where=text("state = 'held'")),
        Index("ix_reservations_group", "group_number"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    lot_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("lots.id"), index=True)
    group_number: Mapped[str] = mapped_column(Code, ForeignKey("order_groups.number"))
    order_line_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("order_lines.id"))
    quantity: Mapped[int]
    state: Mapped[ReservationState] = mapped_column(enum_column(ReservationState))
    expires_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class StockMovement(Base):
    """One change of one lot's packs; rows are added and never changed (trigger)."""

    __tablename__ = "stock_movements"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    lot_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("lots.id"), index=True)
    kind: Mapped[MovementKind] = mapped_column(enum_column(MovementKind))
    quantity: Mapped[int]
    order_line_id: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime]
