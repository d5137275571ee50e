"""Which journeys of the own region would have failed under other limits; nothing is stored."""

from flask import Blueprint, render_template

from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from parties.values import Role
from reporting.desk import limits
from shop.console.what_if import answer, next_href
from shop.oversight.scopes import current_scope

pages = Blueprint("oversight_what_if", __name__)


@pages.get("/limits")
@requires(Role.OFFICIAL)
def index() -> str:
    """List the limits goods travel under, each with the question what others would do."""
    scope = current_scope()
    with unit_of_work() as session:
        profiles = limits.list_profiles(session)
    return render_template("oversight/what_if/index.html", scope=scope, profiles=profiles)


@pages.get("/limits/<code>")
@requires(Role.OFFICIAL)
def show(code: str) -> str:
    """Judge the journeys from the own region in a month again under other limits."""
    scope = current_scope()
    with unit_of_work() as session:
        found = answer(session, code, at=clock.now(), origin_scope=scope.code)
    return render_template(
        "oversight/what_if/show.html",
        scope=scope,
        code=code,
        answer=found,
        next_href=next_href(found),
    )
