"""What is kept for good: roll-ups of five minutes, days put away, seals over days."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base
from kernel.vault import SealedBytes


class ReadingRollup(Base):
    """Five minutes of a channel; made from its good readings and made anew when they change.

    `centis` and `held_us` say which value was held for how long. Any limit, also one that is
    set later, finds its seconds and degree-minutes there exactly.
    """

    __tablename__ = "reading_rollups"
    __table_args__ = (
        CheckConstraint("samples >= 1", name="has_samples"),
        CheckConstraint(
            "cardinality(centis) = cardinality(held_us) AND cardinality(centis) >= 1",
            name="one_time_per_value",
        ),
        CheckConstraint(
            "min_centi <= max_centi AND last_centi BETWEEN min_centi AND max_centi",
            name="values_in_order",
        ),
        CheckConstraint("gaps >= 0 AND gap_us >= 0 AND unknown_us >= 0", name="gaps"),
    )

    channel_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("device_channels.id"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime] = mapped_column(primary_key=True)
    """When the five minutes begin."""
    samples: Mapped[int]
    min_centi: Mapped[int]
    max_centi: Mapped[int]
    sum_centi: Mapped[int] = mapped_column(BigInteger)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    last_centi: Mapped[int]
    centis: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    """The values that occur, ascending, hundredths of °C."""
    held_us: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    """How long each of them was held by readings of these five minutes, microseconds."""
    gaps: Mapped[int]
    """Gaps that begin at a reading of these five minutes."""
    gap_us: Mapped[int] = mapped_column(BigInteger)
    """The longest of them, from reading to reading."""
    unknown_us: Mapped[int] = mapped_column(BigInteger)
    """What is left of them after the readings beside them vouched for their interval."""


class RollupMark(Base):
    """A day of a channel whose roll-ups are behind its readings."""

    __tablename__ = "rollup_marks"

    channel_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("device_channels.id"), primary_key=True, autoincrement=False
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    """UTC day."""


class ReadingArchive(Base):
    """The readings of one UTC day, put away compressed."""

    __tablename__ = "reading_archives"
    __table_args__ = (
        CheckConstraint("rows >= 0", name="rows_not_negative"),
        CheckConstraint("sha256 = sha256(body)", name="sha256_of_body"),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    rows: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    """Rows as PostgreSQL's COPY writes them, by channel and moment, compressed by zlib."""
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    archived_at: Mapped[datetime]


class SigningKey(Base):
    """A key that signs the seals of days; the private half is sealed by the vault."""

    __tablename__ = "signing_keys"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """Ed25519, 32 bytes."""
    private_key: Mapped[bytes] = mapped_column(SealedBytes)
    made_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class DaySeal(Base):
    """The signed Merkle root over the raw blocks received on one UTC day."""

    __tablename__ = "day_seals"
    __table_args__ = (
        CheckConstraint("blocks >= 0", name="blocks_not_negative"),
        CheckConstraint("octet_length(root) = 32", name="root_is_sha256"),
        CheckConstraint("octet_length(signature) = 64", name="signature_is_ed25519"),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    blocks: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    """See `rules.merkle`; leaves are the chain hashes by device and number."""
    key_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("signing_keys.id"))
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime]
