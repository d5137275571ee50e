"""The tables of how long goods may travel, and how long it takes to a place."""

from datetime import date

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code


class TransitLimit(Base):
    """Hours one product, or what is stored alike, may be on its way at most."""

    __tablename__ = "transit_limits"
    __table_args__ = (
        UniqueConstraint("product_code", "valid_from"),
        UniqueConstraint("storage_code", "valid_from"),
        CheckConstraint("hours BETWEEN 1 AND 720", name="hours_in_bounds"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
        CheckConstraint(
            "(product_code IS NULL) <> (storage_code IS NULL)", name="of_one_thing"
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    product_code: Mapped[str | None] = mapped_column(Code, ForeignKey("products.code"))
    storage_code: Mapped[str | None] = mapped_column(Code, ForeignKey("storage_classes.code"))
    hours: Mapped[int]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """Last day of validity."""
    basis: Mapped[str]


class TransitTime(Base):
    """Hours from handing over to delivery in a province, or in one city of it."""

    __tablename__ = "transit_times"
    __table_args__ = (
        UniqueConstraint("province", "city", "valid_from"),
        CheckConstraint("hours BETWEEN 1 AND 720", name="hours_in_bounds"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    province: Mapped[str]
    """In full, as `kernel.postal` spells it."""
    city: Mapped[str] = mapped_column(server_default="")
    """Empty for the cities of the province that have no row of their own."""
    hours: Mapped[int]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """Last day of validity."""
    source: Mapped[str]
