"""The tables of listings: what goods are like, photos, series, changes under review."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from catalog.values import ChangeState
from kernel.orm import Base, Code, enum_column


class Attribute(Base):
    """Something that can be said of goods, such as their grade, with a closed list of words."""

    __tablename__ = "attributes"

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str]
    sort_order: Mapped[int]


class AttributeChoice(Base):
    """One of the words an attribute can have."""

    __tablename__ = "attribute_choices"

    attribute_code: Mapped[str] = mapped_column(
        Code, ForeignKey("attributes.code"), primary_key=True
    )
    code: Mapped[str] = mapped_column(Code, primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str]
    sort_order: Mapped[int]


class CategoryAttribute(Base):
    """An attribute that goods of a category have; kinds below have it as well."""

    __tablename__ = "category_attributes"

    category_code: Mapped[str] = mapped_column(
        Code, ForeignKey("categories.code"), primary_key=True
    )
    attribute_code: Mapped[str] = mapped_column(
        Code, ForeignKey("attributes.code"), primary_key=True, index=True
    )


class Series(Base):
    """Goods of one seller that belong together."""

    __tablename__ = "series"
    __table_args__ = (UniqueConstraint("seller_code", "name"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    seller_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"))
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(server_default="")


class ProductPhoto(Base):
    """A photo a seller sent; shown to everybody once a listing that was approved names it."""

    __tablename__ = "product_photos"

    stem: Mapped[str] = mapped_column(Code, primary_key=True)
    seller_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"), index=True)
    width: Mapped[int]
    height: Mapped[int]
    """Pixels of the largest size."""
    sent_at: Mapped[datetime] = mapped_column(index=True)
    is_public: Mapped[bool] = mapped_column(server_default="false")


class PhotoSize(Base):
    """A photo in one width, square or cut wide; as WebP, and as AVIF where that is smaller."""

    __tablename__ = "photo_sizes"

    stem: Mapped[str] = mapped_column(
        Code, ForeignKey("product_photos.stem", ondelete="CASCADE"), primary_key=True
    )
    is_wide: Mapped[bool] = mapped_column(primary_key=True, server_default="false")
    pixels: Mapped[int] = mapped_column(primary_key=True)
    webp: Mapped[bytes] = mapped_column(LargeBinary)
    avif: Mapped[bytes | None] = mapped_column(LargeBinary)


class ProductChange(Base):
    """A listing as its seller wants it: of a new product, or in place of what is shown."""

    __tablename__ = "product_changes"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'withdrawn') OR submitted_at IS NOT NULL", name="sent_is_dated"
        ),
        CheckConstraint(
            "(state IN ('approved', 'declined')) = (decided_at IS NOT NULL)",
            name="decision_is_dated",
        ),
        ForeignKeyConstraint(
            ["product_code", "seller_code"], ["products.code", "products.seller_code"]
        ),
        Index(
            "ix_product_changes_open",
            "product_code",
            unique=True,
            postgresql_where=text("state IN ('draft', 'submitted', 'returned')"),
        ),
        Index(
            "ix_product_changes_waiting",
            "submitted_at",
            postgresql_where=text("state = 'submitted'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    seller_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"), index=True)
    product_code: Mapped[str | None] = mapped_column(Code)
    """Empty until a new product is approved."""
    state: Mapped[ChangeState] = mapped_column(enum_column(ChangeState))
    plan: Mapped[dict[str, Any]] = mapped_column(JSONB)
    base: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What was shown when the draft began; empty for a new product."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]


class ProductChangeEvent(Base):
    """One step of a change; rows are added and never changed (trigger)."""

    __tablename__ = "product_change_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    change_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("product_changes.id"), index=True
    )
    state: Mapped[ChangeState] = mapped_column(enum_column(ChangeState))
    actor: Mapped[str]
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(server_default="")
