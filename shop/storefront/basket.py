"""The basket: goods of several sellers, with today's price, stock and shipping."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from orders import queries as order_queries
from orders import service as orders
from orders.values import Quote
from shop.security import public
from shop.storefront import session as browser
from workflows import checkout

pages = Blueprint("storefront_basket", __name__)


@pages.get("/basket")
@public
def show() -> str:
    """Show what is in the basket, by seller, with what it costs now."""
    quote = current_quote()
    return render_template("storefront/basket/show.html", quote=quote)


def current_quote() -> Quote | None:
    """Return what this browser's basket costs now, or None when it is empty."""
    token = browser.basket_token()
    if token is None:
        return None
    at = clock.now()
    with unit_of_work() as session:
        checkout.free_lapsed(session, at=at)
        lines = order_queries.list_basket(session, token, on=clock.local_date(at))
        quote = checkout.quote_lines(session, lines, at=at) if lines else None
    browser.remember_count(sum(line.quantity for line in lines))
    return quote


@pages.post("/basket/lines")
@public
def add() -> ResponseReturnValue:
    """Put packs of one SKU into the basket."""
    sku, quantity = request.form.get("sku", ""), quantity_of(request.form.get("quantity", "1"))
    at = clock.now()
    with unit_of_work() as session:
        token = browser.open_basket(session, at=at)
        orders.put_in_basket(session, token, sku, quantity, at=at)
        count = order_queries.count_basket(session, token)
    browser.remember_count(count)
    flash(_("已放入购物篮。"), "success")
    return redirect(url_for(".show"))


@pages.post("/basket/lines/<sku>")
@public
def change(sku: str) -> ResponseReturnValue:
    """Set the packs of one SKU; zero, or the button to remove, takes it out."""
    wanted = "0" if "remove" in request.form else request.form.get("quantity", "")
    quantity = quantity_of(wanted, allow_zero=True)
    at = clock.now()
    with unit_of_work() as session:
        token = browser.open_basket(session, at=at)
        orders.set_in_basket(session, token, sku, quantity, at=at)
        count = order_queries.count_basket(session, token)
    browser.remember_count(count)
    return redirect(url_for(".show"))


def quantity_of(text: str, *, allow_zero: bool = False) -> int:
    """Read a quantity a person typed; full-width digits are understood, nothing else is."""
    plain = text.strip().translate(str.maketrans("０１２３４５６７８９", "0123456789"))
    if not (plain.isascii() and plain.isdigit()) or len(plain) > len("9999"):
        raise InvalidError("quantity_not_whole", "a quantity is a whole number")
    quantity = int(plain)
    if quantity == 0 and not allow_zero:
        raise InvalidError("quantity_not_whole", "a quantity is a whole number")
    return quantity
