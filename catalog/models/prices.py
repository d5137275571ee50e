"""The tables of prices."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code, Minor


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


class PriceTier(Base):
    """What a pack costs from so many packs on."""

    __tablename__ = "price_tiers"
    __table_args__ = (
        CheckConstraint("from_quantity BETWEEN 2 AND 9999", name="quantity_in_bounds"),
        CheckConstraint("price_minor > 0", name="price_is_positive"),
    )

    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"), primary_key=True)
    from_quantity: Mapped[int] = mapped_column(primary_key=True)
    price_minor: Mapped[int] = mapped_column(Minor)


class PriceChange(Base):
    """A price as it was set; written by a trigger, never changed (trigger)."""

    __tablename__ = "price_changes"
    __table_args__ = (
        CheckConstraint("price_minor > 0", name="price_is_positive"),
        Index("ix_price_changes_of_sku", "sku_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"))
    from_quantity: Mapped[int] = mapped_column(server_default="1")
    """1 for the price of the SKU, more for a tier."""
    price_minor: Mapped[int | None] = mapped_column(Minor)
    """Empty when a tier was taken away."""
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class BundlePart(Base):
    """How many packs of another SKU of the same seller a gift box holds."""

    __tablename__ = "bundle_parts"
    __table_args__ = (
        CheckConstraint("quantity BETWEEN 1 AND 999", name="quantity_in_bounds"),
        CheckConstraint("sku_id <> bundle_sku_id", name="holds_others"),
    )

    bundle_sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"), primary_key=True)
    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"), primary_key=True, index=True)
    quantity: Mapped[int]
