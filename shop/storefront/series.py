"""A series: everything of it on sale, side by side."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog.listing import cards as card_queries
from catalog.listing import series as series_queries
from catalog.listing.filters import Filter, Sort
from kernel import clock
from kernel.db import unit_of_work
from shop.security import find_person_id, public
from shop.storefront.cards import view_cards

pages = Blueprint("storefront_series", __name__)

PAGE_SIZE = 24


@pages.get("/series/<int:number>")
@public
def show(number: int) -> ResponseReturnValue:
    """Show one series with its goods, the cheapest first."""
    key = request.args.get("key")
    with unit_of_work() as session:
        series = series_queries.get_series(session, number)
        page = card_queries.list_cards(
            session,
            Filter(series=number),
            sort=Sort.PRICE_UP,
            key=key,
            size=PAGE_SIZE,
            at=clock.now(),
            person_id=find_person_id(),
        )
    here = url_for(".show", number=number)
    return render_template(
        "storefront/series/show.html",
        series=series,
        cards=view_cards(page.rows),
        next_href=f"{here}?key={page.next_key}" if page.next_key else None,
        first_href=here if key else None,
    )
