"""The district on one sheet: townships with their goods, sales and cold stores, drawn here.

The sketch is a drawing of the server's own: it asks no other host, needs no script, and every
point is a link. Villages have no coordinates and stand in the table of their township.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from catalog.listing import places as place_queries
from catalog.listing.places import PlaceRow
from cold_chain.queries import PublicSiteRow, list_sites
from kernel import clock, regions
from kernel.db import unit_of_work
from kernel.regions import DISTRICT_DIGITS, RegionLevel, RegionRow
from reporting import volumes
from reporting.rules import tables
from reporting.values import Dimension, VolumeFilter
from shop.security import public
from shop.settings import CHECKOUT
from shop.storefront import memory
from shop.storefront.cards import place_namer

pages = Blueprint("storefront_map", __name__)
pages.record_once(lambda state: memory.init_app(state.app))

OUTLINE = CHECKOUT / "static" / "geo" / "wulong_outline.geojson"
WIDTH, MARGIN = 1000.0, 40.0
SMALLEST, LARGEST = 10.0, 34.0
LAYERS = ("products", "sales", "cold")

Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The outline of the district, and how degrees become places on the drawing."""

    path: str
    height: float
    west: float
    north: float
    scale: float
    stretch: float
    """How much shorter a degree of longitude is here."""

    def place(self, longitude: float, latitude: float) -> Pair:
        """Return where a point stands on the drawing."""
        x = MARGIN + (longitude - self.west) * self.stretch * self.scale
        return round(x, 1), round(MARGIN + (self.north - latitude) * self.scale, 1)


@dataclass(frozen=True, slots=True)
class PointView:
    """One township: where it stands, how big its point is, and its figures."""

    place: PlaceRow
    x: float
    y: float
    radius: float
    villages: Sequence[PlaceRow]
    """Those with goods on sale."""
    sold_minor: int
    sites: Sequence[PublicSiteRow]


@dataclass(frozen=True, slots=True)
class Figures:
    """What the map shows, in any layer."""

    places: Sequence[PlaceRow]
    regions: Mapping[str, RegionRow]
    sold: Mapping[str, int]
    sites: Sequence[PublicSiteRow]
    year: int


@pages.get("/map")
@public
def show() -> str:
    """Show the townships as points of a sketch and as a table."""
    asked = request.args.get("layer", "")
    layer = asked if asked in LAYERS else LAYERS[0]
    at = clock.now()
    with unit_of_work() as session:
        figures = memory.recall("map", lambda: _figures(session, at))
    sheet = outline()
    points = _points(figures, sheet, layer)
    return render_template(
        "storefront/map/show.html",
        sheet=sheet,
        points=points,
        layer=layer,
        year=figures.year,
        elsewhere=[site for site in figures.sites if len(site.region_code) <= DISTRICT_DIGITS],
        has_sample=any(site.is_sample for site in figures.sites),
        place_name=place_namer(),
    )


@lru_cache(maxsize=1)
def outline() -> Sheet:
    """Return the outline of the district as one path of the drawing."""
    shapes = json.loads(OUTLINE.read_text(encoding="utf-8"))["features"]
    rings = [ring for shape in shapes for ring in _rings(shape["geometry"])]
    corners = [corner for ring in rings for corner in ring]
    west, east = min(x for x, _ in corners), max(x for x, _ in corners)
    south, north = min(y for _, y in corners), max(y for _, y in corners)
    stretch = math.cos(math.radians((north + south) / 2))
    scale = (WIDTH - 2 * MARGIN) / ((east - west) * stretch)
    sheet = Sheet(
        "", round((north - south) * scale + 2 * MARGIN, 1), west, north, scale, stretch
    )
    drawn = " ".join(
        "M" + "L".join(f"{x} {y}" for x, y in (sheet.place(*corner) for corner in ring)) + "Z"
        for ring in rings
    )
    return Sheet(drawn, sheet.height, west, north, scale, stretch)


def _rings(geometry: Mapping[str, Any]) -> list[list[Pair]]:
    """Return the outer and inner rings of a polygon or several."""
    parts = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        parts = [parts]
    return [[(point[0], point[1]) for point in ring] for part in parts for ring in part]


def _figures(session: Session, at: datetime) -> Figures:
    places = place_queries.list_places(session)
    today = clock.local_date(at)
    district = places[0].code[:DISTRICT_DIGITS] if places else ""
    report = volumes.count(
        session,
        VolumeFilter(
            scope=district,
            since=date(today.year, 1, 1),
            until=clock.local_month(at),
            as_of=at,
        ),
    )
    sold = tables.totals_by(report.cells, Dimension.PLACE)
    return Figures(
        places,
        regions.load(session),
        {code: amounts.net_minor for code, amounts in sold.items() if code},
        list_sites(session),
        today.year,
    )


def _points(figures: Figures, sheet: Sheet, layer: str) -> list[PointView]:
    """Return the townships that have coordinates, the smallest point on top of the larger."""
    counted = {
        place.code: _value(figures, place, layer)
        for place in figures.places
        if place.level == RegionLevel.TOWNSHIP
    }
    largest = max((*counted.values(), 1))
    points = []
    for place in figures.places:
        region = figures.regions.get(place.code)
        if place.code not in counted or region is None:
            continue
        if region.longitude is None or region.latitude is None:
            continue
        x, y = sheet.place(region.longitude, region.latitude)
        share = math.sqrt(max(counted[place.code], 0) / largest)
        points.append(
            PointView(
                place,
                x,
                y,
                round(SMALLEST + (LARGEST - SMALLEST) * share, 1),
                _selling(figures, place.code),
                max(figures.sold.get(place.code, 0), 0),
                [site for site in figures.sites if site.region_code.startswith(place.code)],
            )
        )
    return sorted(points, key=lambda point: (-point.radius, point.place.code))


def _value(figures: Figures, place: PlaceRow, layer: str) -> int:
    if layer == "sales":
        return figures.sold.get(place.code, 0)
    if layer == "cold":
        return sum(site.region_code.startswith(place.code) for site in figures.sites)
    return place.products


def _selling(figures: Figures, township: str) -> list[PlaceRow]:
    return [
        place for place in figures.places if place.parent_code == township and place.products
    ]
