"""Reads of invoices for buyers, sellers and the operator."""

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from kernel.errors import NotFoundError
from kernel.rows import fill, fill_all
from parties.models import Organisation
from payments.models import Invoice, InvoiceEntry
from payments.values.invoices import InvoiceLine, InvoiceRow

_ROW = (
    Invoice.id,
    Invoice.seller_code,
    Organisation.name,
    Invoice.year,
    Invoice.number,
    Invoice.kind,
    Invoice.form,
    Invoice.title_kind,
    Invoice.title,
    Invoice.tax_number,
    Invoice.gross_minor,
    Invoice.tax_minor,
    Invoice.group_number,
    Invoice.buyer_organisation_code,
    Invoice.red_of,
    Invoice.issued_at,
    Invoice.official_number,
    Invoice.official_at,
)


def list_of_group(session: Session, group_number: str) -> list[InvoiceRow]:
    """Return the invoices that were asked for with one order; not summaries."""
    return _list(session, Invoice.group_number == group_number)


def list_of_buyer(session: Session, organisation_code: str) -> list[InvoiceRow]:
    """Return the newest invoices of a buying organisation."""
    return _list(session, Invoice.buyer_organisation_code == organisation_code)


def list_of_seller(session: Session, seller_code: str) -> list[InvoiceRow]:
    """Return the newest invoices of a seller."""
    return _list(session, Invoice.seller_code == seller_code)


def list_newest(session: Session) -> list[InvoiceRow]:
    """Return the newest invoices of all sellers."""
    return _list(session, Invoice.id > 0)


def get_invoice(session: Session, invoice_id: int) -> tuple[InvoiceRow, list[InvoiceLine]]:
    """Return an invoice with its lines; the caller has to look whose it is."""
    row = session.execute(
        select(*_ROW)
        .join(Organisation, Organisation.code == Invoice.seller_code)
        .where(Invoice.id == invoice_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError("invoice_not_found", f"no invoice {invoice_id}")
    lines = session.execute(
        select(
            InvoiceEntry.order_number,
            InvoiceEntry.order_line_id,
            InvoiceEntry.name,
            InvoiceEntry.quantity,
            InvoiceEntry.gross_minor,
            InvoiceEntry.tax_minor,
            InvoiceEntry.tax_bp,
            InvoiceEntry.is_exempt,
        )
        .where(InvoiceEntry.invoice_id == invoice_id)
        .order_by(InvoiceEntry.position)
    )
    return fill(InvoiceRow, row), fill_all(InvoiceLine, lines)


def _list(
    session: Session, wanted: ColumnElement[bool], *, limit: int = 100
) -> list[InvoiceRow]:
    rows = session.execute(
        select(*_ROW)
        .join(Organisation, Organisation.code == Invoice.seller_code)
        .where(wanted)
        .order_by(Invoice.id.desc())
        .limit(limit)
    )
    return fill_all(InvoiceRow, rows)
