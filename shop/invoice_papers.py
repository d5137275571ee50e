"""What asking for an invoice and carrying it away have in common, whoever the buyer is."""

from collections.abc import Mapping, Sequence

from flask import Response, render_template

from kernel.errors import InvalidError
from payments.rules import invoices as rules
from payments.values.invoices import InvoiceForm, InvoiceLine, InvoiceRow, Title, TitleKind
from shop.typesetting import is_offered, typeset


def read_title(form: Mapping[str, str]) -> Title:
    """Return whom an invoice is to be made out to; raises `InvalidError`."""
    try:
        kind = TitleKind(form.get("kind", ""))
        wanted = InvoiceForm(form.get("form", ""))
    except ValueError as error:
        raise InvalidError(
            "invoice_title_missing", "a title is needed", maximum=rules.MAX_TITLE
        ) from error
    return rules.checked_title(kind, form.get("name", ""), form.get("tax_number", ""), wanted)


def paper(row: InvoiceRow, lines: Sequence[InvoiceLine]) -> Response:
    """Answer an invoice on paper, or as a page that prints."""
    html = render_template("storefront/invoices/show.html", row=row, lines=lines)
    if not is_offered():
        return Response(html)
    response = Response(typeset(html), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="invoice-{row.code}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response
