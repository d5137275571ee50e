"""A village collective reads the village's own money and the funds it holds."""

from flask import Blueprint, render_template

from kernel import clock
from kernel.access import requires
from kernel.clock import offered_years
from kernel.db import unit_of_work
from kernel.errors import NotFoundError
from parties import queries as party_queries
from parties.values import OrganisationKind, Role
from reporting.statements import village
from supplier_portal.access import seller_code
from supplier_portal.statement import asked_year

pages = Blueprint("supplier_village", __name__)


@pages.get("/village")
@requires(Role.MANAGER, Role.CASHIER)
def show() -> str:
    """Show the village's year to the staff of its collective."""
    code, year = seller_code(), asked_year()
    with unit_of_work() as session:
        seller = party_queries.get_organisation(session, code)
        if seller.kind is not OrganisationKind.VILLAGE_COLLECTIVE or not seller.village_code:
            raise NotFoundError("organisation_not_found", "this is no village collective")
        told = village.read(session, seller.village_code, year)
    this_year = clock.local_date(clock.now()).year
    return render_template(
        "supplier_portal/village/show.html",
        told=told,
        seller=seller,
        years=offered_years(told.told.years, asked=year, present=this_year),
    )
