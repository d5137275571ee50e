"""Reads of invoices for buyers, sellers and the operator."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from kernel.errors import NotFoundError
from kernel.rows import fill, fill_all
from parties.models import Organisation
from payments.models import Invoice, InvoiceEntry, Refund, RefundLine
from payments.models.titles import read_details
from payments.values.invoices import InvoiceLine, InvoiceRow, TitleReader

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
    Invoice.details,
    Invoice.gross_minor,
    Invoice.tax_minor,
    Invoice.group_number,
    Invoice.buyer_person_id,
    Invoice.buyer_organisation_code,
    Invoice.red_of,
    Invoice.issued_at,
    Invoice.official_number,
    Invoice.official_at,
)
_DETAILS = _ROW.index(Invoice.details)


def list_of_group(session: Session, group_number: str) -> list[InvoiceRow]:
    """Return the invoices that were asked for with one order; not summaries."""
    return _list(session, Invoice.group_number == group_number)


def list_of_buyer(session: Session, organisation_code: str) -> list[InvoiceRow]:
    """Return the newest invoices of a buying organisation."""
    return _list(session, Invoice.buyer_organisation_code == organisation_code)


def list_of_reader(
    session: Session, reader: TitleReader, *, before: int | None = None, limit: int = 100
) -> list[InvoiceRow]:
    """Return the newest invoices of a person and their organisations; `before` goes on."""
    wanted = _of_reader(reader)
    if before is not None:
        wanted &= Invoice.id < before
    return _list(session, wanted, limit=limit)


def get_of_reader(
    session: Session, reader: TitleReader, invoice_id: int
) -> tuple[InvoiceRow, list[InvoiceLine]]:
    """Return an invoice of a person or their organisations; anybody else's is not there."""
    row, lines = get_invoice(session, invoice_id)
    is_own = row.buyer_person_id == reader.person_id and row.buyer_organisation_code is None
    if not is_own and row.buyer_organisation_code not in reader.chooses_for:
        raise NotFoundError("invoice_not_found", f"no invoice {invoice_id}")
    return row, lines


def list_of_ids(session: Session, invoice_ids: Sequence[int]) -> list[InvoiceRow]:
    """Return some invoices, the newest first."""
    return _list(session, Invoice.id.in_(invoice_ids))


def _of_reader(reader: TitleReader) -> ColumnElement[bool]:
    own = (Invoice.buyer_person_id == reader.person_id) & (
        Invoice.buyer_organisation_code.is_(None)
    )
    return or_(own, Invoice.buyer_organisation_code.in_(reader.chooses_for))


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
            InvoiceEntry.weight_g,
            InvoiceEntry.per_kg_minor,
        )
        .where(InvoiceEntry.invoice_id == invoice_id)
        .order_by(InvoiceEntry.position)
    )
    return _filled(row), fill_all(InvoiceLine, lines)


def list_back(session: Session, order_number: str, reason: str) -> dict[int, int]:
    """Return what the buyer got back of each line of an order for one reason, in fen."""
    minor = func.sum(RefundLine.amount_minor - RefundLine.funded_minor)
    rows = session.execute(
        select(RefundLine.order_line_id, minor)
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(
            Refund.order_number == order_number,
            Refund.reason == reason,
            RefundLine.order_line_id.is_not(None),
        )
        .group_by(RefundLine.order_line_id)
    )
    return {line_id: int(back) for line_id, back in rows if line_id is not None}


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
    return [_filled(row) for row in rows]


def _filled(row: Sequence[Any]) -> InvoiceRow:
    cells = list(row)
    cells[_DETAILS] = read_details(cells[_DETAILS])
    return fill(InvoiceRow, cells)
