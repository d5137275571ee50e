"""Coupons: those there to be taken, and a buyer's own with their terms and ends."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import clock
from kernel.access import current_actor
from kernel.db import unit_of_work
from orders import queries as order_queries
from orders import service as orders
from orders.queries import Asked, WalletRow
from shop.security import find_person_id, public, signed_in

pages = Blueprint("storefront_coupons", __name__)

BACK = re.compile(r"/events/[a-z0-9-]{1,64}")
"""Pages beside the list of coupons from which one is taken."""
ENDED = frozenset({"coupon_over", "coupon_stopped", "coupon_used_up", "coupon_used_by_you"})


@dataclass(frozen=True, slots=True)
class Wallet:
    """A buyer's coupons by what can be done with them."""

    usable: Sequence[WalletRow]
    later: Sequence[WalletRow]
    used: Sequence[WalletRow]
    """Used as often as this buyer may, or for the last time before it ended."""
    ended: Sequence[WalletRow]
    """Over without having been used."""


@pages.get("/coupons")
@public
def centre() -> str:
    """Show coupons that whoever is signed in may take."""
    asked = Asked(clock.now(), find_person_id())
    with unit_of_work() as session:
        rows = order_queries.list_claimable(session, asked)
    return render_template("storefront/coupons/centre.html", rows=rows)


@pages.post("/coupons/<code>/take")
@signed_in
def take(code: str) -> ResponseReturnValue:
    """Take a coupon; taking it again changes nothing."""
    with unit_of_work() as session:
        orders.take_coupon(session, code, current_actor().person_id, at=clock.now())
    flash(_("已领取，结算时可以使用。"), "success")
    back = request.form.get("next", "")
    return redirect(back if BACK.fullmatch(back) else url_for(".centre"))


@pages.get("/account/coupons")
@signed_in
def index() -> str:
    """Show a buyer's own coupons: what they may use, what comes, what is over."""
    asked = Asked(clock.now(), current_actor().person_id)
    with unit_of_work() as session:
        rows = order_queries.list_wallet(session, asked)
    over = [row for row in rows if row.refused in ENDED]
    wallet = Wallet(
        [row for row in rows if not row.refused],
        [row for row in rows if row.refused == "coupon_not_yet"],
        [row for row in over if row.uses],
        [row for row in over if not row.uses],
    )
    return render_template("storefront/coupons/index.html", wallet=wallet)


@pages.post("/account/coupons")
@signed_in
def keep() -> ResponseReturnValue:
    """Put a coupon whose code a buyer knows among their own."""
    code = request.form.get("code", "").strip().upper()
    with unit_of_work() as session:
        orders.keep_coupon(session, code, current_actor().person_id, at=clock.now())
    flash(_("优惠券已放入我的优惠券。"), "success")
    return redirect(url_for(".index"))
