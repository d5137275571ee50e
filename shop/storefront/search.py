"""Searching the goods: through the index, or by name while there is none."""

from dataclasses import dataclass, replace

import structlog
from flask import Blueprint, current_app, render_template, request, url_for
from flask.sansio.app import App

from catalog.listing import cards as card_queries
from catalog.listing import shelves as shelf_queries
from catalog.listing.filters import Filter, Sort
from catalog.search.analysis import MAX_QUERY
from catalog.search.engine import Desk, IndexUnavailableError
from kernel import clock
from kernel.db import unit_of_work
from shop.security import find_person_id, public
from shop.settings import Settings
from shop.storefront import asked as addresses
from shop.storefront import memory
from shop.storefront.asked import Asked
from shop.storefront.cards import view_cards
from shop.storefront.home import view_doors
from shop.storefront.listing import read_list, view_list
from shop.tasks.search import index_folder

pages = Blueprint("storefront_search", __name__)

EXTENSION = "search_desk"
SEASON_CARDS = 4

log = structlog.get_logger()


def init_app(app: App) -> None:
    """Give the application its one search desk."""
    settings: Settings = app.extensions["shanji_settings"]
    app.extensions[EXTENSION] = Desk(index_folder(settings))
    memory.init_app(app)


pages.record_once(lambda state: init_app(state.app))


@dataclass(frozen=True, slots=True)
class Found:
    """How a query was answered."""

    asked: Asked | None
    """The list of hits; None where there are none."""
    readings: tuple[str, ...] = ()
    """Words that pinyin was read as."""
    is_relaxed: bool = False
    """Whether the hits have only a part of what was asked."""


@pages.get("/search")
@public
def index() -> str:
    """List what was searched for; without hits, offer shelves and the season instead."""
    text = request.args.get("q", "").strip()[:MAX_QUERY]
    asked = addresses.read(url_for(".index"), request.args, default=Sort.RELEVANCE)
    found = _find(asked, text) if text else Found(None)
    if found.asked is None:
        return _show_nothing(text)
    with unit_of_work() as session:
        rows = read_list(session, found.asked, at=clock.now())
    return render_template(
        "storefront/search/index.html",
        text=text,
        found=found,
        listing=view_list(found.asked, rows),
    )


def _show_nothing(text: str) -> str:
    at = clock.now()
    wanted = Filter(is_seasonal=True, is_in_stock=True)
    with unit_of_work() as session:
        season = card_queries.list_cards(
            session, wanted, size=SEASON_CARDS, at=at, person_id=find_person_id()
        )
        shelves = memory.recall("shelves", lambda: shelf_queries.list_shelves(session))
    return render_template(
        "storefront/search/nothing.html",
        text=text,
        season=view_cards(season.rows),
        categories=view_doors(shelves.categories),
    )


def _find(asked: Asked, text: str) -> Found:
    desk: Desk = current_app.extensions[EXTENSION]
    try:
        hits = desk.search(text)
    except IndexUnavailableError as error:
        log.warning("search_index_unavailable", error=str(error))
        return Found(_by_name(asked, text))
    listed = asked.restricted(hits.codes) if hits.codes else None
    return Found(listed, hits.understood.readings, hits.is_relaxed)


def _by_name(asked: Asked, text: str) -> Asked:
    """Return the list of goods whose name or brand has the text, the recommended first."""
    sort = Sort.RECOMMENDED if asked.sort is Sort.RELEVANCE else asked.sort
    return replace(asked, wanted=replace(asked.wanted, text=text), sort=sort)
