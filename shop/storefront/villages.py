"""Where the goods come from: townships, villages, their sellers and what has been sold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from catalog.listing import cards as card_queries
from catalog.listing import places as place_queries
from catalog.listing.filters import Filter
from catalog.listing.places import PlaceRow
from kernel.clock import local_date, local_month, now
from kernel.db import unit_of_work
from kernel.disclosure import HouseholdGroup, rounded
from kernel.policy import find_disclosure
from kernel.regions import DISTRICT_DIGITS, RegionLevel
from reporting import assistance, benefits, volumes
from reporting.benefits import Year
from reporting.rules.disclosure import TOTAL
from reporting.values import VolumeFilter
from shop.security import find_person_id, public
from shop.storefront import memory
from shop.storefront.cards import place_namer, view_cards

pages = Blueprint("storefront_villages", __name__)

PRODUCTS_SHOWN = 24


@dataclass(frozen=True, slots=True)
class PlaceFigures:
    """What a place has sold this year and what of it reached its households."""

    year: int
    sold_minor: int
    households: HouseholdGroup | None
    """None where too few households stand behind the figure to tell."""
    minimum: int


@dataclass(frozen=True, slots=True)
class TownshipView:
    """A township with its villages, those with goods and those on the focus list first."""

    place: PlaceRow
    villages: Sequence[PlaceRow]
    group: str
    """The assistance group that helps the township."""


@pages.get("/villages")
@public
def index() -> str:
    """List the villages by township, with focus marks and assistance groups."""
    with unit_of_work() as session:
        places = place_queries.list_places(session)
        groups = assistance.list_groups(session, "")
    names = {group.township_code: group.name for group in groups}
    townships = [
        TownshipView(place, _inside(places, place.code), names.get(place.code, ""))
        for place in places
        if place.level == RegionLevel.TOWNSHIP
    ]
    return render_template(
        "storefront/villages/index.html",
        townships=townships,
        focus=[place for place in places if place.is_focus],
        place_name=place_namer(),
    )


@pages.get("/villages/<code>")
@public
def show(code: str) -> str:
    """Show one village: its goods, who sells them, what was sold; no household by name."""
    at = now()
    with unit_of_work() as session:
        place = place_queries.get_place(session, code, RegionLevel.VILLAGE)
        page = card_queries.list_cards(
            session,
            Filter(villages=(code,)),
            size=PRODUCTS_SHOWN,
            at=at,
            person_id=find_person_id(),
        )
        sellers = place_queries.list_sellers(session, code)
        groups = assistance.list_groups(session, place.parent_code)
        figures = _figures(session, code, within=place.parent_code, at=at)
    return render_template(
        "storefront/villages/show.html",
        place=place,
        cards=view_cards(page.rows),
        has_more=page.next_key is not None,
        sellers=sellers,
        groups=groups,
        figures=figures,
        place_name=place_namer(),
    )


@pages.get("/townships/<code>")
@public
def township(code: str) -> str:
    """Show one township: its villages, its goods, what was sold."""
    at = now()
    with unit_of_work() as session:
        place = place_queries.get_place(session, code, RegionLevel.TOWNSHIP)
        page = card_queries.list_cards(
            session,
            Filter(places=(code,)),
            size=PRODUCTS_SHOWN,
            at=at,
            person_id=find_person_id(),
        )
        villages = place_queries.list_villages(session, code)
        sellers = place_queries.list_sellers(session, code)
        groups = assistance.list_groups(session, code)
        figures = _figures(session, code, within=code[:DISTRICT_DIGITS], at=at)
    return render_template(
        "storefront/villages/township.html",
        place=place,
        cards=view_cards(page.rows),
        has_more=page.next_key is not None,
        villages=_inside(villages, code),
        sellers=sellers,
        groups=groups,
        figures=figures,
        place_name=place_namer(),
    )


def _inside(places: Sequence[PlaceRow], township_code: str) -> list[PlaceRow]:
    inside = [place for place in places if place.parent_code == township_code]
    return sorted(inside, key=lambda place: (-place.products, not place.is_focus, place.code))


def _told(group: HouseholdGroup | None) -> HouseholdGroup | None:
    """Return a figure as everybody may see it, its count rounded."""
    return None if group is None else replace(group, households=rounded(group.households))


def _figures(session: Session, code: str, *, within: str, at: datetime) -> PlaceFigures:
    """Return this year's figures, remembered for a short time.

    Households are taken from the table of the whole region around the place, so that what is
    withheld there cannot be had here.
    """

    def count() -> PlaceFigures:
        today = local_date(at)
        sold = volumes.add_up(
            session,
            VolumeFilter(
                scope=code, since=date(today.year, 1, 1), until=local_month(at), as_of=at
            ),
        )
        shown = find_disclosure(session, on=today)
        table = benefits.count(
            session,
            within,
            Year(today.year, at),
            places=list(volumes.list_places(session, within)),
            shown=shown,
        )
        return PlaceFigures(
            today.year, sold.net_minor, _told(table.find(code, TOTAL)), shown.minimum
        )

    return memory.recall(("place", code), count)
