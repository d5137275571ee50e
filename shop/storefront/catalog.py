"""Browsing the goods: the list with its filters, and the page of one product."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog.listing import product as product_queries
from catalog.listing.cards import CardRow
from catalog.listing.contents import ContentRow, list_contents
from catalog.listing.filters import Filter
from catalog.listing.product import CertificateRow, OfferRow, ProductRow
from catalog.listing.transit import find_hours
from catalog.search.engine import IndexUnavailableError
from households import queries as household_queries
from kernel import clock
from kernel.db import unit_of_work
from kernel.postal import PROVINCES, Place
from shop.lapsed import free_lapsed
from shop.security import find_person_id, public
from shop.storefront import asked as addresses
from shop.storefront import (
    bodies,
    destination,
    hits,
    memory,
    offered,
    qr_code,
    seen,
    structured,
)
from shop.storefront.asked import Asked
from shop.storefront.cards import card_printer, picture, place_name, view_cards
from shop.storefront.disclosed import household_count, named_shares
from shop.storefront.figures import Figures, find_figures
from shop.storefront.labels import mark_labels
from shop.storefront.listing import ListRows, read_list, view_list
from shop.storefront.offered import Offered
from shop.storefront.split import PackSplit, expected_split

pages = Blueprint("storefront_catalog", __name__)
pages.record_once(lambda state: memory.init_app(state.app))
pages.record_once(lambda state: bodies.init_app(state.app))
pages.record_once(lambda state: state.app.jinja_env.globals.update(card_printer=card_printer))

SIMILAR = 4


@pages.get("/products")
@public
@bodies.for_guests
def index() -> str:
    """List what is on sale, narrowed and sorted as the address asks."""
    asked = addresses.read(url_for(".index"), request.args)
    listing = view_list(asked, _read_rows(asked, at=clock.now()))
    return render_template("storefront/catalog/index.html", listing=listing)


def _read_rows(asked: Asked, *, at: datetime) -> ListRows:
    """Read one page of goods: the engine of the search finds and counts them, as it can."""
    try:
        return hits.browse(asked, at=at)
    except IndexUnavailableError:
        asked = asked.unplaced()
    with unit_of_work() as session:
        return read_list(session, asked, at=at)


@pages.get("/products/<code>")
@public
def show(code: str) -> ResponseReturnValue:
    """Show one product: what it costs, where it grew, where the money goes."""
    page = _shown(code)
    seen.remember(code)
    return page


@bodies.for_guests
def _shown(code: str) -> str:
    page = _read(code)
    if page.product.has_lapsed and free_lapsed():
        page = _read(code)
    product, offers, certificates = page.product, page.offers, page.product.certificates
    shown = page.figures.disclosure
    return render_template(
        "storefront/catalog/show.html",
        product=product,
        claim_terms=page.figures.claims,
        picture=picture(product.picture),
        place=_place(product),
        offers=offers,
        boxes=_boxes(page),
        place_of=_place,
        prices=page.prices,
        marks=mark_labels(),
        chosen=next((offer for offer in offers if offer.available), None),
        has_lots=any(offer.lots for offer in offers),
        household_count=partial(household_count, shown=shown),
        certificates=certificates,
        certificate_rows=[_certificate_row(row) for row in certificates if not row.lot_code],
        batch_rows=[_certificate_row(row) for row in certificates if row.lot_code],
        split=page.split,
        split_parts=named_shares(page.split.shares) if page.split else [],
        similar=view_cards(page.similar),
        months=range(1, 13),
        destination=page.place,
        hours=page.hours,
        is_out_of_reach=_is_out_of_reach(product, page.place, page.hours),
        provinces=PROVINCES,
        month=clock.local_date(clock.now()).month,
        structured=structured.product_data(product, offers, page.prices),
        share_picture=structured.picture_address(product.picture),
        address=url_for(".show", code=code, _external=True),
    )


@pages.get("/products/<code>/qr.svg")
@public
def qr(code: str) -> ResponseReturnValue:
    """Draw the QR code that opens a product's page, for sharing and for price tags."""
    with unit_of_work() as session:
        product_queries.get_product(session, code, at=clock.now())
    return qr_code.answer(url_for(".show", code=code, _external=True), title=code)


@dataclass(frozen=True, slots=True)
class _Page:
    """What the page of a product needs of the database."""

    product: ProductRow
    offers: list[OfferRow]
    prices: dict[str, Offered]
    figures: Figures
    split: PackSplit | None
    place: Place
    hours: int | None
    similar: Sequence[CardRow]
    contents: Sequence[ContentRow]
    """Parts of its gift boxes; empty for everything else."""


def _read(code: str) -> _Page:
    at, who = clock.now(), find_person_id()
    today = clock.local_date(at)
    with unit_of_work() as session:
        product = product_queries.get_product(session, code, at=at, person_id=who)
        shelf = product_queries.list_offers(session, code, at=at, person_id=who)
        figures = memory.recall(("figures", today), lambda: find_figures(session, on=today))
        extra = figures.weighed_extra_percent
        prices = offered.read(session, shelf, extra_percent=extra, at=at)
        seller = product.seller_code
        terms = memory.recall(
            ("terms", seller, today),
            lambda: household_queries.find_terms(session, [seller], on=today),
        )
        place = destination.chosen_in(session)
        hours = find_hours(session, place, on=today) if place else None
        is_boxed = any(offer.boxes is not None for offer in shelf)
        contents = list_contents(session, code, at=at) if is_boxed else []
    offers = [_at_price(one, prices[one.code]) for one in shelf]
    inside = {code: now.inside for code, now in prices.items()}
    split = expected_split(offers, terms.get(seller), figures.disclosure, inside)
    similar = _similar(product, at=at)
    return _Page(product, offers, prices, figures, split, place, hours, similar, contents)


def _similar(product: ProductRow, *, at: datetime) -> Sequence[CardRow]:
    """Return other goods of a product's category; the same few for all its products."""
    category = product.category_code
    first = bodies.recall(
        ("similar", category),
        lambda: hits.list_some(Filter(categories=(category,)), size=SIMILAR + 1, at=at),
    )
    return [card for card in first if card.code != product.code][:SIMILAR]


def _at_price(offer: OfferRow, now: Offered) -> OfferRow:
    """Return an SKU with what is divided of its price, and what a presale has left of it."""
    return replace(offer, price_minor=now.base_minor, presale_left=now.presale_left)


def _is_out_of_reach(product: ProductRow, place: Place, hours: int | None) -> bool:
    """Say whether goods with a limit would not arrive in time at a chosen place."""
    if not place or product.limit_hours is None:
        return False
    return hours is None or hours > product.limit_hours


def _boxes(page: _Page) -> list[tuple[str, list[ContentRow]]]:
    """Return the gift boxes on sale, by what each is called, with what is inside."""
    parts: dict[str, list[ContentRow]] = {}
    for part in page.contents:
        parts.setdefault(part.box_code, []).append(part)
    return [(offer.spec, parts[offer.code]) for offer in page.offers if offer.code in parts]


def _place(product: ProductRow | ContentRow) -> str:
    names = (
        place_name(product.district_name, product.district_pinyin),
        place_name(product.township_name or "", product.township_pinyin),
        place_name(product.village_name or "", product.village_pinyin),
    )
    return " ".join(filter(None, names))


def _certificate_row(row: CertificateRow) -> tuple[str, str, date, date | None, bool, str]:
    ended = (row.valid_from, row.valid_to, row.is_valid)
    return row.type_code, row.number, *ended, row.paper_code or ""
