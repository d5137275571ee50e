"""What devices sent, as it came, and the readings decoded from it; all of it append-only."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from cold_chain.values import ReadingQuality
from kernel.orm import Base, enum_column


class RawBlock(Base):
    """One upload exactly as received; blocks of a device form a hash chain."""

    __tablename__ = "raw_blocks"
    __table_args__ = (
        UniqueConstraint("device_id", "seq"),
        UniqueConstraint("device_id", "sha256"),
        CheckConstraint("seq >= 1", name="seq_from_one"),
        CheckConstraint(
            "octet_length(sha256) = 32 AND octet_length(prev_hash) = 32"
            " AND octet_length(hash) = 32",
            name="hashes_are_sha256",
        ),
        CheckConstraint("sha256 = sha256(body)", name="sha256_of_body"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    device_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("devices.id"))
    seq: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime] = mapped_column(index=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    """Of the body alone: the key under which a repeated upload is recognised."""
    prev_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    """Over `prev_hash`, `seq`, `received_at` and `sha256`; see `rules.chain`."""


class Reading(Base):
    """One temperature sample; one table partition per UTC day.

    Channel and block carry no foreign key, which would be checked row by row: a trigger
    checks each statement as a whole, and neither channels nor blocks can be deleted.
    """

    __tablename__ = "readings"
    __table_args__ = {"postgresql_partition_by": "RANGE (at)"}  # noqa: RUF012 -- SQLAlchemy reads it once

    channel_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    centi_celsius: Mapped[int]
    """Hundredths of °C as decoded; the raw number of the device when quarantined."""
    quality: Mapped[ReadingQuality] = mapped_column(enum_column(ReadingQuality))
    block_id: Mapped[int] = mapped_column(BigInteger)


class ReadingConflict(Base):
    """A second, different value for a moment that already has one; the first is kept."""

    __tablename__ = "reading_conflicts"
    __table_args__ = (UniqueConstraint("channel_id", "at", "block_id", "centi_celsius"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    channel_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("device_channels.id"))
    at: Mapped[datetime]
    kept_centi_celsius: Mapped[int]
    centi_celsius: Mapped[int]
    block_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("raw_blocks.id"), index=True)


class ClockFault(Base):
    """A sample whose moment cannot be believed; kept beside the readings, never among them."""

    __tablename__ = "clock_faults"
    __table_args__ = (UniqueConstraint("channel_id", "at", "block_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    channel_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("device_channels.id"))
    at: Mapped[datetime]
    """The moment the device claimed."""
    centi_celsius: Mapped[int]
    quality: Mapped[ReadingQuality] = mapped_column(enum_column(ReadingQuality))
    block_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("raw_blocks.id"), index=True)


class DoorReading(Base):
    """A door was seen open or shut at a moment."""

    __tablename__ = "door_readings"
    __table_args__ = (Index("ix_door_readings_block_id", "block_id"),)

    channel_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("device_channels.id"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime] = mapped_column(primary_key=True)
    is_open: Mapped[bool]
    block_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("raw_blocks.id"))
