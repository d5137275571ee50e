"""The basket: goods of several sellers, with today's price, stock and shipping."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from kernel.postal import NOWHERE, PROVINCES, Place
from orders import queries as order_queries
from orders import service as orders
from orders.errors import BasketEmptyError
from orders.queries import Absence, Asked
from orders.values import CouponTerms, Quote
from shop.lapsed import free_lapsed
from shop.security import find_actor, public
from shop.storefront import destination
from shop.storefront import session as browser
from shop.storefront.returns import terms_today
from workflows import checkout
from workflows.pricing import Wanted

pages = Blueprint("storefront_basket", __name__)


@pages.get("/basket")
@public
def show() -> str:
    """Show what is in the basket, by seller, with what it costs now."""
    quote = current_quote()
    own = own_coupons() if quote else []
    return render_template(
        "storefront/basket/show.html",
        quote=quote,
        own_coupons=own,
        absences=absences(quote),
        claim_terms=terms_today(),
        place=quote.place if quote else NOWHERE,
        provinces=PROVINCES,
    )


def absences(quote: Quote | None) -> dict[str, str]:
    """Return by SKU code, for goods of which nothing is left, why and what to do."""
    gone = (
        [line for line in quote.lines if line.is_short and not line.available] if quote else []
    )
    if not gone:
        return {}
    with unit_of_work() as session:
        why = order_queries.list_absences(
            session, [line.sku_id for line in gone], at=clock.now()
        )
    sentences = {
        Absence.SELLER_SUSPENDED: _("商家已暂停营业，请移出购物篮。"),
        Absence.NOT_OFFERED: _("商品已下架，请移出购物篮。"),
        Absence.CERTIFICATE_ENDED: _("商品证书已到期，续期前不能购买，请移出购物篮。"),
        Absence.SEASON_OVER: _("本季已结束，请移出购物篮，下一季再来。"),
        Absence.SOLD_OUT: _("已售完，请移出购物篮。"),
    }
    return {line.sku_code: sentences[why[line.sku_id]] for line in gone}


def current_quote(to: Place | None = None) -> Quote | None:
    """Return what this browser's basket costs now, or None when it is empty.

    It goes to a place that is given, else to the one that was chosen.
    """
    token = browser.basket_token()
    if token is None:
        return None
    place = destination.chosen() if to is None else to
    wanted = Wanted(person_id=person_id(), basket_token=token, place=place)
    free_lapsed()
    with unit_of_work() as session:
        try:
            quote = checkout.quote(session, wanted, at=clock.now())
        except BasketEmptyError:
            quote = None
    items = [item for order in quote.orders for item in order.items] if quote else []
    browser.remember_count(sum(item.quantity for item in items))
    return quote


def person_id() -> int | None:
    """Return who is signed in."""
    actor = find_actor()
    return actor.person_id if actor else None


def own_coupons() -> list[CouponTerms]:
    """Return the coupons the signed-in person was given and may use now."""
    asked = Asked(clock.now(), person_id())
    with unit_of_work() as session:
        return order_queries.list_own_coupons(session, asked)


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


@pages.post("/basket/coupons")
@public
def add_coupon() -> ResponseReturnValue:
    """Put a coupon to the basket by its code; what it takes off stands with the sums."""
    code = request.form.get("code", "").strip().upper()
    at = clock.now()
    with unit_of_work() as session:
        token = browser.open_basket(session, at=at)
        orders.put_coupon_to_basket(session, token, code)
    return redirect(_back())


@pages.post("/basket/coupons/remove")
@public
def remove_coupon() -> ResponseReturnValue:
    """Take a coupon away from the basket."""
    token = browser.basket_token()
    if token is not None:
        with unit_of_work() as session:
            orders.take_coupon_from_basket(session, token, request.form.get("code", ""))
    return redirect(_back())


def _back() -> str:
    is_checkout = request.form.get("next") == "/checkout"
    return url_for("storefront_checkout.show" if is_checkout else ".show")


def quantity_of(text: str, *, allow_zero: bool = False) -> int:
    """Read a quantity a person typed; full-width digits are understood, nothing else is."""
    plain = text.strip().translate(str.maketrans("０１２３４５６７８９", "0123456789"))
    if not (plain.isascii() and plain.isdigit()) or len(plain) > len("9999"):
        raise InvalidError("quantity_not_whole", "a quantity is a whole number")
    quantity = int(plain)
    if quantity == 0 and not allow_zero:
        raise InvalidError("quantity_not_whole", "a quantity is a whole number")
    return quantity
