"""Goods a signed-in person keeps in mind, and the heart that puts them there."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from catalog import service as catalog
from catalog.listing import favourites as favourite_queries
from catalog.listing import product as product_queries
from kernel import clock
from kernel.access import current_actor
from kernel.db import unit_of_work
from shop.security import signed_in
from shop.storefront import seen
from shop.storefront.cards import view_cards

pages = Blueprint("storefront_favourites", __name__)


@pages.get("/account/favourites")
@signed_in
def index() -> str:
    """Show what the signed-in person keeps in mind, and what of it is not sold any more."""
    person_id = current_actor().person_id
    with unit_of_work() as session:
        kept = favourite_queries.list_favourites(session, person_id)
        rows = seen.list_of(session, [row.code for row in kept], at=clock.now())
    on_sale = {row.code for row in rows}
    return render_template(
        "storefront/favourites/index.html",
        cards=view_cards(rows),
        gone=[row for row in kept if row.code not in on_sale],
    )


@pages.post("/products/<code>/favourite")
@signed_in
def keep(code: str) -> ResponseReturnValue:
    """Keep a product in mind, or forget it."""
    person_id, at = current_actor().person_id, clock.now()
    is_kept = request.form.get("keep") != "0"
    with unit_of_work() as session:
        if is_kept:
            product_queries.get_product(session, code, at=at)
            catalog.keep_favourite(session, person_id, code, at=at)
        else:
            catalog.drop_favourite(session, person_id, code)
    flash(_("已收藏。") if is_kept else _("已取消收藏。"), "success")
    if request.form.get("next") == url_for(".index"):
        return redirect(url_for(".index"))
    return redirect(url_for("storefront_catalog.show", code=code))
