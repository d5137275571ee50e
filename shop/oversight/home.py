"""The first page of an official: the year so far in a few figures."""

from collections.abc import Mapping
from datetime import date, datetime

from flask import Blueprint, render_template

from kernel import clock
from kernel.access import requires
from kernel.clock import local_date, local_month
from kernel.db import unit_of_work
from kernel.policy import find_disclosure
from parties.values import Role
from reporting import assistance, benefits, volumes
from reporting.benefits import Year
from reporting.rules import tables
from reporting.rules.disclosure import TOTAL
from reporting.values import DEFINITION, Amounts, Dimension, Place, VolumeFilter
from shop.oversight import filters
from shop.oversight.definitions import benefit_definition, pledge_definition, volume_definition
from shop.oversight.filters import Asked
from shop.oversight.scopes import Scope, current_scope

pages = Blueprint("oversight_home", __name__)

TOP_PLACES = 6


@pages.get("/")
@requires(Role.OFFICIAL)
def show() -> str:
    """Show the year's volume, households reached and pledges; five statements."""
    scope = current_scope()
    now = clock.now()
    year = local_date(now).year
    with unit_of_work() as session:
        places = list(volumes.list_places(session, scope.code))
        report = volumes.count(session, _so_far(scope, now))
        shown = find_disclosure(session, on=local_date(now))
        reached = benefits.count(
            session, scope.code, Year(year, now), places=places, shown=shown
        )
        pledges = assistance.list_pledges(session, scope.code, year=year, as_of=now)
    by_place = tables.totals_by(report.cells, Dimension.PLACE)
    by_month = tables.totals_by(report.cells, Dimension.MONTH)
    months = tables.months_between(report.filter.since, report.filter.until)
    return render_template(
        "oversight/home/show.html",
        scope=scope,
        region=places[0],
        report=report,
        months=[(month, by_month.get(month, Amounts()).net_minor) for month in months],
        this_month=by_month.get(months[-1], Amounts()),
        arguments=filters.arguments(Asked(report.filter, "channel-month", "")),
        top=_top(by_place, {place.code: place for place in places}),
        reached=reached.find(TOTAL, TOTAL),
        minimum=shown.minimum,
        pledged_minor=sum(pledge.amount_minor for pledge in pledges),
        drawn_minor=sum(pledge.drawn_minor for pledge in pledges),
        as_of=now,
        definition=DEFINITION,
        volume_words=volume_definition(),
        benefit_words=benefit_definition(shown.minimum),
        pledge_words=pledge_definition(),
    )


def _so_far(scope: Scope, now: datetime) -> VolumeFilter:
    """Return the filter of the year up to this moment."""
    return VolumeFilter(
        scope=scope.code,
        since=date(local_date(now).year, 1, 1),
        until=local_month(now),
        as_of=now,
    )


def _top(
    by_place: Mapping[str, Amounts], places: Mapping[str, Place]
) -> list[tuple[Place, Amounts]]:
    """Return the places with the largest volume, the largest first."""
    ranked = sorted(by_place.items(), key=lambda item: (-item[1].net_minor, item[0]))
    known = [(places[code], amounts) for code, amounts in ranked if code in places]
    return known[:TOP_PLACES]
