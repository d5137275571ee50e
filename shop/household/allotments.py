"""A household's own shares of period closes, how they are worked out, and its objections."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from households import queries
from households import service as households
from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import ConflictError, InvalidError, NotFoundError
from reporting.explanation import reading
from reporting.explanation.values import Reader
from shop.errors import sentence
from shop.household.statement import own_household
from shop.security import signed_in
from supplier_portal.access import actor_code
from supplier_portal.entitlements import words_of

pages = Blueprint("household_allotments", __name__)


@pages.get("/allotments")
@signed_in
def index() -> str:
    """List the household's own shares, the latest period first."""
    household_id = own_household()
    with unit_of_work() as session:
        rows = queries.list_own_shares(session, household_id)
    return render_template("household/allotments/index.html", rows=rows)


@pages.get("/allotments/<code>")
@signed_in
def show(code: str) -> str:
    """Show one share with its working, and take an objection while it is on notice."""
    household_id = own_household()
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        shares = queries.list_own_shares(session, household_id, code=code)
        row = queries.get_allotment(session, code)
        reader = Reader(household_id=household_id)
        told = [
            reading.explain(session, one.entitlement_id, reader, on=today) for one in shares
        ]
        objections = queries.list_objections(session, code, household_id=household_id)
    if not shares and not row.is_on_notice(today) and not objections:
        raise NotFoundError("allotment_not_found", f"no allotment {code}", code=code)
    return render_template(
        "household/allotments/show.html",
        row=row,
        shares=[(one, words_of(one)) for one in told],
        objections=objections,
        today=today,
    )


@pages.post("/allotments/<code>/objection")
@signed_in
def object_to(code: str) -> ResponseReturnValue:
    """Record the household's objection."""
    household_id = own_household()
    try:
        with unit_of_work() as session:
            households.object_to_allotment(
                session,
                code,
                request.form.get("reason", ""),
                by=actor_code(),
                household_id=household_id,
                at=clock.now(),
            )
    except (ConflictError, InvalidError) as error:
        flash(sentence(error), "error")
    else:
        flash(_("您的异议已登记，答复之前不会入账。"), "success")
    return redirect(url_for(".show", code=code))
