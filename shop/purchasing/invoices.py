"""Invoices of a buying organisation: summaries over a period, and all it has."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import Forbidden

from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import InvalidError, NotFoundError
from parties import queries as party_queries
from parties.values import BUYER_ROLES
from payments.queries import invoices as queries
from shop.invoice_papers import chosen, list_own, paper
from shop.security import current_actor, requires
from workflows import invoice_issued

pages = Blueprint("purchasing_invoices", __name__)


@pages.get("/invoices")
@requires(*BUYER_ROLES)
def index() -> str:
    """List the invoices of every organisation the person buys for."""
    with unit_of_work() as session:
        units = party_queries.list_organisations(session, _own())
        rows = [row for code in _own() for row in queries.list_of_buyer(session, code)]
        titles = [row for row in list_own(session) if row.organisation_code in _own()]
    return render_template(
        "purchasing/invoices/index.html", rows=rows, units=units, titles=titles
    )


@pages.post("/invoices")
@requires(*BUYER_ROLES)
def ask() -> ResponseReturnValue:
    """Issue summaries over what an organisation paid in a period and stands on none."""
    code = request.form.get("organisation", "")
    current_actor().ensure_organisation(code, *BUYER_ROLES)
    period = (_day("from"), _day("to"))
    with unit_of_work() as session:
        title = chosen(session)
        issued = invoice_issued.issue_summary(session, code, title, period, at=clock.now())
    flash(_("已登记 %(count)s 张开票记录。", count=len(issued)), "success")
    return redirect(url_for(".index"))


@pages.get("/invoices/<int:invoice_id>")
@requires(*BUYER_ROLES)
def show(invoice_id: int) -> ResponseReturnValue:
    """Answer one invoice of the person's organisations on paper."""
    with unit_of_work() as session:
        row, lines = queries.get_invoice(session, invoice_id)
    if row.buyer_organisation_code not in _own():
        raise NotFoundError("invoice_not_found", f"no invoice {invoice_id}")
    return paper(row, lines)


def _own() -> list[str]:
    codes = sorted(current_actor().organisation_codes(*BUYER_ROLES))
    if not codes:
        raise Forbidden
    return codes


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError as error:
        raise InvalidError("invoice_period", "write days like 2026-01-31") from error
