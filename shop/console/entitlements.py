"""The operator opens how one amount of a household came about, for a purpose and on record."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from households.values import HouseholdId, LookerKind
from kernel import audit, clock
from kernel.access import requires
from kernel.db import unit_of_work
from parties.values import Role
from reporting import household_sheet
from reporting.register import card as cards
from shop.console.acting import PAGE_SIZE, act
from supplier_portal import explaining
from supplier_portal.looking import Desk

pages = Blueprint("console_entitlements", __name__)

DESK = Desk("console/entitlements/show.html", LookerKind.OPERATOR)


@pages.get("/households/<household_id>/entitlements")
@requires(Role.OPERATOR)
def index(household_id: str) -> str:
    """List the sources of a household's income in a year, without any amount."""
    key, at = request.args.get("after"), clock.now()
    today = clock.local_date(at)
    with unit_of_work() as session:
        card = cards.find_place(session, HouseholdId(household_id), on=today)
        page = household_sheet.list_sheet(
            session, card.id, within=explaining.within_year(today.year), key=key, size=PAGE_SIZE
        )
        audit.record(session, act("income_listed", f"household:{card.id}", at=at))
    return render_template(
        "console/entitlements/index.html",
        household_id=card.id,
        page=page,
        year=today.year,
        is_first=key is None,
    )


@pages.get("/entitlements/<int:entitlement_id>")
@requires(Role.OPERATOR)
def ask(entitlement_id: int) -> ResponseReturnValue:
    """Ask for what an amount is to be explained."""
    return explaining.show_form(DESK, entitlement_id, at=clock.now())


@pages.post("/entitlements/<int:entitlement_id>")
@requires(Role.OPERATOR)
def show(entitlement_id: int) -> ResponseReturnValue:
    """Explain an amount of any household."""
    return explaining.explain(DESK, entitlement_id, at=clock.now())
