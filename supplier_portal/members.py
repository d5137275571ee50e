"""A manager's member households: numbers only; who one is, is opened for a purpose."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from households import queries
from households.values import LookerKind
from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.paging import cut, decode_key, encode_key
from parties import queries as party_queries
from parties.values import Role
from supplier_portal import looking
from supplier_portal.access import seller_code
from supplier_portal.looking import Desk

pages = Blueprint("supplier_members", __name__)

PAGE_SIZE = 50
DESK = Desk("supplier_portal/members/identity.html", LookerKind.MANAGER)


@pages.get("/members")
@requires(Role.MANAGER)
def index() -> str:
    """List the member households of the seller by number."""
    code, after = seller_code(), request.args.get("after", "")
    with unit_of_work() as session:
        found = queries.list_members(
            session,
            code,
            on=clock.local_date(clock.now()),
            after=decode_key(after, str)[0] if after else "",
            limit=PAGE_SIZE + 1,
        )
        seller = party_queries.get_organisation(session, code)
    return render_template(
        "supplier_portal/members/index.html",
        page=cut(found, PAGE_SIZE, lambda row: encode_key(row.household_id)),
        seller=seller,
        is_first=not after,
    )


@pages.get("/members/<household_id>/identity")
@requires(Role.MANAGER)
def ask(household_id: str) -> ResponseReturnValue:
    """Ask for what a member is to be looked at."""
    return looking.show_form(DESK, household_id, at=clock.now())


@pages.post("/members/<household_id>/identity")
@requires(Role.MANAGER)
def identity(household_id: str) -> ResponseReturnValue:
    """Open a member's identity, masked but for the fields asked for."""
    return looking.look(DESK, household_id, at=clock.now())
