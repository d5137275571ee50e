"""Searching the goods: through an engine, or by name while none answers."""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

import structlog
from flask import Blueprint, render_template, request, url_for
from flask.sansio.app import App

from catalog.listing import shelves as shelf_queries
from catalog.listing.filters import Filter, Sort
from catalog.listing.shelves import Shelves
from catalog.search.analysis import MAX_QUERY, normalise
from catalog.search.answering import Answer
from catalog.search.engine import Desk, IndexUnavailableError
from catalog.search.port import EngineUnavailableError
from kernel import clock
from kernel.db import unit_of_work
from shop import operations
from shop.search_engines import readers
from shop.security import public
from shop.settings import Settings
from shop.storefront import asked as addresses
from shop.storefront import bodies, memory, searching
from shop.storefront import hits as hit_pages
from shop.storefront.asked import Asked
from shop.storefront.cards import view_cards
from shop.storefront.hits import EXTENSION, NAMES, Names
from shop.storefront.home import view_doors
from shop.storefront.listing import ListRows, Whither, find_whither, read_list, view_list

pages = Blueprint("storefront_search", __name__)

SEASON_CARDS = 4
LITERAL = "literal"
"""In the address: the words are searched for as they stand."""

log = structlog.get_logger()


def init_app(app: App) -> None:
    """Give the application its one search desk."""
    settings: Settings = app.extensions["shanji_settings"]
    app.extensions[EXTENSION] = Desk(readers(settings), tell=_tell)
    app.extensions[NAMES] = Names()
    memory.init_app(app)
    searching.init_app(app)


pages.record_once(lambda state: init_app(state.app))
pages.record_once(lambda state: bodies.init_app(state.app))


@dataclass(frozen=True, slots=True)
class ChipView:
    """One thing understood, with the address that takes it back."""

    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Found:
    """How a query was answered."""

    rows: ListRows | None
    """The page of hits; None where there are none."""
    readings: tuple[str, ...] = ()
    """Words that pinyin was read as."""
    is_relaxed: bool = False
    """Whether the hits have only a part of what was asked."""
    corrected: str = ""
    """What was searched for instead; the words themselves found nothing."""
    chips: tuple[ChipView, ...] = ()
    """What the query was understood to ask for beside goods."""


@pages.get("/search")
@public
def index() -> str:
    """List what was searched for; without hits, offer shelves and the season instead."""
    text = request.args.get("q", "").strip()[:MAX_QUERY]
    asked = addresses.read(url_for(".index"), request.args, default=Sort.RELEVANCE)
    found = _find(asked, text, at=clock.now()) if text else Found(None)
    if found.rows is None:
        return _show_nothing(text, found.chips)
    return render_template(
        "storefront/search/index.html",
        text=text,
        found=found,
        listing=view_list(asked, found.rows),
    )


def _show_nothing(text: str, chips: tuple[ChipView, ...] = ()) -> str:
    at = clock.now()
    wanted = Filter(is_seasonal=True, is_in_stock=True)
    season = bodies.recall(
        "season", lambda: hit_pages.list_some(wanted, size=SEASON_CARDS, at=at)
    )
    shelves = memory.recall("shelves", _read_shelves)
    return render_template(
        "storefront/search/nothing.html",
        text=text,
        chips=chips,
        season=view_cards(season),
        categories=view_doors(shelves.categories),
    )


def _read_shelves() -> Shelves:
    with unit_of_work() as session:
        return shelf_queries.list_shelves(session)


def _find(asked: Asked, text: str, *, at: datetime) -> Found:
    whither = hit_pages.find_beforehand(asked, at=at)
    try:
        hits, key = hit_pages.ask(
            asked,
            text,
            whither or Whither(),
            at=at,
            is_literal=request.args.get(LITERAL) == "1",
        )
    except IndexUnavailableError:
        by_name = _by_name(asked, text)
        with unit_of_work() as session:
            return Found(read_list(session, by_name, at=at))
    if not asked.key and not asked.is_filtered():
        searching.count(text, hits, at=at)
    if not hits.codes and not asked.is_filtered():
        return Found(None, chips=_chips(text, hits))
    with unit_of_work() as session:
        whither = whither or find_whither(session, at=at)
        rows = hit_pages.read_page(session, asked, text, hits, key, whither=whither, at=at)
    return Found(
        rows,
        hits.understood.readings,
        hits.is_relaxed,
        hits.corrected,
        () if hits.is_relaxed else _chips(text, hits),
    )


def _chips(text: str, hits: Answer) -> tuple[ChipView, ...]:
    """Return what was understood; each is taken back by leaving its words out."""
    plain = normalise(hits.corrected or text)
    return tuple(
        ChipView(chip.label, _without(plain, chip.words)) for chip in hits.understood.chips
    )


def _without(text: str, words: str) -> str:
    left = " ".join(text.replace(words, " ").split()).strip("的 ")
    return f"{url_for('.index')}?{urlencode({'q': left})}" if left else "/products"


def _tell(engine: str, error: EngineUnavailableError) -> None:
    """Say in the journal and in the figures that an engine could not answer."""
    operations.STOOD_IN.labels(engine).inc()
    log.warning("search_index_unavailable", engine=engine, error=str(error))


def _by_name(asked: Asked, text: str) -> Asked:
    """Return the list of goods whose name or brand has the text, the recommended first."""
    sort = Sort.RECOMMENDED if asked.sort is Sort.RELEVANCE else asked.sort
    return replace(asked.unplaced(), wanted=replace(asked.wanted, text=text), sort=sort)
