"""A village collective's own money and funds, for the officials of its region."""

from flask import Blueprint, render_template, request

from kernel import clock
from kernel.access import requires
from kernel.clock import offered_years
from kernel.db import unit_of_work
from kernel.errors import InvalidError, NotFoundError
from kernel.regions import RegionLevel
from parties.values import Role
from reporting import volumes
from reporting.statements import village
from reporting.volumes import level_of
from shop.oversight.scopes import Scope, current_scope

pages = Blueprint("oversight_village_money", __name__)

YEARS_BACK = 5


@pages.get("/village-money")
@requires(Role.OFFICIAL)
def show() -> str:
    """Show one village's year, or the villages of the region to choose from."""
    scope = current_scope()
    this_year = clock.local_date(clock.now()).year
    year = _year(this_year)
    place = _place(scope)
    with unit_of_work() as session:
        places = list(volumes.list_places(session, place))
        if not places:
            raise NotFoundError("region_not_found", f"no region {place}", code=place)
        is_village = level_of(place) is RegionLevel.VILLAGE
        told = village.read(session, place, year) if is_village else None
    return render_template(
        "oversight/village_money/show.html",
        scope=scope,
        region=places[0],
        below=[] if is_village else places[1:],
        told=told,
        year=year,
        years=[
            one
            for one in offered_years(
                told.told.years if told else [], asked=year, present=this_year
            )
            if one > this_year - YEARS_BACK
        ],
    )


def _place(scope: Scope) -> str:
    asked = request.args.get("place", scope.code)
    scope.ensure(asked)
    return asked


def _year(this_year: int) -> int:
    asked = request.args.get("year", str(this_year))
    if asked not in {str(this_year - back) for back in range(YEARS_BACK)}:
        raise InvalidError("report_filter_invalid", "this year is not offered", field="year")
    return int(asked)
