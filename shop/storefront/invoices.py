"""Invoices of one order: its buyer asks for them, reads them, carries them away."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import NotFoundError
from orders import queries as order_queries
from payments.queries import invoices as queries
from shop.invoice_papers import paper, read_title
from shop.security import public
from shop.storefront.orders import caller_of, remembered_caller_of
from workflows import invoice_issued
from workflows.invoice_issued import InvoiceWish

pages = Blueprint("storefront_invoices", __name__)


@pages.get("/orders/<number>/invoices")
@public
def index(number: str) -> str:
    """Show the invoices of an order and the form that asks for them."""
    with unit_of_work() as session:
        group = order_queries.get_group(session, number, remembered_caller_of(number))
        rows = queries.list_of_group(session, number)
    return render_template("storefront/invoices/index.html", group=group, rows=rows)


@pages.post("/orders/<number>/invoices")
@public
def ask(number: str) -> ResponseReturnValue:
    """Issue one invoice for each seller over what stands on none."""
    title = read_title(request.form)
    with unit_of_work() as session:
        group = order_queries.get_group(session, number, caller_of(number))
        issued = invoice_issued.issue(
            session,
            InvoiceWish(
                title=title,
                order_numbers=tuple(order.number for order in group.orders),
                group_number=number,
                buyer_person_id=group.buyer_person_id,
                buyer_organisation_code=group.buyer_organisation_code,
            ),
            at=clock.now(),
        )
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
