"""A household's year on paper: a PDF where the machine can set Chinese type, else printing.

One household's statement takes well under a second, so it is set while the reader waits.
"""

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from kernel import clock
from kernel.db import unit_of_work
from shop.household.statement import own_household, read_year
from shop.security import signed_in
from shop.typesetting import is_offered, typeset

pages = Blueprint("household_paper", __name__)


@pages.get("/statement.pdf")
@signed_in
def show() -> ResponseReturnValue:
    """Answer the year as a PDF, or lead to the page that prints."""
    household_id = own_household()
    with unit_of_work() as session:
        told = read_year(session, household_id)
    if not is_offered():
        return redirect(url_for("household_statement.show", year=told.year))
    html = render_template("household/paper/show.html", told=told, at=clock.now())
    response = Response(typeset(html), content_type="application/pdf")
    name = f"statement-{household_id}-{told.year}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.app_context_processor
def _offer() -> dict[str, object]:
    return {"pdf_is_offered": is_offered}
