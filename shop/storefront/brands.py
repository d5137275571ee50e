"""The brands of the district's goods: all of them, and one with everything that carries it."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog.listing import cards as card_queries
from catalog.listing import shelves as shelf_queries
from catalog.listing.filters import Filter
from catalog.listing.shelves import ShelfRow
from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import NotFoundError
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
    """List the brands that have goods on sale, the largest first."""
    with unit_of_work() as session:
        shelves = memory.recall("shelves", lambda: shelf_queries.list_shelves(session))
    return render_template(
        "storefront/brands/index.html", brands=view_doors(named(shelves.brands))
    )


@pages.get("/brands/<name>")
@public
def show(name: str) -> ResponseReturnValue:
    """Show one brand: its goods, from where they come, who sells them."""
    key = request.args.get("key")
    with unit_of_work() as session:
        shelves = memory.recall("shelves", lambda: shelf_queries.list_shelves(session))
        brand = next((row for row in named(shelves.brands) if row.code == name), None)
        if brand is None:
            raise NotFoundError("brand_not_found", f"no brand {name}")
        page = card_queries.list_cards(
            session,
            Filter(brand=brand.code),
            key=key,
            size=PAGE_SIZE,
            at=clock.now(),
            person_id=find_person_id(),
        )
    here = url_for(".show", name=brand.code)
    return render_template(
        "storefront/brands/show.html",
        brand=brand,
        cards=view_cards(page.rows),
        sellers=sorted({row.seller_name for row in page.rows}),
        next_href=f"{here}?key={page.next_key}" if page.next_key else None,
        first_href=here if key else None,
    )


def named(rows: tuple[ShelfRow, ...]) -> list[ShelfRow]:
    """Return the brands that are names; the sample writes what has none in brackets."""
    return [row for row in rows if not row.name.startswith("(")]
