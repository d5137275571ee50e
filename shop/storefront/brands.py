"""The brands of the register: all of them, and one with everything that may carry it now."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog.listing import brands as brand_queries
from catalog.listing import cards as card_queries
from catalog.listing.filters import Filter
from kernel import clock
from kernel.db import unit_of_work
from shop.security import find_person_id, public
from shop.storefront import memory
from shop.storefront.cards import view_cards
from shop.storefront.home import view_doors

pages = Blueprint("storefront_brands", __name__)
pages.record_once(lambda state: memory.init_app(state.app))

PAGE_SIZE = 24


@pages.get("/brands")
@public
def index() -> str:
    """List the brands of the register: those with goods on sale, then the others."""
    with unit_of_work() as session:
        rows = brand_queries.list_brands(session, at=clock.now())
    return render_template(
        "storefront/brands/index.html",
        brands=view_doors(row for row in rows if row.products),
        others=[row for row in rows if not row.products],
    )


@pages.get("/brands/<code>")
@public
def show(code: str) -> ResponseReturnValue:
    """Show one brand: who may carry it until when, and the goods that do."""
    key = request.args.get("key")
    at = clock.now()
    with unit_of_work() as session:
        brand = brand_queries.get_brand(session, code, at=at)
        licences = brand_queries.list_licences(session, code, at=at)
        page = card_queries.list_cards(
            session,
            Filter(brands=(code,)),
            key=key,
            size=PAGE_SIZE,
            at=at,
            person_id=find_person_id(),
        )
    here = url_for(".show", code=code)
    return render_template(
        "storefront/brands/show.html",
        brand=brand,
        licences=licences,
        cards=view_cards(page.rows),
        next_href=f"{here}?key={page.next_key}" if page.next_key else None,
        first_href=here if key else None,
    )
