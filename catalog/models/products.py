"""The tables of products and their SKUs."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from catalog.values import ProductState, RecognitionStatus, SaleUnit
from kernel.orm import Base, Code, Minor, enum_column


class Category(Base):
    """One shelf of the shop, or a kind of goods that stands on it; kinds may have kinds."""

    __tablename__ = "categories"
    __table_args__ = (
        UniqueConstraint("code", "shelf_code"),
        CheckConstraint(
            "lineage[1] = shelf_code AND lineage[cardinality(lineage)] = code"
            " AND (parent_code IS NULL) = (shelf_code = code)"
            " AND lineage[cardinality(lineage) - 1] IS NOT DISTINCT FROM parent_code",
            name="lineage_in_order",
        ),
    )

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str]
    sort_order: Mapped[int]
    is_refused: Mapped[bool] = mapped_column(server_default="false")
    """Whether its goods may not be sold here at all, as tobacco (trigger on products)."""
    parent_code: Mapped[str | None] = mapped_column(Code, ForeignKey("categories.code"))
    shelf_code: Mapped[str] = mapped_column(Code)
    """The root of the tree it stands in; its own code for a shelf."""
    lineage: Mapped[list[str]] = mapped_column(ARRAY(Code))
    """Codes from the shelf down to itself."""
    raw_needs_certificate: Mapped[bool] = mapped_column(server_default="false")
    """Whether a lot of unprocessed goods of it needs a 承诺达标合格证."""


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
        ForeignKeyConstraint(
            ["kind_code", "category_code"], ["categories.code", "categories.shelf_code"]
        ),
        UniqueConstraint("code", "seller_code"),
    )

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    seller_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"), index=True)
    category_code: Mapped[str] = mapped_column(Code, ForeignKey("categories.code"))
    kind_code: Mapped[str | None] = mapped_column(Code, index=True)
    """The narrowest kind it belongs to, on the shelf of its category."""
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
    """The stem of its first picture: a drawing of the shop's, or a photo of the seller's."""
    photos: Mapped[list[str]] = mapped_column(ARRAY(Code), server_default="{}")
    """Stems of the seller's photos, in the order in which they are shown."""
    story: Mapped[str] = mapped_column(server_default="")
    """What the seller tells of it, as HTML that was cleaned before it was kept."""
    attributes: Mapped[dict[str, str]] = mapped_column(
        JSONB, server_default=text("'{}'::jsonb")
    )
    """Attribute → choice, both by code; `catalog.rules` says which a category has."""
    series_id: Mapped[int | None] = mapped_column(ForeignKey("series.id"), index=True)
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
        ForeignKeyConstraint(
            ["product_code", "seller_code"], ["products.code", "products.seller_code"]
        ),
        UniqueConstraint("seller_code", "own_code"),
        CheckConstraint(
            "own_code IS NULL OR seller_code IS NOT NULL", name="own_code_of_seller"
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Code, unique=True)
    product_code: Mapped[str] = mapped_column(Code, ForeignKey("products.code"), index=True)
    own_code: Mapped[str | None] = mapped_column(Code)
    """What the seller calls it in their own books; no two of a seller share one."""
    seller_code: Mapped[str | None] = mapped_column(Code)
    """The product's seller, where there is a code of their own."""
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
