"""Suggestions while somebody types, and the count of what they went on to."""

from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from catalog.search import things
from catalog.search.analysis import MAX_QUERY
from catalog.search.suggesting import Suggested, SuggestedKind, Suggester
from kernel import clock, policy
from kernel.clock import local_date
from kernel.db import unit_of_work
from shop.i18n import bilingual
from shop.security import public
from shop.storefront import memory, searching
from shop.storefront.cards import picture, place_name

pages = Blueprint("storefront_suggest", __name__)

POPULAR_LEAST = "search_popular_least"
MOST_PLACES = 1_000


@pages.get("/search/suggest")
@public
def suggest() -> ResponseReturnValue:
    """Return what may be meant as options of a list box; nothing for nothing typed."""
    typed = request.args.get("q", "")[:MAX_QUERY]
    suggester = memory.recall_old("suggester", _made)
    found = suggester.suggest(typed)
    page = render_template(
        "storefront/search/_suggestions.html", groups=_grouped(found), typed=typed
    )
    answer = Response(page, mimetype="text/html")
    answer.headers["Cache-Control"] = "private, max-age=30"
    return answer


@pages.post("/search/picked")
@public
def picked() -> ResponseReturnValue:
    """Count that somebody went on from a search to the product at a place; tells nothing."""
    place = request.form.get("place", "")
    if place.isdigit() and 0 < int(place) <= MOST_PLACES:
        query = request.form.get("q", "")[:MAX_QUERY]
        searching.count_picked(query, int(place), at=clock.now())
    return Response(status=204)


def _made() -> Suggester:
    at = clock.now()
    with unit_of_work() as session:
        least = policy.list_in_force(session, [POPULAR_LEAST], on=local_date(at))
        found = things.list_things(
            session, at=at, least=int(least.get(POPULAR_LEAST, 0)) or None
        )
    return Suggester(found)


def _grouped(found: list[Suggested]) -> list[tuple[str, list[dict[str, object]]]]:
    return [
        (kind.value, rows)
        for kind in SuggestedKind
        if (rows := [_row(thing) for thing in found if thing.kind is kind])
    ]


def _row(thing: Suggested) -> dict[str, object]:
    name = bilingual(thing.name, thing.name_en)
    if thing.kind is SuggestedKind.PLACE:
        name = place_name(thing.name, thing.spelled)
    return {
        "href": _href(thing),
        "name": name,
        "picture": picture(thing.picture) if thing.picture else None,
        "is_chinese": name == thing.name,
        "category": thing.code,
    }


def _href(thing: Suggested) -> str:
    if thing.kind is SuggestedKind.PRODUCT:
        return f"/products/{thing.code}"
    if thing.kind is SuggestedKind.QUERY:
        return f"/search?{urlencode({'q': thing.name})}"
    names = {
        SuggestedKind.CATEGORY: "category",
        SuggestedKind.BRAND: "brand",
        SuggestedKind.PLACE: "township",
    }
    return f"/products?{urlencode({names[thing.kind]: thing.code})}"
