"""An official opens who a household of the own village is, for a purpose and on record."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from households.values import LookerKind
from kernel import clock
from kernel.access import requires
from parties.values import Role
from supplier_portal import looking
from supplier_portal.looking import Desk

pages = Blueprint("oversight_identities", __name__)

DESK = Desk("oversight/identities/show.html", LookerKind.OFFICIAL)


@pages.get("/households/<household_id>/identity")
@requires(Role.OFFICIAL)
def ask(household_id: str) -> ResponseReturnValue:
    """Ask for what a household is to be looked at."""
    return looking.show_form(DESK, household_id, at=clock.now())


@pages.post("/households/<household_id>/identity")
@requires(Role.OFFICIAL)
def identity(household_id: str) -> ResponseReturnValue:
    """Open a household's identity, masked but for the fields asked for."""
    return looking.look(DESK, household_id, at=clock.now())
