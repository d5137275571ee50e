"""Invoices of a buyer: of one order, or over several; asked for, read, carried away."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import clock
from kernel.access import current_actor, signed_in
from kernel.db import unit_of_work
from kernel.errors import InvalidError, NotFoundError
from orders import queries as order_queries
from orders.queries import GroupCaller, invoicing
from orders.rules import UNPAID
from payments.queries import invoices as queries
from payments.queries import titles as title_queries
from shop.invoice_papers import LAST_ID, chosen, list_own, paper, reader_of
from shop.mending import Errors, mends
from shop.security import public
from shop.sentences import SENTENCES
from shop.storefront.orders import caller_of, remembered_caller_of
from workflows import invoice_asked, invoice_issued
from workflows.invoice_issued import InvoiceWish

pages = Blueprint("storefront_invoices", __name__)

STAFF = GroupCaller(may_see_all=True)
"""Asks about an order its caller was let in to."""


@pages.get("/orders/<number>/invoices")
@public
def index(number: str) -> str:
    """Show the invoices of an order and the form that asks for them."""
    with unit_of_work() as session:
        group = order_queries.get_group(session, number, remembered_caller_of(number))
        rows = queries.list_of_group(session, number)
        asked = title_queries.find_asked(session, number)
        titles = list_own(session)
        is_left = bool(invoicing.list_uninvoiced(session, STAFF, group_number=number))
    return render_template(
        "storefront/invoices/index.html",
        group=group,
        rows=rows,
        asked=asked,
        refusal=SENTENCES.get(asked.refusal) if asked and asked.refusal else None,
        may_ask=is_left or group.state in UNPAID,
        titles=titles,
    )


@pages.post("/orders/<number>/invoices")
@public
def ask(number: str) -> ResponseReturnValue:
    """Issue one invoice for each seller over what stands on none, or as soon as it is paid."""
    at = clock.now()
    with unit_of_work() as session:
        group = order_queries.get_group(session, number, caller_of(number))
        title, is_later = chosen(session), group.state in UNPAID
        wish = InvoiceWish(
            title=title,
            order_numbers=tuple(order.number for order in group.orders),
            group_number=number,
            buyer_person_id=group.buyer_person_id,
            buyer_organisation_code=group.buyer_organisation_code,
        )
        if is_later:
            invoice_asked.ask(session, number, title, at=at)
        issued = [] if is_later else invoice_issued.issue(session, wish, at=at)
    if is_later:
        flash(_("已记下抬头，付款后自动登记开票。"), "success")
    else:
        flash(_("已登记 %(count)s 张开票记录。", count=len(issued)), "success")
    return redirect(url_for(".index", number=number))


@pages.get("/orders/<number>/invoices/<int:invoice_id>")
@public
def show(number: str, invoice_id: int) -> ResponseReturnValue:
    """Answer one invoice of the order on paper; of another order it does not exist."""
    with unit_of_work() as session:
        order_queries.get_group(session, number, remembered_caller_of(number))
        row, lines = queries.get_invoice(session, invoice_id)
    if row.group_number != number:
        raise NotFoundError("invoice_not_found", f"no invoice {invoice_id}")
    return paper(row, lines)


@pages.get("/account/invoices")
@signed_in
def own() -> str:
    """List the person's invoices, and the paid orders that stand on none."""
    return _page({})


def _page(errors: Errors) -> str:
    reader = reader_of(current_actor())
    with unit_of_work() as session:
        rows = queries.list_of_reader(session, reader)
        parts = invoicing.list_uninvoiced(session, _own())
        titles = list_own(session)
    return render_template(
        "storefront/invoices/own.html",
        rows=rows,
        parts=parts,
        titles=titles,
        errors=errors,
        ticked=set(request.form.getlist("order")),
    )


@pages.post("/account/invoices")
@signed_in
@mends({"invoice_orders_missing": "order"}, _page)
def summarise() -> ResponseReturnValue:
    """Issue one invoice for each seller over the orders that were ticked."""
    numbers = list(dict.fromkeys(request.form.getlist("order")))
    if not 0 < len(numbers) <= invoicing.MAX_PARTS:
        raise InvalidError("invoice_orders_missing", "tick some orders")
    with unit_of_work() as session:
        parts = invoicing.list_parts(session, _own(), numbers)
        wish = invoice_issued.wish_of(parts, chosen(session))
        issued = invoice_issued.issue(session, wish, at=clock.now())
    flash(_("已登记 %(count)s 张开票记录。", count=len(issued)), "success")
    return redirect(url_for(".own"))


@pages.get(f"/account/invoices/<int(max={LAST_ID}):invoice_id>")
@signed_in
def carry(invoice_id: int) -> ResponseReturnValue:
    """Answer one of the person's invoices on paper."""
    with unit_of_work() as session:
        row, lines = queries.get_of_reader(session, reader_of(current_actor()), invoice_id)
    return paper(row, lines)


def _own() -> GroupCaller:
    reader = reader_of(current_actor())
    return GroupCaller(person_id=reader.person_id, organisation_codes=reader.chooses_for)
