"""How many households the money reached, by place and category; never a name, never a few."""

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from kernel import clock
from kernel.access import requires
from kernel.clock import local_date, offered_years
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from kernel.policy import find_disclosure
from ledger import queries as ledger_queries
from parties.values import Role
from reporting import benefits, volumes
from reporting.benefits import Year
from reporting.rules.disclosure import TOTAL
from reporting.values import CategoryGroup
from shop.oversight.definitions import benefit_definition
from shop.oversight.scopes import current_scope

pages = Blueprint("oversight_households", __name__)

YEARS_BACK = 5


@pages.get("/households")
@requires(Role.OFFICIAL)
def show() -> str:
    """Show benefited households of one calendar year; six statements."""
    scope = current_scope()
    now = clock.now()
    this_year = local_date(now).year
    year = _year(this_year)
    with unit_of_work() as session:
        places = list(volumes.list_places(session, scope.code))
        shown = find_disclosure(session, on=local_date(now))
        table = benefits.count(session, scope.code, Year(year, now), places=places, shown=shown)
        is_sample = volumes.has_sample(session, scope.code)
        booked = ledger_queries.list_years(session, this_year - YEARS_BACK + 1, this_year)
    return render_template(
        "oversight/households/show.html",
        scope=scope,
        region=places[0],
        places={place.code: place for place in places},
        table=table,
        is_sample=is_sample,
        columns=[str(group) for group in CategoryGroup],
        labels={
            str(CategoryGroup.LIFTED): _("脱贫户"),
            str(CategoryGroup.MONITORED): _("监测对象"),
            str(CategoryGroup.GENERAL): _("一般农户"),
        },
        total=TOTAL,
        year=year,
        years=offered_years(booked, asked=year, present=this_year),
        as_of=now,
        words=benefit_definition(shown.minimum),
    )


def _year(this_year: int) -> int:
    """Return the year asked for; raises `InvalidError` for one that is not offered."""
    asked = request.args.get("year", str(this_year))
    if asked not in {str(this_year - back) for back in range(YEARS_BACK)}:
        raise InvalidError("report_filter_invalid", "this year is not offered", field="year")
    return int(asked)
