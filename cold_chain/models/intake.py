"""Files that people hand in, how their columns are read, and clocks that were put right."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cold_chain.values import (
    ClockErrorKind,
    CorrectionState,
    FileState,
    IntakeFormat,
    ReadingQuality,
)
from kernel.orm import Base, Code, enum_column
from kernel.vault import SealedText


class ColumnTemplate(Base):
    """How the columns of one kind of logger file are read; a change is a new version."""

    __tablename__ = "column_templates"
    __table_args__ = (
        UniqueConstraint("code", "version"),
        CheckConstraint("version >= 1", name="version_from_one"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Code)
    version: Mapped[int]
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(server_default="")
    organisation_code: Mapped[str | None] = mapped_column(
        Code, ForeignKey("organisations.code"), index=True
    )
    """Whose template it is; empty for one that everybody may use."""
    spec: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """See `values.tables.TableSpec`."""
    made_by: Mapped[str] = mapped_column(Code)
    made_at: Mapped[datetime]
    is_sample: Mapped[bool] = mapped_column(server_default="false")


class IntakeFile(Base):
    """One file somebody handed in; its bytes are the raw block it became."""

    __tablename__ = "intake_files"
    __table_args__ = (
        CheckConstraint(
            "(state = 'waiting') = (done_at IS NULL)", name="done_when_not_waiting"
        ),
        CheckConstraint("(state = 'refused') = (problem <> '')", name="refused_says_why"),
        CheckConstraint(
            "rows_read >= 0 AND rows_refused >= 0 AND stored >= 0 AND known >= 0"
            " AND conflicts >= 0 AND quarantined >= 0 AND clock_faults >= 0",
            name="counts_not_negative",
        ),
        # A file that was refused may be handed in again, with another template.
        Index(
            "uq_intake_files_open_block",
            "block_id",
            unique=True,
            postgresql_where=text("state <> 'refused'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    block_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("raw_blocks.id"), index=True)
    file_name: Mapped[str] = mapped_column(SealedText)
    """As the uploader called it; it may name people."""
    format: Mapped[IntakeFormat] = mapped_column(enum_column(IntakeFormat))
    template_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("column_templates.id")
    )
    zone: Mapped[str] = mapped_column(Code, server_default="")
    """The zone the uploader declared for moments that name none."""
    uploaded_by: Mapped[str] = mapped_column(Code)
    uploaded_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[FileState] = mapped_column(enum_column(FileState))
    done_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(Code, server_default="")
    """Code of why nothing of it could be read; empty otherwise."""
    rows_read: Mapped[int] = mapped_column(server_default="0")
    rows_refused: Mapped[int] = mapped_column(server_default="0")
    stored: Mapped[int] = mapped_column(server_default="0")
    known: Mapped[int] = mapped_column(server_default="0")
    conflicts: Mapped[int] = mapped_column(server_default="0")
    quarantined: Mapped[int] = mapped_column(server_default="0")
    clock_faults: Mapped[int] = mapped_column(server_default="0")
    refusals: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
    """Refused rows as [line, code, text], the first some thousands of them."""


class ClockCorrection(Base):
    """A device's clock was wrong by so much in some of its blocks; the original stays."""

    __tablename__ = "clock_corrections"
    __table_args__ = (
        CheckConstraint("to_seq >= from_seq AND from_seq >= 1", name="blocks_in_order"),
        CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)", name="decided_when_not_proposed"
        ),
        CheckConstraint("offset_us <> 0 OR drift_ppb <> 0", name="corrects_something"),
        UniqueConstraint("device_id", "from_seq", "to_seq", "kind", "offset_us", "drift_ppb"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    device_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("devices.id"))
    kind: Mapped[ClockErrorKind] = mapped_column(enum_column(ClockErrorKind))
    from_seq: Mapped[int] = mapped_column(BigInteger)
    to_seq: Mapped[int] = mapped_column(BigInteger)
    """The first and the last raw block of the device it is about."""
    offset_us: Mapped[int] = mapped_column(BigInteger)
    """Added to what the device said at `base_at`, microseconds."""
    drift_ppb: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Added for every second after `base_at`, billionths of a second."""
    base_at: Mapped[datetime]
    """A moment on the device's own clock."""
    evidence: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """What it was estimated from: blocks, receipt envelope, what is left after it."""
    state: Mapped[CorrectionState] = mapped_column(enum_column(CorrectionState))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(Code, server_default="")
    decided_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(server_default="")


class CorrectedBlock(Base):
    """The readings of a block count at other moments than the device said."""

    __tablename__ = "corrected_blocks"

    block_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("raw_blocks.id"), primary_key=True, autoincrement=False
    )
    correction_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("clock_corrections.id"), index=True
    )


class RetimedReading(Base):
    """A reading at the moment it was really taken, beside the one its device claimed."""

    __tablename__ = "retimed_readings"
    __table_args__ = (CheckConstraint("at <> device_at", name="moment_was_corrected"),)

    channel_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("device_channels.id"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime] = mapped_column(primary_key=True)
    device_at: Mapped[datetime]
    centi_celsius: Mapped[int]
    quality: Mapped[ReadingQuality] = mapped_column(enum_column(ReadingQuality))
    block_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("corrected_blocks.block_id", ondelete="CASCADE"), index=True
    )
