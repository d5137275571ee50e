"""The seller's invoices, and the numbers the tax authority's system gave them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import audit, clock
from kernel.access import current_actor, requires
from kernel.audit import Act
from kernel.db import unit_of_work
from parties.values import SELLER_ROLES, Role
from payments.queries import invoices as queries
from payments.service import invoices
from supplier_portal.access import actor_code, seller_code

pages = Blueprint("supplier_invoices", __name__)

CLERKS = (Role.MANAGER, Role.CLERK, Role.CASHIER)


@pages.get("/invoices")
@requires(*SELLER_ROLES)
def index() -> str:
    """List the seller's newest invoices."""
    code = seller_code()
    with unit_of_work() as session:
        rows = queries.list_of_seller(session, code)
    may_note = code in current_actor().organisation_codes(*CLERKS)
    return render_template("supplier_portal/invoices/index.html", rows=rows, may_note=may_note)


@pages.post("/invoices/<int:invoice_id>/official")
@requires(*CLERKS)
def note(invoice_id: int) -> ResponseReturnValue:
    """Note under which number the seller issued it in the tax authority's system."""
    code, at = seller_code(), clock.now()
    current_actor().ensure_organisation(code, *CLERKS)
    with unit_of_work() as session:
        invoices.record_official(
            session,
            invoice_id,
            request.form.get("number", ""),
            seller_code=code,
            by=current_actor().person_id,
            at=at,
        )
        audit.record(
            session,
            Act(
                actor=actor_code(),
                action="invoice_official_noted",
                subject=f"invoice:{invoice_id}",
                purpose="supplier",
                at=at,
                detail={},
            ),
        )
    flash(_("已登记税务发票号码。"), "success")
    return redirect(url_for(".index"))
