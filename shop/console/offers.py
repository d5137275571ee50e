"""Coupons and campaigns the platform bears: make, stop, and how much of them is used."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from catalog import service as catalog
from kernel import audit, clock
from kernel.access import requires
from kernel.db import unit_of_work
from orders import queries as order_queries
from orders import service as orders
from parties.values import Role
from shop.console.acting import act, actor_code
from supplier_portal import offer_forms
from workflows import campaign_begun

pages = Blueprint("console_offers", __name__)


@pages.get("/offers")
@requires(Role.OPERATOR)
def index() -> str:
    """List the platform's coupons and campaigns, with forms for new ones."""
    with unit_of_work() as session:
        coupons = order_queries.list_coupon_rows(session, None)
        campaigns = order_queries.list_campaign_rows(session, None)
        skus = order_queries.list_priced_skus(session, None)
    return render_template(
        "console/offers/index.html",
        coupons=coupons,
        campaigns=campaigns,
        skus=skus,
        now=clock.now(),
    )


@pages.post("/offers/coupons")
@requires(Role.OPERATOR)
def make_coupon() -> ResponseReturnValue:
    """Make a coupon the platform bears."""
    new, at = offer_forms.read_coupon(None), clock.now()
    with unit_of_work() as session:
        orders.make_coupon(session, new, actor=actor_code(), at=at)
        audit.record(session, act("coupon_made", f"coupon:{new.code}", at=at))
    return _saved()


@pages.post("/offers/campaigns")
@requires(Role.OPERATOR)
def begin_campaign() -> ResponseReturnValue:
    """Begin a campaign the platform bears."""
    new, at = offer_forms.read_campaign(None), clock.now()
    with unit_of_work() as session:
        campaign_begun.begin(session, new, actor=actor_code(), at=at)
        audit.record(session, act("campaign_begun", f"campaign:{new.code}", at=at))
    return _saved()


@pages.post("/offers/coupons/<code>/stop")
@requires(Role.OPERATOR)
def stop_coupon(code: str) -> ResponseReturnValue:
    """Stop a coupon, whoever bears it."""
    at = clock.now()
    with unit_of_work() as session:
        orders.stop_coupon(session, code, seller_code=None, at=at)
        audit.record(session, act("coupon_stopped", f"coupon:{code}", at=at))
    return _saved()


@pages.post("/offers/campaigns/<code>/stop")
@requires(Role.OPERATOR)
def stop_campaign(code: str) -> ResponseReturnValue:
    """Stop a campaign, whoever bears it."""
    at = clock.now()
    with unit_of_work() as session:
        catalog.stop_campaign(session, code, seller_code=None, at=at)
        audit.record(session, act("campaign_stopped", f"campaign:{code}", at=at))
    return _saved()


def _saved() -> ResponseReturnValue:
    flash(_("已保存。已下单的价格不受影响。"), "success")
    return redirect(url_for(".index"))
