"""Coupons and campaigns the platform bears: make, stop, and how much of them is used."""

import re

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from catalog import service as catalog
from kernel import audit, clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from orders import queries as order_queries
from orders import service as orders
from orders.errors import CouponNotFoundError
from orders.queries import CouponRow
from parties import queries as people
from parties.values import Role
from shop.console.acting import MAX_WORD, act, actor_code
from supplier_portal import offer_forms
from workflows import campaign_begun

pages = Blueprint("console_offers", __name__)

MOST_LOGINS = 200


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


@pages.post("/offers/campaigns/preview")
@requires(Role.OPERATOR)
def preview() -> str:
    """Show what buyers would see and what the platform would bear, before it is published."""
    new = offer_forms.read_campaign(None)
    with unit_of_work() as session:
        rows = campaign_begun.preview(session, new, at=clock.now())
    return render_template(
        "console/offers/preview.html",
        new=new,
        rows=rows,
        given=offer_forms.campaign_as_typed(),
    )


@pages.get("/offers/coupons/<code>")
@requires(Role.OPERATOR)
def show_coupon(code: str) -> str:
    """Show one coupon of the platform, with the form to give it to people."""
    with unit_of_work() as session:
        row = _coupon(session, code)
    return render_template("console/offers/show_coupon.html", row=row, now=clock.now())


@pages.post("/offers/coupons/<code>/give")
@requires(Role.OPERATOR)
def give_coupon(code: str) -> ResponseReturnValue:
    """Give a coupon of the platform to people by login, and to the staff of an organisation.

    Nobody gets it while one of the logins is not known.
    """
    logins = [name.lower() for name in re.split(r"[\s,，;；、]+", _typed("logins")) if name]
    organisation, at = _typed("organisation"), clock.now()
    if not logins and not organisation:
        raise InvalidError("coupon_for_nobody", "nobody was named")
    if len(logins) > MOST_LOGINS:
        raise InvalidError("logins_too_many", "too many logins", maximum=MOST_LOGINS)
    with unit_of_work() as session:
        _coupon(session, code)
        known = people.find_logins(session, logins)
        if missing := sorted(set(logins) - known.keys()):
            raise InvalidError("login_unknown", "no such login", login=missing[0][:MAX_WORD])
        given = set(known.values())
        if organisation:
            people.get_organisation(session, organisation)
            given |= people.list_staff(session, organisation, on=clock.local_date(at))
        new = orders.give_coupon(session, code, given, at=at)
        told = {"people": str(len(given)), "new": str(new)}
        audit.record(session, act("coupon_given", f"coupon:{code}", at=at, detail=told))
    flash(_("已发放给 %(n)s 人，其中 %(new)s 人是第一次。", n=len(given), new=new), "success")
    return redirect(url_for(".show_coupon", code=code))


def _coupon(session: Session, code: str) -> CouponRow:
    found = order_queries.list_coupon_rows(session, None, code=code)
    if not found:
        raise CouponNotFoundError(code)
    return found[0]


def _typed(name: str) -> str:
    return request.form.get(name, "").strip()


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
