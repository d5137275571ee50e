"""What travels, in which boxes, through which states and in whose hands."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cold_chain.values import ShipmentState
from kernel.orm import Base, Code, enum_column


class Shipment(Base):
    """Goods of one seller order and one storage class on their way to the buyer."""

    __tablename__ = "shipments"
    __table_args__ = (
        UniqueConstraint("order_number", "parcel_group"),
        ForeignKeyConstraint(
            ["profile_code", "profile_version"],
            ["limit_profiles.code", "limit_profiles.version"],
        ),
        CheckConstraint(
            "(profile_code IS NULL) = (profile_version IS NULL)", name="profile_is_whole"
        ),
        CheckConstraint("parcel_group >= 1", name="parcel_group_from_one"),
        CheckConstraint(
            "(loaded_at IS NULL OR loaded_at >= planned_at)"
            " AND (departed_at IS NULL OR departed_at >= loaded_at)"
            " AND (arrived_at IS NULL OR arrived_at >= departed_at)"
            " AND (accepted_at IS NULL OR accepted_at >= arrived_at)",
            name="moments_in_order",
        ),
        CheckConstraint(
            "state NOT IN ('loaded', 'in_transit', 'at_stop', 'arrived', 'inspected',"
            " 'accepted', 'accepted_with_claim', 'rejected') OR loaded_at IS NOT NULL",
            name="loaded_has_moment",
        ),
        CheckConstraint(
            "state NOT IN ('in_transit', 'at_stop', 'arrived', 'inspected', 'accepted',"
            " 'accepted_with_claim', 'rejected') OR departed_at IS NOT NULL",
            name="departed_has_moment",
        ),
        CheckConstraint(
            "state NOT IN ('arrived', 'inspected', 'accepted', 'accepted_with_claim',"
            " 'rejected') OR arrived_at IS NOT NULL",
            name="arrived_has_moment",
        ),
        CheckConstraint(
            "state NOT IN ('accepted', 'accepted_with_claim') OR accepted_at IS NOT NULL",
            name="accepted_has_moment",
        ),
        Index(
            "ix_shipments_live",
            "departed_at",
            postgresql_where=text("state IN ('loaded', 'in_transit', 'at_stop', 'arrived')"),
        ),
        Index("ix_shipments_dirty", "dirty_at", postgresql_where=text("dirty_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    order_number: Mapped[str] = mapped_column(Code, ForeignKey("seller_orders.number"))
    parcel_group: Mapped[int] = mapped_column(server_default="1")
    """Tells apart the shipments of one seller order, one per storage class."""
    storage_class: Mapped[str] = mapped_column(Code)
    profile_code: Mapped[str | None] = mapped_column(Code)
    profile_version: Mapped[int | None]
    """Limits the goods travel under; empty for goods that need none."""
    carrier_code: Mapped[str] = mapped_column(
        Code, ForeignKey("organisations.code"), index=True
    )
    shipper_code: Mapped[str] = mapped_column(
        Code, ForeignKey("organisations.code"), index=True
    )
    """The cooperative that packs and holds the goods until they depart."""
    origin_site_code: Mapped[str | None] = mapped_column(Code, ForeignKey("cold_sites.code"))
    origin_region_code: Mapped[str] = mapped_column(
        String(12), ForeignKey("regions.code"), index=True
    )
    destination_city: Mapped[str]
    """The city alone; street and name stay with the order."""
    state: Mapped[ShipmentState] = mapped_column(enum_column(ShipmentState))
    planned_at: Mapped[datetime]
    loaded_at: Mapped[datetime | None]
    departed_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    dirty_at: Mapped[datetime | None]
    """Since when readings or custody changed that no evaluation has seen yet."""


class Parcel(Base):
    """One box of a shipment."""

    __tablename__ = "parcels"
    __table_args__ = (CheckConstraint("weight_g > 0", name="weight_positive"),)

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    shipment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shipments.id"), index=True)
    weight_g: Mapped[int]


class ShipmentStep(Base):
    """One change of a shipment's state; append-only (trigger)."""

    __tablename__ = "shipment_steps"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    shipment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shipments.id"), index=True)
    state: Mapped[ShipmentState] = mapped_column(enum_column(ShipmentState))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Code)
    """`person:<id>`, `organisation:<code>`, `task:<name>`."""
    note: Mapped[str] = mapped_column(server_default="")
    """Why, where a reason is demanded: an override, a refusal, a cancellation."""


class CustodySegment(Base):
    """Who held a shipment from one moment up to, not including, another."""

    __tablename__ = "custody_segments"
    __table_args__ = (
        CheckConstraint("to_at IS NULL OR to_at > from_at", name="period_in_order"),
        ExcludeConstraint(
            (text("int8range(shipment_id, shipment_id, '[]')"), "&&"),
            (text("tstzrange(from_at, to_at)"), "&&"),
            name="ex_custody_segments_no_overlap",
            using="gist",
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    shipment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shipments.id"), index=True)
    holder_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"), index=True)
    from_at: Mapped[datetime]
    to_at: Mapped[datetime | None]
    """Empty while the holder still has the goods."""
