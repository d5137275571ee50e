"""What the platform owes its carriers, month by month; carriers do not sign in themselves."""

from flask import Blueprint, render_template, request

from households.values import PartyKind
from kernel import clock
from kernel.access import requires
from kernel.clock import offered_years
from kernel.db import unit_of_work
from kernel.errors import InvalidError, NotFoundError
from parties.values import OrganisationKind, Role
from reporting.desk import organisations as desk
from reporting.statements import accounts
from reporting.statements.accounts import Party

pages = Blueprint("console_carriers", __name__)

YEARS_BACK = 5


@pages.get("/carriers")
@requires(Role.OPERATOR)
def index() -> str:
    """List the carriers."""
    with unit_of_work() as session:
        rows = desk.list_of_kind(session, OrganisationKind.CARRIER)
    return render_template("console/carriers/index.html", rows=rows)


@pages.get("/carriers/<code>")
@requires(Role.OPERATOR)
def show(code: str) -> str:
    """Show one carrier's year: logistics shares, shipping fees, payments, balance."""
    this_year = clock.local_date(clock.now()).year
    asked = request.args.get("year", str(this_year))
    if asked not in {str(this_year - back) for back in range(YEARS_BACK)}:
        raise InvalidError("report_filter_invalid", "this year is not offered", field="year")
    with unit_of_work() as session:
        rows = desk.list_of_kind(session, OrganisationKind.CARRIER)
        name = next((name for known, name in rows if known == code), None)
        if name is None:
            raise NotFoundError("organisation_not_found", "there is no such carrier")
        told = accounts.read(session, Party(PartyKind.LOGISTICS, code), int(asked))
    return render_template(
        "console/carriers/show.html",
        told=told,
        name=name,
        years=offered_years(told.years, asked=told.year, present=this_year),
    )
