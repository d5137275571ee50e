"""An official opens how one amount of a household came about, for a purpose and on record."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from households.values import LookerKind
from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from parties.values import Role
from reporting import household_sheet
from shop.oversight.register_access import open_card, seen, today
from supplier_portal import explaining
from supplier_portal.looking import Desk

pages = Blueprint("oversight_entitlements", __name__)

DESK = Desk("oversight/entitlements/show.html", LookerKind.OFFICIAL)
PAGE_SIZE = 24


@pages.get("/households/<household_id>/entitlements")
@requires(Role.OFFICIAL)
def index(household_id: str) -> str:
    """List the sources of a household's income in a year, without any amount."""
    key, at = request.args.get("after"), clock.now()
    with unit_of_work() as session:
        card, _scope = open_card(session, household_id, on=today())
        page = household_sheet.list_sheet(
            session,
            card.id,
            within=explaining.within_year(today().year),
            key=key,
            size=PAGE_SIZE,
        )
        seen(session, "income_listed", f"household:{card.id}", at=at)
    return render_template(
        "oversight/entitlements/index.html",
        household_id=card.id,
        page=page,
        year=today().year,
        is_first=key is None,
    )


@pages.get("/entitlements/<int:entitlement_id>")
@requires(Role.OFFICIAL)
def ask(entitlement_id: int) -> ResponseReturnValue:
    """Ask for what an amount is to be explained."""
    return explaining.show_form(DESK, entitlement_id, at=clock.now())


@pages.post("/entitlements/<int:entitlement_id>")
@requires(Role.OFFICIAL)
def show(entitlement_id: int) -> ResponseReturnValue:
    """Explain an amount of a household in the official's region."""
    return explaining.explain(DESK, entitlement_id, at=clock.now())
