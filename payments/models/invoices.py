"""The tables of invoices: numbers without gaps, lines that never change."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code, Minor, enum_column
from kernel.vault import SealedText
from payments.values.invoices import InvoiceForm, InvoiceKind, TitleKind


class InvoiceCounter(Base):
    """The last number a seller gave in a year; locked while the next one is given."""

    __tablename__ = "invoice_counters"

    seller_code: Mapped[str] = mapped_column(
        Code, ForeignKey("organisations.code"), primary_key=True
    )
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Invoice(Base):
    """The record of one invoice; only what the tax authority's system said is added later."""

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("seller_code", "year", "number"),
        CheckConstraint("(kind = 'red') = (red_of IS NOT NULL)", name="red_has_blue"),
        CheckConstraint(
            "gross_minor <> 0 AND (kind = 'red') = (gross_minor < 0)", name="sign_of_kind"
        ),
        CheckConstraint(
            "(title_kind = 'enterprise') = (tax_number <> '')", name="enterprise_has_number"
        ),
        CheckConstraint(
            "(official_number IS NULL) = (official_at IS NULL)", name="official_as_a_whole"
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    seller_code: Mapped[str] = mapped_column(Code, ForeignKey("organisations.code"))
    year: Mapped[int]
    number: Mapped[int]
    """Counts the seller's invoices of the year from 1, without gaps."""
    kind: Mapped[InvoiceKind] = mapped_column(enum_column(InvoiceKind))
    form: Mapped[InvoiceForm] = mapped_column(enum_column(InvoiceForm))
    title_kind: Mapped[TitleKind] = mapped_column(enum_column(TitleKind))
    title: Mapped[str] = mapped_column(SealedText)
    tax_number: Mapped[str] = mapped_column(Code)
    details: Mapped[str | None] = mapped_column(SealedText)
    """JSON of `TitleDetails`, sealed; empty where nothing of it was given."""
    gross_minor: Mapped[int] = mapped_column(Minor)
    tax_minor: Mapped[int] = mapped_column(Minor)
    group_number: Mapped[str | None] = mapped_column(
        Code, ForeignKey("order_groups.number"), index=True
    )
    """Empty for a summary over a period."""
    buyer_person_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("people.id"))
    buyer_organisation_code: Mapped[str | None] = mapped_column(
        Code, ForeignKey("organisations.code"), index=True
    )
    red_of: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("invoices.id"), index=True
    )
    issued_at: Mapped[datetime]
    official_number: Mapped[str | None] = mapped_column(Code, unique=True)
    """The number in the tax authority's system, once the seller has issued it there."""
    official_at: Mapped[datetime | None]
    official_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("people.id"))


class InvoiceEntry(Base):
    """One line of an invoice (append-only)."""

    __tablename__ = "invoice_lines"
    __table_args__ = (
        CheckConstraint("gross_minor <> 0", name="says_something"),
        CheckConstraint(
            "num_nonnulls(weight_g, per_kg_minor) IN (0, 2)"
            " AND (weight_g IS NULL OR weight_g <> 0 AND (weight_g > 0) = (gross_minor > 0))",
            name="weight_with_price",
        ),
        Index(
            "uq_invoice_lines_once",
            "order_line_id",
            unique=True,
            postgresql_where=text("gross_minor > 0 AND order_line_id IS NOT NULL"),
        ),
        Index(
            "uq_invoice_lines_shipping_once",
            "order_number",
            unique=True,
            postgresql_where=text("gross_minor > 0 AND order_line_id IS NULL"),
        ),
    )

    invoice_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("invoices.id"), primary_key=True, autoincrement=False
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_number: Mapped[str] = mapped_column(
        Code, ForeignKey("seller_orders.number"), index=True
    )
    order_line_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("order_lines.id"))
    name: Mapped[str]
    quantity: Mapped[int]
    gross_minor: Mapped[int] = mapped_column(Minor)
    tax_minor: Mapped[int] = mapped_column(Minor)
    tax_bp: Mapped[int]
    is_exempt: Mapped[bool]
    weight_g: Mapped[int | None]
    """Net grams of goods sold by weight, with the sign of the invoice; a red line bears the
    grams by which they weighed less than they were charged as."""
    per_kg_minor: Mapped[int | None] = mapped_column(Minor)
    """The agreed price of a kilogram, in fen."""
