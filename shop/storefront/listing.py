"""One page of a list of products: cards, counts, choices made and the way on."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from catalog.listing import cards as card_queries
from catalog.listing import facets as facet_queries
from catalog.listing.cards import CardRow
from catalog.listing.facets import Facets, FacetValue
from catalog.listing.filters import ENDLESS, Filter, price_band
from catalog.listing.transit import find_hours
from catalog.values.papers import BRANDED
from kernel.clock import local_date
from kernel.paging import Page
from kernel.postal import NOWHERE, PROVINCES, Place
from shop.i18n import GRAMS_PER_KILOGRAM, MINOR_PER_YUAN, bilingual, kilograms
from shop.security import find_person_id
from shop.storefront import destination, memory
from shop.storefront.asked import FACETS, Asked
from shop.storefront.cards import CardView, Way, place_name, view_cards
from shop.storefront.labels import certificate_labels, mark_labels, storage_labels

# Name in the address → facet of the counts, in the order in which they stand.
COUNTED = {
    "category": "category",
    "kind": "kind",
    "township": "place",
    "village": "village",
    "brand": "brand",
    "attr": "tag",
    "certificate": "certificate",
    "origin": "mark",
    "storage": "storage",
}
# How many values stand open; there are at most some fifteen categories, but places are many.
SHOWN = {"category": 16, "kind": 12}
OPEN = 6
MANY = 12
WITHIN = {"kind": "category", "village": "township"}
"""Facets whose many values stand there only within a choice of another."""


@dataclass(frozen=True, slots=True)
class ListRows:
    """What the database answered; two statements, one while the counts are remembered."""

    page: Page[CardRow]
    facets: Facets
    place: Place = NOWHERE
    """Where goods are to go, where somebody chose that."""
    hours: int | None = None


@dataclass(frozen=True, slots=True)
class Whither:
    """Where goods are to go, and how long that takes."""

    place: Place = NOWHERE
    hours: int | None = None


def find_whither(session: Session, *, at: datetime) -> Whither:
    """Return where goods are to go, where somebody chose that; two statements at most."""
    place = destination.chosen_in(session)
    hours = find_hours(session, place, on=local_date(at)) if place else None
    return Whither(place, hours)


@dataclass(frozen=True, slots=True)
class OptionView:
    """One value of a facet."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FacetView:
    """The values of one facet: those shown at once, those behind a press."""

    name: str
    legend: str
    """What it is called where the register says so; else empty."""
    shown: list[OptionView]
    more: list[OptionView]


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """A choice that narrows the list, with the address that takes it back."""

    name: str
    value: str
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class BandView:
    """One band of prices, with the address that narrows the list to it or takes it back."""

    label: str
    count: int
    href: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ListView:
    """A list ready to print."""

    asked: Asked
    cards: list[CardView]
    total: int
    recognised: int
    in_stock: int
    facets: list[FacetView]
    bands: list[BandView]
    choices: list[ChoiceView]
    next_href: str | None
    first_href: str | None
    place: Place = NOWHERE
    hours: int | None = None
    provinces: tuple[str, ...] = PROVINCES


def read_list(session: Session, asked: Asked, *, at: datetime) -> ListRows:
    """Read one page and its counts; counts not of prices may be half a minute old."""
    whither = find_whither(session, at=at)
    place, hours = whither.place, whither.hours
    wanted = asked.wanted
    if place and wanted.is_reachable:
        wanted = replace(wanted, way_hours=ENDLESS if hours is None else hours)
    page = card_queries.list_cards(
        session,
        wanted,
        sort=asked.sort,
        key=asked.key,
        size=asked.size,
        at=at,
        person_id=find_person_id(),
    )
    return ListRows(page, count(session, wanted, at=at), place, hours)


def count(session: Session, wanted: Filter, *, at: datetime) -> Facets:
    """Return the counts of a filter, remembered for a short time.

    Prices change at the moment a campaign begins or ends: what is narrowed by price is counted
    anew, for whoever looks.
    """
    if wanted.min_minor is not None or wanted.max_minor is not None:
        return facet_queries.count_facets(session, wanted, at=at, person_id=find_person_id())
    return memory.recall(
        ("facets", wanted, local_date(at)),
        lambda: facet_queries.count_facets(session, wanted, at=at),
    )


def view_list(asked: Asked, rows: ListRows) -> ListView:
    """Return a list ready to print in the reader's language."""
    next_key = rows.page.next_key
    recognised, in_stock = (
        sum(value.count for value in rows.facets.values[facet])
        for facet in ("recognised", "stock")
    )
    return ListView(
        asked=asked,
        cards=view_cards(rows.page.rows, Way(bool(rows.place), rows.hours)),
        place=rows.place,
        hours=rows.hours,
        total=rows.facets.total,
        recognised=recognised,
        in_stock=in_stock,
        facets=[facet for name in COUNTED for facet in _facets(asked, rows.facets, name)],
        bands=_bands(asked, rows.facets),
        choices=_choices(asked, rows),
        next_href=asked.address(key=next_key) if next_key else None,
        first_href=asked.address() if asked.key else None,
    )


def _facets(asked: Asked, facets: Facets, name: str) -> Iterator[FacetView]:
    """Yield the facet of a name, or one for each attribute; none that says nothing."""
    chosen = getattr(asked.wanted, FACETS[name])
    groups: dict[str, list[OptionView]] = {}
    for value in facets.values[COUNTED[name]]:
        # A brand has a facet of its own.
        if (value.count and value.code not in BRANDED) or value.code in chosen:
            option = OptionView(
                value.code, _label(name, value), value.count, value.code in chosen
            )
            groups.setdefault(bilingual(value.group, value.group_en), []).append(option)
    for legend, options in groups.items():
        is_within = bool(chosen) or name not in WITHIN
        if is_within or getattr(asked.wanted, FACETS[WITHIN[name]]) or len(options) <= MANY:
            yield _facet(name, legend, options)


def _facet(name: str, legend: str, options: list[OptionView]) -> FacetView:
    shown = [
        option
        for place, option in enumerate(options)
        if place < SHOWN.get(name, OPEN) or option.is_chosen
    ]
    return FacetView(name, legend, shown, [option for option in options if option not in shown])


def _bands(asked: Asked, facets: Facets) -> list[BandView]:
    """Return the bands of prices that have goods, or were chosen."""
    views = []
    for value in facets.values["price"]:
        low, high = price_band(int(value.code))
        is_chosen = (asked.wanted.min_minor, asked.wanted.max_minor) == (low, high)
        if value.count or is_chosen:
            bounds = ("", "") if is_chosen else (_yuan(low), _yuan(high))
            views.append(
                BandView(_band(low, high), value.count, asked.between(*bounds), is_chosen)
            )
    return views


def _band(low: int | None, high: int | None) -> str:
    if low is None:
        label = _("%(yuan)s 元以下", yuan=_yuan((high or 0) + 1))
    elif high is None:
        label = _("%(yuan)s 元以上", yuan=_yuan(low))
    else:
        label = _("%(low)s–%(high)s 元", low=_yuan(low), high=_yuan(high + 1))
    return str(label)


def _yuan(minor: int | None) -> str:
    """Return fen as they stand in an address: 30, or 59.99."""
    if minor is None:
        return ""
    yuan, cents = divmod(minor, MINOR_PER_YUAN)
    return f"{yuan}.{cents:02d}" if cents else str(yuan)


def _label(name: str, value: FacetValue) -> str:
    if name in ("township", "village"):
        return place_name(value.name, value.name_en)
    words = {
        "storage": storage_labels,
        "certificate": certificate_labels,
        "origin": mark_labels,
    }
    if name in words:
        return words[name]().get(value.code, value.code)
    return bilingual(value.name, value.name_en)


def _choices(asked: Asked, rows: ListRows) -> list[ChoiceView]:
    chosen = [pair for pair in asked.pairs if pair[0] not in {"q", "sort", "per"}]
    if not chosen:
        return []
    facets = {name for name, _value in chosen} & COUNTED.keys()
    names = {
        (name, value.code): _label(name, value)
        for name in facets
        for value in rows.facets.values[COUNTED[name]]
    }
    names |= _names_on_cards(asked.wanted, rows)
    words = {
        "weight": _weight(asked.wanted.grams),
        "recognised": _("帮扶产品"),
        "season": _("当季"),
        "stock": _("有货"),
        "cold": _("冷链"),
        "reach": _("能送到"),
    }
    prices = {
        "min": _("%(yuan)s 元以上", yuan="{}"),
        "max": _("%(yuan)s 元以下", yuan="{}"),
    }
    return [
        ChoiceView(
            name,
            value,
            prices[name].format(value)
            if name in prices
            else words.get(name) or names.get((name, value), value),
            asked.without(name, value),
        )
        for name, value in chosen
    ]


def _names_on_cards(wanted: Filter, rows: ListRows) -> dict[tuple[str, str], str]:
    """Name the seller a list is narrowed to, as its own cards do."""
    if not rows.page.rows:
        return {}
    return {("seller", wanted.seller): rows.page.rows[0].seller_name}


def _weight(grams: int | None) -> str:
    """Return what a pack has to weigh, as it is said."""
    if not grams:
        return ""
    said = kilograms(grams) if grams >= GRAMS_PER_KILOGRAM else f"{grams} g"
    return str(_("每包 %(weight)s", weight=said))
