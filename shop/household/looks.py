"""A household sees who opened its identity, when and what for."""

from flask import Blueprint, render_template, request

from households import queries, service
from kernel import clock, regions
from kernel.access import signed_in
from kernel.db import unit_of_work
from kernel.paging import cut, encode_key
from parties import queries as party_queries
from shop.console.acting import PAGE_SIZE, asked_id
from shop.household.statement import own_household

pages = Blueprint("household_looks", __name__)


@pages.get("/looks")
@signed_in
def index() -> str:
    """List the looks at the own record; the words stay with the office that wrote them."""
    household_id = own_household()
    with unit_of_work() as session:
        found = queries.list_looks(
            session, household_id=household_id, before_id=asked_id(), limit=PAGE_SIZE + 1
        )
        in_force = service.find_policy(session, on=clock.local_date(clock.now()))
        offices = {row.office for row in found}
        organisations = party_queries.list_organisations(session, sorted(offices))
        places = regions.load(session)
    names = {code: row.name for code, row in organisations.items()} | {
        code: places[code].name for code in offices if code in places
    }
    return render_template(
        "household/looks/index.html",
        page=cut(found, PAGE_SIZE, lambda row: encode_key(row.look_id)),
        purposes=in_force.purposes,
        offices=names,
        is_first="after" not in request.args,
    )
