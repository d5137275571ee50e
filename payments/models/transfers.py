"""The tables of bank transfers: what orders wait for, what the bank's statements told."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code, Minor, enum_column
from kernel.vault import SealedText
from payments.values.transfers import RowWord


class TransferRequest(Base):
    """What one order group waits for by bank transfer, and the code its payer writes down."""

    __tablename__ = "transfer_requests"
    __table_args__ = (
        CheckConstraint(
            "amount_minor > 0 AND received_minor BETWEEN 0 AND amount_minor",
            name="received_in_bounds",
        ),
    )

    group_number: Mapped[str] = mapped_column(
        Code, ForeignKey("order_groups.number"), primary_key=True
    )
    code: Mapped[str] = mapped_column(Code, unique=True)
    """Stands as the reference of the attempt in `payments` too."""
    amount_minor: Mapped[int] = mapped_column(Minor)
    received_minor: Mapped[int] = mapped_column(Minor, server_default="0")
    """What of it was matched so far."""
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    """Until when the goods are held while nothing has come."""


class BankStatement(Base):
    """One file of the bank that was taken in (append-only)."""

    __tablename__ = "bank_statements"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    taken: Mapped[int]
    repeated: Mapped[int]
    """Rows that were known from before and changed nothing."""
    outgoing: Mapped[int]
    imported_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("people.id"))
    at: Mapped[datetime]


class BankRow(Base):
    """One incoming payment of a statement; `left_minor` falls as it is decided upon."""

    __tablename__ = "bank_rows"
    __table_args__ = (
        CheckConstraint(
            "amount_minor > 0 AND left_minor BETWEEN 0 AND amount_minor", name="left_in_bounds"
        ),
        Index("ix_bank_rows_open", "id", postgresql_where=text("left_minor > 0")),
        Index("ix_bank_rows_unseen", "id", postgresql_where=text("looked_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    statement_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("bank_statements.id"), index=True
    )
    row: Mapped[int]
    """Row 1 is the first after the headings of its file."""
    reference: Mapped[str] = mapped_column(Code, unique=True)
    identity: Mapped[str] = mapped_column(String(64), unique=True)
    booked_on: Mapped[date]
    amount_minor: Mapped[int] = mapped_column(Minor)
    left_minor: Mapped[int] = mapped_column(Minor)
    """What nobody has decided on yet; stands on `L:unapplied:BR<id>`."""
    payer_name: Mapped[str] = mapped_column(SealedText)
    payer_account: Mapped[str] = mapped_column(SealedText)
    remark: Mapped[str] = mapped_column(SealedText)
    at: Mapped[datetime]
    looked_at: Mapped[datetime | None]
    """When it was held against the codes of waiting orders."""


class BankDecision(Base):
    """What was decided on money of a row, by whom and why (append-only)."""

    __tablename__ = "bank_decisions"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_is_positive"),
        CheckConstraint(
            "num_nonnulls(group_number, bill_number, bank_reference) = 1"
            " AND (word = 'returned') = (bank_reference IS NOT NULL)",
            name="is_about_one_thing",
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    row_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("bank_rows.id"), index=True)
    word: Mapped[RowWord] = mapped_column(enum_column(RowWord))
    group_number: Mapped[str | None] = mapped_column(
        Code, ForeignKey("transfer_requests.group_number"), index=True
    )
    bill_number: Mapped[str | None] = mapped_column(
        Code, ForeignKey("credit_bills.order_number"), index=True
    )
    amount_minor: Mapped[int] = mapped_column(Minor)
    bank_reference: Mapped[str | None] = mapped_column(Code, unique=True)
    """The bank's number of the payment that sent it back."""
    actor: Mapped[str] = mapped_column(Code)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
