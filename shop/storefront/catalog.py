"""Browsing the goods: the list with its filters, and the page of one product."""

from dataclasses import replace
from datetime import date
from functools import partial

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog.listing import cards as card_queries
from catalog.listing import product as product_queries
from catalog.listing.filters import Filter
from catalog.listing.product import CertificateRow, OfferRow, ProductRow
from catalog.listing.transit import find_hours
from households import queries as household_queries
from kernel import clock
from kernel.db import unit_of_work
from kernel.policy import find_disclosure
from kernel.postal import PROVINCES, Place
from shop.lapsed import free_lapsed
from shop.security import find_person_id, public
from shop.storefront import asked as addresses
from shop.storefront import destination, memory, offered
from shop.storefront.cards import picture, place_name, view_cards
from shop.storefront.disclosed import household_count, named_shares
from shop.storefront.listing import read_list, view_list
from shop.storefront.offered import Offered
from shop.storefront.returns import terms_today
from shop.storefront.split import expected_split

pages = Blueprint("storefront_catalog", __name__)
pages.record_once(lambda state: memory.init_app(state.app))

SIMILAR = 4


@pages.get("/products")
@public
def index() -> str:
    """List what is on sale, narrowed and sorted as the address asks."""
    asked = addresses.read(url_for(".index"), request.args)
    with unit_of_work() as session:
        rows = read_list(session, asked, at=clock.now())
    listing = view_list(asked, rows)
    return render_template("storefront/catalog/index.html", listing=listing)


@pages.get("/products/<code>")
@public
def show(code: str) -> ResponseReturnValue:
    """Show one product: what it costs, where it grew, where the money goes."""
    free_lapsed()
    at = clock.now()
    today, who = clock.local_date(at), find_person_id()
    with unit_of_work() as session:
        product = product_queries.get_product(session, code, at=at)
        shelf = product_queries.list_offers(session, code, at=at, person_id=who)
        prices = offered.read(session, [offer.code for offer in shelf], at=at)
        offers = [_at_price(one, prices[one.code]) for one in shelf]
        certificates = product_queries.list_certificates(session, code, at=at)
        seller = product.seller_code
        terms = household_queries.find_terms(session, [seller], on=today)
        alike = Filter(categories=(product.category_code,), without=(code,))
        shown = memory.recall(("disclosure", today), lambda: find_disclosure(session, on=today))
        place = destination.chosen_in(session)
        hours = find_hours(session, place, on=today) if place else None
        similar = card_queries.list_cards(session, alike, size=SIMILAR, at=at, person_id=who)
    inside = {code: now.inside for code, now in prices.items()}
    split = expected_split(offers, terms.get(seller), shown, inside)
    return render_template(
        "storefront/catalog/show.html",
        product=product,
        claim_terms=terms_today(),
        picture=picture(product.picture),
        place=_place(product),
        offers=offers,
        prices=prices,
        chosen=next((offer for offer in offers if offer.available), None),
        has_lots=any(offer.lots for offer in offers),
        household_count=partial(household_count, shown=shown),
        certificates=certificates,
        certificate_rows=[_certificate_row(row) for row in certificates if not row.lot_code],
        batch_rows=[_certificate_row(row) for row in certificates if row.lot_code],
        split=split,
        split_parts=named_shares(split.shares) if split else [],
        similar=view_cards(similar.rows),
        months=range(1, 13),
        destination=place,
        hours=hours,
        is_out_of_reach=_is_out_of_reach(product, place, hours),
        provinces=PROVINCES,
        month=today.month,
    )


def _at_price(offer: OfferRow, now: Offered) -> OfferRow:
    """Return an SKU with what is divided of its price, and what a presale has left of it."""
    return replace(offer, price_minor=now.base_minor, presale_left=now.presale_left)


def _is_out_of_reach(product: ProductRow, place: Place, hours: int | None) -> bool:
    """Say whether goods with a limit would not arrive in time at a chosen place."""
    if not place or product.limit_hours is None:
        return False
    return hours is None or hours > product.limit_hours


def _place(product: ProductRow) -> str:
    names = (
        place_name(product.district_name, product.district_pinyin),
        place_name(product.township_name or "", product.township_pinyin),
        place_name(product.village_name or "", product.village_pinyin),
    )
    return " ".join(filter(None, names))


def _certificate_row(row: CertificateRow) -> tuple[str, str, date, date | None, bool]:
    return row.type_code, row.number, row.valid_from, row.valid_to, row.is_valid
