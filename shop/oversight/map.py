"""Purchase volume on a sketch of the district: a point for each township."""

from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.access import requires
from kernel.db import unit_of_work
from parties.values import Role
from reporting.rules import tables
from reporting.values import DEFINITION, Amounts, Dimension, Place
from shop.oversight import filters
from shop.oversight.definitions import volume_definition
from shop.oversight.volumes import Figures, gather, place_name

pages = Blueprint("oversight_map", __name__)

Point = tuple[Place, Amounts]


@pages.get("/map")
@requires(Role.OFFICIAL)
def show() -> str:
    """Show the places of the region with their volume, as a map and as a table."""
    with unit_of_work() as session:
        figures = gather(session)
    points = _points(figures)
    return render_template(
        "oversight/map/show.html",
        figures=figures,
        points=points,
        unplaced=figures.report.total - tables.add_up(amounts for _place, amounts in points),
        arguments=filters.arguments(figures.asked),
        address=lambda code: _address(figures, code),
        definition=DEFINITION,
        volume_words=volume_definition(),
    )


@pages.get("/map.json")
@requires(Role.OFFICIAL)
def points() -> ResponseReturnValue:
    """Give the points of the map with their volume in fen."""
    with unit_of_work() as session:
        figures = gather(session)
    return {
        "unit": "fen",
        "points": [
            {
                "code": place.code,
                "name": place_name(place),
                "lon": place.longitude,
                "lat": place.latitude,
                "value": max(amounts.net_minor, 0),
                "href": _address(figures, place.code),
            }
            for place, amounts in _points(figures)
            if place.longitude is not None and place.latitude is not None
        ],
        "definition": DEFINITION,
    }


def _points(figures: Figures) -> list[Point]:
    """Return townships with their volume, the largest first.

    Villages have no coordinates: below a township the township itself is the one point.
    """
    if figures.asked.focus != figures.scope.code or not figures.scope.is_district:
        return [(figures.region, figures.report.total)]
    by_place = tables.totals_by(figures.report.cells, Dimension.PLACE)
    counted = [(place, by_place.get(place.code, Amounts())) for place in figures.places]
    return sorted(counted, key=lambda item: (-item[1].net_minor, item[0].code))


def _address(figures: Figures, code: str) -> str:
    values: dict[str, Any] = filters.arguments(figures.asked, place=code)
    return url_for("oversight_volumes.show", **values)
