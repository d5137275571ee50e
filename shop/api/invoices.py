"""Invoices by programs: keep titles, ask for invoices, see them."""

from typing import Any

from flask import Blueprint, Response, url_for
from sqlalchemy.orm import Session

from kernel import clock
from kernel.access import current_actor, signed_in
from kernel.db import unit_of_work
from kernel.errors import NotFoundError
from orders.queries import GroupCaller, invoicing
from payments.queries import invoices as queries
from payments.queries import titles as title_queries
from payments.rules import invoices as rules
from payments.service import titles
from payments.values.invoices import InvoiceLine, InvoiceRow, Title, TitleOwner, TitleReader
from shop.api import contract, once
from shop.api.contract import Caller, Operation, operation
from shop.api.schemas import invoices as shapes
from shop.api.schemas.catalog import Language
from shop.api.schemas.fields import path_id
from shop.api.schemas.keys import IdempotencyHeader
from shop.invoice_papers import LAST_ID, list_own, read_title, reader_of
from workflows import invoice_issued

pages = Blueprint("api_invoices", __name__)

TITLES = "invoice titles"
TAG = "invoices"
CREATED = 201
NOBODY = {401: "Nobody is signed in."}
REUSED = "the key was used for another request."
NO_TITLE = {404: "There is no such title, or the caller does not keep it."}


@pages.get("/invoice-titles")
@signed_in
@operation(
    Operation(
        summary="List invoice titles",
        description="The caller's own, then those shared in the caller's organisations.",
        tag=TITLES,
        query=Language,
        answer=shapes.TitlesTold,
        refusals=NOBODY,
        caller=Caller.OFFICE,
    )
)
def list_titles() -> Response:
    """Every title the caller may put on an invoice."""
    contract.read_query(Language)
    with unit_of_work() as session:
        rows = list_own(session)
    return contract.answer(shapes.TitlesTold, {"rows": rows})


@pages.post("/invoice-titles")
@signed_in
@operation(
    Operation(
        summary="Keep an invoice title",
        description="The same title again is the one that is there; the first is the default.",
        tag=TITLES,
        query=Language,
        headers=IdempotencyHeader,
        body={contract.JSON: shapes.TitleGiven},
        status=CREATED,
        answer=shapes.TitleTold,
        refusals=NOBODY
        | {
            404: "The caller keeps no titles of this organisation.",
            409: f"Twenty are kept already, or {REUSED}",
        },
        caller=Caller.STAFF,
    )
)
def keep_title() -> Response:
    """Keep a title of the caller or of an organisation."""
    contract.read_query(Language)
    given = contract.read_body(shapes.TitleGiven)
    return once.once(given, lambda session: _keep(session, given))


@pages.put("/invoice-titles/<title_id>")
@signed_in
@operation(
    Operation(
        summary="Change an invoice title",
        description="Issued invoices, and those asked for, stay as they are.",
        tag=TITLES,
        path={"title_id": path_id("Number of the title.")},
        query=Language,
        body={contract.JSON: shapes.TitleChanged},
        answer=shapes.TitleTold,
        refusals=NOBODY | NO_TITLE,
        caller=Caller.STAFF,
    )
)
def change_title(title_id: str) -> Response:
    """Write a title anew."""
    contract.read_query(Language)
    given, reader = contract.read_body(shapes.TitleChanged), reader_of(current_actor())
    title, number = _title(given), _number(title_id)
    with unit_of_work() as session:
        titles.change_title(
            session, reader, number, title, is_default=given.get("is_default", False)
        )
        saved = title_queries.get_title(session, reader, number)
    return contract.answer(shapes.TitleTold, saved)


@pages.delete("/invoice-titles/<title_id>")
@signed_in
@operation(
    Operation(
        summary="Remove an invoice title",
        description="Destroys it; issued invoices, and those asked for, stay as they are.",
        tag=TITLES,
        path={"title_id": path_id("Number of the title.")},
        query=Language,
        answer=shapes.TitleRemoved,
        refusals=NOBODY | NO_TITLE,
        caller=Caller.STAFF,
    )
)
def remove_title(title_id: str) -> Response:
    """Destroy a title."""
    contract.read_query(Language)
    number = _number(title_id)
    with unit_of_work() as session:
        titles.remove_title(session, reader_of(current_actor()), number)
    return contract.answer(shapes.TitleRemoved, {"title_id": number})


@pages.post("/invoices")
@signed_in
@operation(
    Operation(
        summary="Ask for invoices of paid orders",
        description=(
            "One invoice of each seller over what was paid and stands on none: for one order, "
            "or as a summary over several of the same buyer."
        ),
        tag=TAG,
        query=Language,
        headers=IdempotencyHeader,
        body={contract.JSON: shapes.InvoiceAsked},
        status=CREATED,
        answer=shapes.InvoicesTold,
        refusals=NOBODY
        | {
            404: "There is no such order or title, or not for this caller.",
            409: "Nothing paid is left to invoice, the orders are of several buyers, or "
            f"{REUSED}",
        },
        caller=Caller.STAFF,
    )
)
def request_invoice() -> Response:
    """Issue what is asked for at once."""
    contract.read_query(Language)
    given = contract.read_body(shapes.InvoiceAsked)
    return once.once(given, lambda session: _issue(session, given))


@pages.get("/invoices")
@signed_in
@operation(
    Operation(
        summary="List invoices",
        description="Of the caller and the caller's organisations, the newest first.",
        tag=TAG,
        query=shapes.InvoiceQuery,
        answer=shapes.InvoicePage,
        refusals=NOBODY,
        caller=Caller.OFFICE,
    )
)
def list_invoices() -> Response:
    """One page of invoices."""
    query = contract.read_query(shapes.InvoiceQuery)
    with unit_of_work() as session:
        rows = queries.list_of_reader(
            session,
            reader_of(current_actor()),
            before=query.get("before"),
            limit=shapes.PAGE_SIZE + 1,
        )
    kept = rows[: shapes.PAGE_SIZE]
    last = kept[-1].invoice_id if len(rows) > len(kept) else None
    return contract.answer(
        shapes.InvoicePage, {"rows": [_head(row) for row in kept], "next": last}
    )


@pages.get("/invoices/<invoice_id>")
@signed_in
@operation(
    Operation(
        summary="Get an invoice",
        tag=TAG,
        path={"invoice_id": path_id("Number of the invoice.")},
        query=Language,
        answer=shapes.InvoiceWithLines,
        refusals=NOBODY | {404: "There is no such invoice, or not for this caller."},
        caller=Caller.OFFICE,
    )
)
def show_invoice(invoice_id: str) -> Response:
    """Tell what stands on one invoice."""
    contract.read_query(Language)
    with unit_of_work() as session:
        row, lines = queries.get_of_reader(
            session, reader_of(current_actor()), _number(invoice_id)
        )
    told = _head(row) | {"lines": [_line(line) for line in lines]}
    return contract.answer(shapes.InvoiceWithLines, told)


def _keep(session: Session, given: dict[str, Any]) -> Response:
    reader, code = reader_of(current_actor()), given.get("organisation_code")
    if code is not None and code not in reader.keeps_for:
        raise NotFoundError("organisation_not_found", "no such organisation of this caller")
    owner = TitleOwner(None, code) if code else TitleOwner(reader.person_id)
    is_default = given.get("is_default", False)
    number = titles.keep_title(
        session, owner, _title(given), is_default=is_default, at=clock.now()
    )
    saved = title_queries.get_title(session, reader, number)
    return contract.answer(shapes.TitleTold, saved, status=CREATED)


def _issue(session: Session, given: dict[str, Any]) -> Response:
    reader = reader_of(current_actor())
    title = title_queries.get_title(session, reader, given["title_id"]).title
    parts = invoicing.list_parts(session, _buyer(reader), given["orders"])
    wish = invoice_issued.wish_of(parts, title)
    issued = invoice_issued.issue(session, wish, at=clock.now())
    rows = [_head(row) for row in queries.list_of_ids(session, issued)]
    return contract.answer(shapes.InvoicesTold, {"rows": rows}, status=CREATED)


def _buyer(reader: TitleReader) -> GroupCaller:
    return GroupCaller(person_id=reader.person_id, organisation_codes=reader.chooses_for)


def _title(given: dict[str, Any]) -> Title:
    return read_title({name: value for name, value in given.items() if name != "is_default"})


def _number(text: str) -> int:
    """Return the number in an address; what is none names nothing."""
    return min(int(text), LAST_ID) if text.isascii() and text.isdigit() else 0


def _head(row: InvoiceRow) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in InvoiceRow.__dataclass_fields__}
    address = url_for("storefront_invoices.carry", invoice_id=row.invoice_id, _external=True)
    return told | {"code": row.code, "pdf_url": address}


def _line(line: InvoiceLine) -> dict[str, Any]:
    told = {name: getattr(line, name) for name in InvoiceLine.__dataclass_fields__}
    price = None if line.order_line_id is None else rules.unit_price(line)
    return told | {"unit_price": None if price is None else str(price)}
