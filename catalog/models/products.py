"""The tables of products and their SKUs."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from catalog.values import ProductState, RecognitionStatus, SaleUnit
from kernel.orm import Base, Code, Minor, enum_column


class Category(Base):
    """One shelf of the shop."""

    __tablename__ = "categories"

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str]
    sort_order: Mapped[int]
    is_refused: Mapped[bool] = mapped_column(server_default="false")
    """Whether its goods may not be sold here at all, as tobacco (trigger on products)."""


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
        CheckConstraint(
            "NOT (is_food AND details ->> 'food_use_allowed' = 'false')",
            name="herb_is_no_food",
        ),
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
    __table_args__ = (
        CheckConstraint("price_minor > 0", name="price_is_positive"),
        CheckConstraint(
            "num_nonnulls(piece_min_g, piece_max_g)"
            " = CASE sale_unit WHEN 'weight' THEN 2 ELSE 0 END"
            " AND piece_min_g > 0 AND piece_min_g <= net_weight_g"
            " AND net_weight_g <= piece_max_g",
            name="weighed_has_range",
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Code, unique=True)
    product_code: Mapped[str] = mapped_column(Code, ForeignKey("products.code"), index=True)
    spec: Mapped[str]
    pack: Mapped[str] = mapped_column(server_default="")
    net_weight_g: Mapped[int]
    """Net weight of one pack in grams; 0 for services.

    Of goods sold by weight what a piece is expected to weigh, and the price is that of such a
    piece.
    """
    sale_unit: Mapped[SaleUnit] = mapped_column(enum_column(SaleUnit), server_default="pack")
    piece_min_g: Mapped[int | None]
    piece_max_g: Mapped[int | None]
    """Between these grams a piece sold by weight is as it is offered."""
    price_minor: Mapped[int] = mapped_column(Minor)
    sort_order: Mapped[int] = mapped_column(server_default="0")
    is_on_sale: Mapped[bool] = mapped_column(server_default="true")
