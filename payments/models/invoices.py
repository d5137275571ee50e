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


class InvoiceTitle(Base):
    """A title a buyer keeps to choose again, of a person or an organisation."""

    __tablename__ = "invoice_titles"
    __table_args__ = (
        CheckConstraint("num_nonnulls(person_id, organisation_code) = 1", name="has_one_owner"),
        CheckConstraint(
            "(title_kind = 'enterprise') = (tax_number <> '')", name="enterprise_has_number"
        ),
        Index(
            "uq_invoice_titles_default",
            text("coalesce(organisation_code, person_id::text)"),
            unique=True,
            postgresql_where=text("is_default"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("people.id"), index=True
    )
    organisation_code: Mapped[str | None] = mapped_column(
        Code, ForeignKey("organisations.code"), index=True
    )
    title_kind: Mapped[TitleKind] = mapped_column(enum_column(TitleKind))
    form: Mapped[InvoiceForm] = mapped_column(enum_column(InvoiceForm))
    title: Mapped[str] = mapped_column(SealedText)
    tax_number: Mapped[str] = mapped_column(Code)
    is_default: Mapped[bool]
    at: Mapped[datetime]


class InvoiceRequest(Base):
    """The title a buyer chose at checkout; the invoice is issued once the order is paid."""

    __tablename__ = "invoice_requests"

    group_number: Mapped[str] = mapped_column(
        Code, ForeignKey("order_groups.number"), primary_key=True
    )
    title_kind: Mapped[TitleKind] = mapped_column(enum_column(TitleKind))
    form: Mapped[InvoiceForm] = mapped_column(enum_column(InvoiceForm))
    title: Mapped[str] = mapped_column(SealedText)
    tax_number: Mapped[str] = mapped_column(Code)
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    refusal: Mapped[str | None] = mapped_column(Code)
    """Why no invoice could be issued; the buyer is told and may ask again."""
