"""The tables of what goes to the bank and what comes back."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code, Minor, enum_column
from kernel.vault import SealedBytes
from payments.values import FileFormat, Outcome, ReturnReason


class PayoutBatch(Base):
    """The orders to pay of one approved settlement; its code stands in keys and files."""

    __tablename__ = "payout_batches"
    __table_args__ = (CheckConstraint("line_count > 0 AND total_minor > 0", name="has_lines"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Code, unique=True)
    period_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("settlement_periods.id"), unique=True
    )
    line_count: Mapped[int]
    total_minor: Mapped[int] = mapped_column(Minor)
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("people.id"))
    answered_at: Mapped[datetime | None]


class PayoutFile(Base):
    """The bank's file of one batch, sealed; written once and never changed (trigger)."""

    __tablename__ = "payout_files"

    batch_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("payout_batches.id"), primary_key=True, autoincrement=False
    )
    format: Mapped[FileFormat] = mapped_column(enum_column(FileFormat), primary_key=True)
    content: Mapped[bytes] = mapped_column(SealedBytes)
    """Ciphertext; only `payments.bank_batch` and the vault turn it into names and accounts."""
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the opened bytes, as handed to the bank."""
    byte_count: Mapped[int]
    row_count: Mapped[int]
    built_at: Mapped[datetime]


class PayoutImport(Base):
    """One list of answers from the bank that was taken in (append-only)."""

    __tablename__ = "payout_imports"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    batch_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("payout_batches.id"), index=True
    )
    sha256: Mapped[str] = mapped_column(String(64))
    applied: Mapped[int]
    repeated: Mapped[int]
    """Rows that had been taken in before and changed nothing."""
    imported_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("people.id"))
    at: Mapped[datetime]


class PayoutConfirmation(Base):
    """What the bank said about one line; each line is answered once (append-only)."""

    __tablename__ = "payout_confirmations"
    __table_args__ = (
        CheckConstraint(
            "(outcome = 'returned') = (return_reason IS NOT NULL)", name="return_has_reason"
        ),
    )

    line_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("settlement_lines.id"), primary_key=True, autoincrement=False
    )
    import_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("payout_imports.id"), index=True
    )
    """Empty for a line that was sent back before the bank saw it."""
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome))
    amount_minor: Mapped[int] = mapped_column(Minor)
    bank_reference: Mapped[str | None] = mapped_column(Code, unique=True)
    return_reason: Mapped[ReturnReason | None] = mapped_column(enum_column(ReturnReason))
    at: Mapped[datetime]
    """When the bank did it."""


class PayoutLateReturn(Base):
    """That the bank returned a line it had confirmed as paid; once a line (append-only)."""

    __tablename__ = "payout_late_returns"

    line_id: Mapped[int] = mapped_column(
        BigInteger,
        ForeignKey("payout_confirmations.line_id"),
        primary_key=True,
        autoincrement=False,
    )
    import_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("payout_imports.id"), index=True
    )
    bank_reference: Mapped[str] = mapped_column(Code, unique=True)
    """The bank's number of the return; the payment had its own."""
    return_reason: Mapped[ReturnReason] = mapped_column(enum_column(ReturnReason))
    at: Mapped[datetime]
    """When the money was back."""
