"""Asks a signed-in person for the password once more, before something that needs it."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from kernel import clock
from kernel.access import current_actor, signed_in
from kernel.db import unit_of_work
from kernel.errors import ForbiddenError
from parties import service as parties
from parties.values import PersonId
from shop import errors
from shop.patience import asks_password
from shop.storefront.account import way_on

pages = Blueprint("storefront_confirm", __name__)


@pages.get("/account/confirm")
@signed_in
def show() -> str:
    """Ask for the password."""
    return render_template("storefront/confirm/show.html", next_path=way_on(), error="")


@pages.post("/account/confirm")
@signed_in
@asks_password
def confirm() -> ResponseReturnValue:
    """Go on where the password was needed, or ask once more."""
    person_id = PersonId(current_actor().person_id)
    try:
        with unit_of_work() as session:
            parties.prove_password(
                session, person_id, request.form.get("password", ""), at=clock.now()
            )
    except ForbiddenError as refusal:
        page = render_template(
            "storefront/confirm/show.html",
            next_path=way_on(),
            error=errors.sentence(refusal),
        )
        return page, 403
    return redirect(way_on())
