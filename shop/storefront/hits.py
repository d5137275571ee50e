"""One page of what a search found: the engine's order and counts, the database's cards.

The engine says which goods there are and counts them all; the database shows one page of them
as they are at this moment. Where the two differ for a second, the database counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock

from flask import current_app
from sqlalchemy.orm import Session

from catalog.listing import cards as card_queries
from catalog.listing import facets as facet_queries
from catalog.listing.cards import CardRow
from catalog.listing.facets import FacetNames, Facets
from catalog.listing.filters import ENDLESS, Filter, Sort
from catalog.search.answering import Answer as Hits
from catalog.search.answering import Wanted
from catalog.search.engine import Desk, IndexUnavailableError
from catalog.search.port import YES, Facet, Filters, Found, Switch
from kernel.clock import local_date
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from kernel.paging import Page, decode_key, encode_key
from shop.security import find_person_id
from shop.storefront import searching
from shop.storefront.asked import PLACE, Asked, is_place
from shop.storefront.listing import ListRows, Whither, count, find_whither

EXTENSION = "search_desk"
NAMES = "search_names"
DEPTH = 10_000
"""How far into what was found anybody can turn the pages."""

COUNTED = tuple(facet for facet in Facet if facet is not Facet.SELLER)


@dataclass(frozen=True, slots=True)
class Key:
    """Behind which product a page begins; its place counts where it is found no more."""

    place: int = 0
    code: str = ""


class Names:
    """What values of facets are called, for as long as the index stays as it is."""

    def __init__(self) -> None:
        """Know no name yet."""
        self._lock = Lock()
        self._state = ""
        self._names: FacetNames | None = None

    def recall(self, session: Session, state: str) -> FacetNames:
        """Return the names; asks the database once for every state of the index."""
        with self._lock:
            if self._names is not None and self._state == state:
                return self._names
        names = facet_queries.read_names(session)
        with self._lock:
            self._names, self._state = names, state
        return names


def browse(asked: Asked, *, at: datetime) -> ListRows:
    """Read one page of all goods that are on sale as asked.

    Raises `IndexUnavailableError`, and `InvalidError` for a page key that is none.
    """
    whither = find_beforehand(asked, at=at)
    hits, key = ask(asked, "", whither or Whither(), at=at)
    with unit_of_work() as session:
        whither = whither or find_whither(session, at=at)
        return read_page(session, asked, "", hits, key, whither=whither, at=at)


def list_some(wanted: Filter, *, size: int, at: datetime) -> Sequence[CardRow]:
    """Return the first few goods as the shop recommends them.

    Without an engine they come from the tables. No transaction may be open: an engine may open
    one of its own.
    """
    desk: Desk = current_app.extensions[EXTENSION]
    asked = Wanted(
        on=local_date(at),
        filters=filters_of(wanted, Whither()),
        grams=wanted.grams,
        sort=Sort.RECOMMENDED,
        limit=2 * size,
    )
    try:
        wanted = replace(wanted, codes=desk.browse(asked).codes)
        sort = Sort.RELEVANCE
    except IndexUnavailableError:
        sort = Sort.RECOMMENDED
    with unit_of_work() as session:
        page = card_queries.list_cards(
            session, wanted, sort=sort, size=size, at=at, person_id=find_person_id()
        )
    return page.rows


def find_beforehand(asked: Asked, *, at: datetime) -> Whither | None:
    """Return where goods are to go if that narrows the list; engines are asked with it."""
    if not asked.wanted.is_reachable:
        return None
    with unit_of_work() as session:
        return find_whither(session, at=at)


def ask(
    asked: Asked, text: str, whither: Whither, *, at: datetime, is_literal: bool = False
) -> tuple[Hits, Key]:
    """Ask the desk for what the page shows and all before it.

    Raises `IndexUnavailableError`, and `InvalidError` for a page key that is none.
    """
    key = _key(asked.key)
    desk: Desk = current_app.extensions[EXTENSION]
    wanted = Wanted(
        on=local_date(at),
        filters=filters_of(asked.wanted, whither),
        facets=COUNTED,
        sort=asked.sort,
        limit=min(key.place + 2 * asked.size + 1, DEPTH),
        paired_with=searching.paired_places(at=at) if text else frozenset(),
        is_literal=is_literal,
        grams=asked.wanted.grams,
    )
    if not text:
        return desk.browse(wanted), key
    return desk.search(text, wanted, searching.terms(at=at)), key


def read_page(
    session: Session,
    asked: Asked,
    text: str,
    hits: Hits,
    key: Key,
    *,
    whither: Whither,
    at: datetime,
) -> ListRows:
    """Read the cards of one page of hits; one statement, and one for names that are new."""
    codes = hits.codes
    start = codes.index(key.code) + 1 if key.code in codes else min(key.place, len(codes))
    window = codes[start : start + 2 * asked.size + 1]
    cards = _cards(session, asked, window, whither, at=at)
    page = _cut(cards, codes, asked.size)
    shown = [card.code for card in cards.rows]
    if shown != list(window[: len(shown)]) or len(shown) < min(asked.size, len(window)):
        facets = _recount(session, asked, text, whither, at=at)
    else:
        names: Names = current_app.extensions[NAMES]
        facets = _named(hits.found, asked.wanted, names.recall(session, hits.found.state))
    return ListRows(page, facets, whither.place, whither.hours)


def filters_of(wanted: Filter, whither: Whither) -> Filters:
    """Return what narrows a list as engines are asked for it."""
    singles = {
        Facet.SELLER: wanted.seller,
        Facet.RECOGNISED: YES if wanted.is_recognised else "",
    }
    chosen = {
        Facet.CATEGORY: wanted.categories,
        Facet.KIND: wanted.kinds,
        Facet.VILLAGE: wanted.villages,
        Facet.BRAND: wanted.brands,
        Facet.MARK: wanted.marks,
        Facet.TAG: wanted.tags,
        Facet.PLACE: wanted.places,
        Facet.STORAGE: wanted.storages,
        Facet.CERTIFICATE: wanted.certificates,
        **{facet: (value,) for facet, value in singles.items() if value},
    }
    switches = {
        Switch.IN_STOCK: wanted.is_in_stock,
        Switch.COLD: wanted.is_cold,
        Switch.SEASONAL: wanted.is_seasonal,
    }
    return Filters(
        chosen={facet: values for facet, values in chosen.items() if values},
        switches=frozenset(switch for switch, is_on in switches.items() if is_on),
        min_minor=wanted.min_minor,
        max_minor=wanted.max_minor,
        way_hours=_way_hours(wanted, whither),
        without=wanted.without,
    )


def _way_hours(wanted: Filter, whither: Whither) -> int | None:
    if not (wanted.is_reachable and whither.place):
        return None
    return ENDLESS if whither.hours is None else whither.hours


def _cards(
    session: Session, asked: Asked, window: Sequence[str], whither: Whither, *, at: datetime
) -> Page[CardRow]:
    """Return the cards of a window of hits, in its order, that are on sale as asked."""
    wanted = replace(
        asked.wanted, codes=tuple(window), way_hours=_way_hours(asked.wanted, whither)
    )
    return card_queries.list_cards(
        session,
        wanted,
        sort=Sort.RELEVANCE,
        size=asked.size,
        at=at,
        person_id=find_person_id(),
    )


def _cut(cards: Page[CardRow], codes: Sequence[str], size: int) -> Page[CardRow]:
    """Return the page with the key of the next: the last card and its place among all hits."""
    if not cards.rows:
        return Page(cards.rows, None)
    last = cards.rows[-1].code
    place = codes.index(last) + 1
    is_more = cards.next_key is not None or (len(cards.rows) == size and place < len(codes))
    return Page(
        cards.rows, encode_key(place, PLACE + last) if is_more and place < DEPTH else None
    )


def _recount(
    session: Session, asked: Asked, text: str, whither: Whither, *, at: datetime
) -> Facets:
    """Count in the database what an index that is behind has counted wrongly."""
    wanted = replace(asked.wanted, way_hours=_way_hours(asked.wanted, whither))
    if text:
        desk: Desk = current_app.extensions[EXTENSION]
        bare = Wanted(on=local_date(at), sort=Sort.NEWEST, limit=DEPTH)
        found = desk.search(text, bare, searching.terms(at=at, session=session))
        wanted = replace(wanted, codes=found.codes)
    return count(session, wanted, at=at)


def _named(found: Found, wanted: Filter, names: FacetNames) -> Facets:
    counts = {facet.value: counted for facet, counted in found.counts.items()}
    return facet_queries.named(found.total, counts, wanted, names)


def _key(text: str | None) -> Key:
    if not text or not is_place(text):
        return Key()
    place, code = decode_key(text, int, str)
    if not 0 <= place <= DEPTH:
        raise InvalidError("page_key_invalid", "this page address is not valid")
    return Key(place, code.removeprefix(PLACE))
