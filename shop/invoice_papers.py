"""What asking for an invoice and carrying it away have in common, whoever the buyer is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask import Response, render_template, request
from sqlalchemy.orm import Session

from kernel import clock
from kernel.access import Actor, current_actor, find_actor
from kernel.errors import InvalidError
from kernel.masking import mask_number
from parties.values import BUYER_ROLES, TITLE_ROLES
from payments.queries import titles as queries
from payments.rules import invoices as rules
from payments.service import titles
from payments.values.invoices import (
    InvoiceForm,
    InvoiceLine,
    InvoiceRow,
    SavedTitle,
    Title,
    TitleDetails,
    TitleKind,
    TitleOwner,
    TitleReader,
)
from shop.errors import sentence
from shop.typesetting import is_offered, typeset

NEW = "new"
"""Chosen in place of a saved title: the one that was typed."""
LAST_ID = 2**63 - 1
FIELDS = ("kind", "name", "tax_number", "form", "address", "phone", "bank", "account")
FIELD_OF = {
    "invoice_title_missing": "name",
    "invoice_tax_number": "tax_number",
    "invoice_special_personal": "form",
    "invoice_special_details": "bank",
    "invoice_details_long": "address",
    "invoice_phone": "phone",
    "invoice_account": "account",
}
"""Refusal of a title → the field that is to be mended."""


def reader_of(actor: Actor) -> TitleReader:
    """Say whose titles and invoices somebody reads, and whose titles they keep."""
    return TitleReader(
        actor.person_id,
        chooses_for=actor.organisation_codes(*BUYER_ROLES),
        keeps_for=actor.organisation_codes(*TITLE_ROLES),
    )


def typed() -> dict[str, str]:
    """Return what the form says of a title."""
    return {name: request.form.get(name, "") for name in FIELDS}


def faults(refused: InvalidError) -> dict[str, str]:
    """Return what is wrong with a title, by field."""
    return {FIELD_OF.get(refused.code, "name"): sentence(refused)}


def read_title(form: Mapping[str, str]) -> Title:
    """Return whom an invoice is to be made out to; raises `InvalidError`."""
    try:
        kind = TitleKind(form.get("kind", ""))
        wanted = InvoiceForm(form.get("form", ""))
    except ValueError as error:
        raise InvalidError(
            "invoice_title_missing", "a title is needed", maximum=rules.MAX_TITLE
        ) from error
    details = TitleDetails(*(form.get(name, "") for name in FIELDS[4:]))
    return rules.checked_title(
        kind, form.get("name", ""), form.get("tax_number", ""), wanted, details
    )


def list_own(session: Session) -> list[SavedTitle]:
    """Return the titles whoever is signed in may choose from; none for a guest.

    Accounts of organisations stand masked for those who only choose from their titles.
    """
    actor = find_actor()
    if actor is None:
        return []
    reader = reader_of(actor)
    return [_masked(saved, reader) for saved in queries.list_titles(session, reader)]


def _masked(saved: SavedTitle, reader: TitleReader) -> SavedTitle:
    details, code = saved.title.details, saved.organisation_code
    if code is None or code in reader.keeps_for or not details.account:
        return saved
    hidden = replace(details, account=mask_number(details.account))
    return replace(saved, title=replace(saved.title, details=hidden))


def chosen(session: Session) -> Title:
    """Return the saved title the form names, or the one that was typed; keep that if asked.

    Raises `InvalidError`, and `TitleNotFoundError` for a title of somebody else.
    """
    named = request.form.get("title", NEW)
    if named != NEW:
        number = int(named) if named.isascii() and named.isdigit() else 0
        reader = reader_of(current_actor())
        return queries.get_title(session, reader, min(number, LAST_ID)).title
    title, actor = read_title(request.form), find_actor()
    if actor is not None and request.form.get("keep_title") == "yes":
        owner = TitleOwner(person_id=actor.person_id)
        titles.keep_title(session, owner, title, is_default=False, at=clock.now())
    return title


def paper(row: InvoiceRow, lines: Sequence[InvoiceLine]) -> Response:
    """Answer an invoice on paper, or as a page that prints."""
    prices = [rules.unit_price(line) for line in lines]
    html = render_template(
        "storefront/invoices/show.html", row=row, lines=list(zip(lines, prices, strict=True))
    )
    if not is_offered():
        return Response(html)
    response = Response(typeset(html), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="invoice-{row.code}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response
