"""What is kept how long, and what every run of the hourly sweep removed."""

from flask import Blueprint, render_template, request

from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.paging import cut, encode_key
from parties.values import Role
from reporting.desk import sweeps
from shop.console.acting import PAGE_SIZE, asked_id

pages = Blueprint("console_retention", __name__)


@pages.get("/retention")
@requires(Role.OPERATOR)
def index() -> str:
    """Show the terms in force and the runs, the newest first."""
    at = clock.now()
    with unit_of_work() as session:
        terms = sweeps.list_terms(session, on=clock.local_date(at))
        found = sweeps.list_sweeps(session, before_id=asked_id(), limit=PAGE_SIZE + 1)
    return render_template(
        "console/retention/index.html",
        terms=terms,
        page=cut(found, PAGE_SIZE, lambda row: encode_key(row.row_id)),
        is_first="after" not in request.args,
    )
