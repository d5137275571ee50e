"""The tables of lots, holds and movements."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from catalog.values import MovementKind, ReservationState
from kernel.orm import Base, Code, enum_column


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
        CheckConstraint(
            "recalled_at IS NULL OR quarantined_at IS NOT NULL", name="recalled_is_stopped"
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
    recalled_at: Mapped[datetime | None]
    """Since when its packs are called back; it never returns to the shelf."""
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
    __table_args__ = (
        Index(
            "ix_stock_movements_restocked",
            "order_line_id",
            postgresql_where=text("kind = 'restocked'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    lot_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("lots.id"), index=True)
    kind: Mapped[MovementKind] = mapped_column(enum_column(MovementKind))
    quantity: Mapped[int]
    order_line_id: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime]
