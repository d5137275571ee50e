"""Zones of cold stores, and the volume of them that is booked."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from cold_chain.values.stores import ZoneKind
from kernel.orm import Base, Code, enum_column


class StoreZone(Base):
    """A part of a store that is kept at one temperature and booked by volume."""

    __tablename__ = "store_zones"
    __table_args__ = (
        CheckConstraint("volume_l > 0", name="volume_positive"),
        CheckConstraint(
            "lower_centi IS NULL OR upper_centi IS NULL OR lower_centi <= upper_centi",
            name="band_in_order",
        ),
    )

    code: Mapped[str] = mapped_column(Code, primary_key=True)
    site_code: Mapped[str] = mapped_column(Code, ForeignKey("cold_sites.code"), index=True)
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[ZoneKind] = mapped_column(enum_column(ZoneKind))
    lower_centi: Mapped[int | None]
    upper_centi: Mapped[int | None]
    """The band its air is kept in, hundredths of °C; an open end has no limit."""
    volume_l: Mapped[int] = mapped_column(BigInteger)
    """What can be booked of it, litres: 1 m³ is 1,000."""
    is_shared: Mapped[bool] = mapped_column(server_default="true")
    """Whether others than the organisation of the site may book it."""
    is_sample: Mapped[bool] = mapped_column(server_default="false")


class StoreBooking(Base):
    """Volume of a zone kept for somebody's goods from one moment up to another.

    Only `released_at` ever changes, once (trigger).
    """

    __tablename__ = "store_bookings"
    __table_args__ = (
        UniqueConstraint("zone_code", "organisation_code", "key"),
        CheckConstraint("to_at > from_at", name="period_in_order"),
        CheckConstraint("volume_l > 0", name="volume_positive"),
        Index("ix_store_bookings_zone_code_from_at", "zone_code", "from_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    zone_code: Mapped[str] = mapped_column(Code, ForeignKey("store_zones.code"))
    organisation_code: Mapped[str] = mapped_column(
        Code, ForeignKey("organisations.code"), index=True
    )
    goods: Mapped[str]
    """What is to be stored, in the words of who books."""
    volume_l: Mapped[int] = mapped_column(BigInteger)
    from_at: Mapped[datetime]
    to_at: Mapped[datetime]
    key: Mapped[str] = mapped_column(Code)
    """Chosen by who books: the same key books once."""
    booked_at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Code)
    """`person:<id>` or `task:<name>`."""
    released_at: Mapped[datetime | None]
    """From when on the volume is free again, though the term goes on."""
