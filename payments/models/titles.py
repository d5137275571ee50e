"""The tables of titles: whom invoices are made out to, kept to choose again or asked for."""

from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code, enum_column
from kernel.vault import SealedText
from payments.values.invoices import NO_DETAILS, InvoiceForm, TitleDetails, TitleKind


def written(details: TitleDetails) -> str | None:
    """Return details as their sealed column holds them; nothing where nothing was given."""
    return None if details == NO_DETAILS else msgspec.json.encode(details).decode()


def read_details(kept: str | None) -> TitleDetails:
    """Return what `written` kept."""
    return NO_DETAILS if kept is None else msgspec.json.decode(kept, type=TitleDetails)


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
    details: Mapped[str | None] = mapped_column(SealedText)
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
    details: Mapped[str | None] = mapped_column(SealedText)
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    refusal: Mapped[str | None] = mapped_column(Code)
    """Why no invoice could be issued; the buyer is told and may ask again."""
