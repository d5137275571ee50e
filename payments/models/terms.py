"""The tables of selling on terms: credit lines, how much of them is used, bills."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code, Minor, enum_column
from payments.values.terms import LineVerdict


class CreditLine(Base):
    """How much an organisation may owe, from one day to another; decided by two people."""

    __tablename__ = "credit_lines"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0 AND days BETWEEN 1 AND 365", name="in_bounds"),
        CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name="period_in_order"
        ),
        CheckConstraint(
            "num_nonnulls(verdict, decided_by, decided_at) IN (0, 3)", name="decided_as_a_whole"
        ),
        CheckConstraint("decided_by <> proposed_by", name="four_eyes"),
        Index("ix_credit_lines_open", "id", postgresql_where=text("verdict IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organisation_code: Mapped[str] = mapped_column(
        Code, ForeignKey("organisations.code"), index=True
    )
    amount_minor: Mapped[int] = mapped_column(Minor)
    days: Mapped[int]
    """Within how many days after delivery a bill is due."""
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    reason: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("people.id"))
    proposed_at: Mapped[datetime]
    verdict: Mapped[LineVerdict | None] = mapped_column(enum_column(LineVerdict))
    decided_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]


class CreditAccount(Base):
    """How much of its line an organisation uses; locked while an order is placed on terms."""

    __tablename__ = "credit_accounts"
    __table_args__ = (CheckConstraint("used_minor >= 0", name="used_is_not_negative"),)

    organisation_code: Mapped[str] = mapped_column(
        Code, ForeignKey("organisations.code"), primary_key=True
    )
    used_minor: Mapped[int] = mapped_column(Minor, server_default="0")
    """What orders that were not delivered yet and open bills come to."""


class CreditSale(Base):
    """One order group that was placed on terms (append-only)."""

    __tablename__ = "credit_sales"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_is_positive"),)

    group_number: Mapped[str] = mapped_column(
        Code, ForeignKey("order_groups.number"), primary_key=True
    )
    organisation_code: Mapped[str] = mapped_column(
        Code, ForeignKey("organisations.code"), index=True
    )
    line_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("credit_lines.id"), index=True)
    code: Mapped[str] = mapped_column(Code, unique=True)
    """What the payer writes into the transfer; stands as the reference of the attempt too."""
    amount_minor: Mapped[int] = mapped_column(Minor)
    days: Mapped[int]
    at: Mapped[datetime]


class CreditBill(Base):
    """What is owed for one delivered order on terms; stands on `A:ar:<organisation>`."""

    __tablename__ = "credit_bills"
    __table_args__ = (
        CheckConstraint(
            "amount_minor > 0 AND paid_minor >= 0 AND reduced_minor >= 0"
            " AND paid_minor + reduced_minor <= amount_minor",
            name="amounts_in_bounds",
        ),
        Index(
            "ix_credit_bills_open",
            "due_on",
            "order_number",
            postgresql_where=text("paid_minor + reduced_minor < amount_minor"),
        ),
        Index("ix_credit_bills_organisation_code", "organisation_code", "due_on"),
    )

    order_number: Mapped[str] = mapped_column(
        Code, ForeignKey("seller_orders.number"), primary_key=True
    )
    group_number: Mapped[str] = mapped_column(
        Code, ForeignKey("credit_sales.group_number"), index=True
    )
    organisation_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"))
    amount_minor: Mapped[int] = mapped_column(Minor)
    paid_minor: Mapped[int] = mapped_column(Minor, server_default="0")
    reduced_minor: Mapped[int] = mapped_column(Minor, server_default="0")
    """What refunds took off it."""
    issued_at: Mapped[datetime]
    due_on: Mapped[date]


class BillReminder(Base):
    """One letter about an open bill; each is written once (append-only)."""

    __tablename__ = "bill_reminders"

    order_number: Mapped[str] = mapped_column(
        Code, ForeignKey("credit_bills.order_number"), primary_key=True
    )
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Counted from the due day; below zero before it."""
    at: Mapped[datetime]
