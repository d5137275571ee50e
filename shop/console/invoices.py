"""The newest invoices of all sellers, as the operator reads them."""

from flask import Blueprint, render_template

from kernel.access import requires
from kernel.db import unit_of_work
from parties.values import Role
from payments.queries import invoices as queries

pages = Blueprint("console_invoices", __name__)


@pages.get("/invoices")
@requires(Role.OPERATOR)
def index() -> str:
    """List invoices, the newest first."""
    with unit_of_work() as session:
        rows = queries.list_newest(session)
    return render_template("console/invoices/index.html", rows=rows)
