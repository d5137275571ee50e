"""Number and keep invoices; no number is given twice, and none is left out."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from kernel.clock import local_date
from kernel.errors import ConflictError, InvalidError, NotFoundError
from payments.models import Invoice, InvoiceCounter, InvoiceEntry
from payments.models.titles import read_details, written
from payments.values.invoices import (
    Invoiced,
    InvoiceForm,
    InvoiceKind,
    InvoiceLine,
    NewInvoice,
    Title,
    TitleKind,
)

MAX_OFFICIAL = 40


def issue(session: Session, new: NewInvoice, *, at: datetime) -> int:
    """Give an invoice the seller's next number of the year and keep it; return its id.

    The counter stays locked until the transaction ends: who rolls back gives the number back,
    so that there are no gaps. Lock the orders before; raise of the unique index means a line
    stands on an invoice already, which the caller has looked at under that lock.
    """
    year = local_date(at).year
    statement = upsert(InvoiceCounter).values(seller_code=new.seller_code, year=year, last=1)
    number = session.execute(
        statement.on_conflict_do_update(
            index_elements=[InvoiceCounter.seller_code, InvoiceCounter.year],
            set_={"last": InvoiceCounter.last + 1},
        ).returning(InvoiceCounter.last)
    ).scalar_one()
    invoice_id = session.execute(
        insert(Invoice)
        .values(
            seller_code=new.seller_code,
            year=year,
            number=number,
            kind=InvoiceKind.RED if new.red_of else InvoiceKind.BLUE,
            form=new.title.form,
            title_kind=new.title.kind,
            title=new.title.name,
            tax_number=new.title.tax_number,
            details=written(new.title.details),
            gross_minor=sum(line.gross_minor for line in new.lines),
            tax_minor=sum(line.tax_minor for line in new.lines),
            group_number=new.group_number,
            buyer_person_id=new.buyer_person_id,
            buyer_organisation_code=new.buyer_organisation_code,
            red_of=new.red_of,
            issued_at=at,
        )
        .returning(Invoice.id)
    ).scalar_one()
    _write_lines(session, invoice_id, new.lines)
    return invoice_id


def _write_lines(session: Session, invoice_id: int, lines: Sequence[InvoiceLine]) -> None:
    session.execute(
        insert(InvoiceEntry),
        [
            {
                "invoice_id": invoice_id,
                "position": position,
                "order_number": line.order_number,
                "order_line_id": line.order_line_id,
                "name": line.name,
                "quantity": line.quantity,
                "gross_minor": line.gross_minor,
                "tax_minor": line.tax_minor,
                "tax_bp": line.tax_bp,
                "is_exempt": line.is_exempt,
                "weight_g": line.weight_g,
                "per_kg_minor": line.per_kg_minor,
            }
            for position, line in enumerate(lines, start=1)
        ],
    )


def list_invoiced(session: Session, order_numbers: Sequence[str]) -> list[Invoiced]:
    """Return the lines of orders that stand on invoices, with what red lines left of them."""
    red = (
        select(
            InvoiceEntry.order_number,
            InvoiceEntry.order_line_id,
            func.sum(-InvoiceEntry.gross_minor).label("minor"),
            func.sum(InvoiceEntry.weight_g).label("weight_g"),
        )
        .where(InvoiceEntry.gross_minor < 0)
        .group_by(InvoiceEntry.order_number, InvoiceEntry.order_line_id)
        .subquery()
    )
    rows = session.execute(
        select(
            InvoiceEntry.invoice_id,
            func.coalesce(red.c.minor, 0),
            func.coalesce(InvoiceEntry.weight_g, 0) + func.coalesce(red.c.weight_g, 0),
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
        .outerjoin(
            red,
            (red.c.order_number == InvoiceEntry.order_number)
            & red.c.order_line_id.is_not_distinct_from(InvoiceEntry.order_line_id),
        )
        .where(InvoiceEntry.order_number.in_(order_numbers), InvoiceEntry.gross_minor > 0)
        .order_by(InvoiceEntry.invoice_id, InvoiceEntry.position)
    )
    return [Invoiced(row[0], InvoiceLine(*row[3:]), int(row[1]), int(row[2])) for row in rows]


def red_letter(
    session: Session, blue_id: int, lines: Sequence[InvoiceLine], *, at: datetime
) -> int:
    """Issue the red-letter invoice of some lines of a blue one and return its id."""
    blue = session.execute(
        select(
            Invoice.seller_code,
            Invoice.title_kind,
            Invoice.title,
            Invoice.tax_number,
            Invoice.form,
            Invoice.details,
            Invoice.group_number,
            Invoice.buyer_person_id,
            Invoice.buyer_organisation_code,
        ).where(Invoice.id == blue_id)
    ).one()
    return issue(
        session,
        NewInvoice(
            seller_code=blue.seller_code,
            title=Title(
                TitleKind(blue.title_kind),
                blue.title,
                blue.tax_number,
                InvoiceForm(blue.form),
                read_details(blue.details),
            ),
            lines=tuple(lines),
            group_number=blue.group_number,
            buyer_person_id=blue.buyer_person_id,
            buyer_organisation_code=blue.buyer_organisation_code,
            red_of=blue_id,
        ),
        at=at,
    )


def record_official(
    session: Session, invoice_id: int, number: str, *, seller_code: str, by: int, at: datetime
) -> None:
    """Note the number the tax authority's system gave; once, and only by its own seller."""
    plain = number.strip()
    if not (plain.isascii() and plain.isalnum()) or len(plain) > MAX_OFFICIAL:
        raise InvalidError("invoice_official_number", "letters and digits are needed")
    row = session.execute(
        select(Invoice.official_number)
        .where(Invoice.id == invoice_id, Invoice.seller_code == seller_code)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFoundError("invoice_not_found", f"no invoice {invoice_id}")
    known = session.scalar(select(Invoice.id).where(Invoice.official_number == plain))
    if row.official_number is not None or known is not None:
        raise ConflictError("invoice_official_known", "this was noted before")
    session.execute(
        update(Invoice)
        .where(Invoice.id == invoice_id)
        .values(official_number=plain, official_at=at, official_by=by)
    )
