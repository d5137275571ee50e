"""My offers: tiers, campaigns and coupons the seller bears."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from catalog import service as catalog
from households.values import PartyKind
from kernel import audit, clock
from kernel.access import requires
from kernel.audit import Act
from kernel.db import unit_of_work
from orders import queries as order_queries
from orders import service as orders
from parties.values import SELLER_ROLES
from supplier_portal import offer_forms
from supplier_portal.access import actor_code, seller_code
from supplier_portal.products import LISTERS
from workflows import campaign_begun

pages = Blueprint("supplier_offers", __name__)


@pages.get("/offers")
@requires(*SELLER_ROLES)
def index() -> str:
    """List the seller's coupons, campaigns and tiers, with forms for new ones."""
    seller = seller_code()
    with unit_of_work() as session:
        coupons = order_queries.list_coupon_rows(session, seller)
        campaigns = order_queries.list_campaign_rows(session, seller)
        skus = order_queries.list_priced_skus(session, seller)
    return render_template(
        "supplier_portal/offers/index.html",
        coupons=coupons,
        campaigns=campaigns,
        skus=skus,
        now=clock.now(),
    )


@pages.post("/offers/coupons")
@requires(*LISTERS)
def make_coupon() -> ResponseReturnValue:
    """Make a coupon the seller bears."""
    new, at = offer_forms.read_coupon(seller_code()), clock.now()
    with unit_of_work() as session:
        orders.make_coupon(session, new, actor=actor_code(), at=at)
        audit.record(session, _act("coupon_made", f"coupon:{new.code}"))
    return _saved()


@pages.post("/offers/campaigns")
@requires(*LISTERS)
def begin_campaign() -> ResponseReturnValue:
    """Begin a campaign the seller bears."""
    new, at = offer_forms.read_campaign(seller_code()), clock.now()
    with unit_of_work() as session:
        campaign_begun.begin(session, new, actor=actor_code(), at=at)
        audit.record(session, _act("campaign_begun", f"campaign:{new.code}"))
    return _saved()


@pages.post("/offers/campaigns/preview")
@requires(*LISTERS)
def preview() -> str:
    """Show what buyers would see and who would earn what, before a campaign is published."""
    new = offer_forms.read_campaign(seller_code())
    with unit_of_work() as session:
        rows = campaign_begun.preview(session, new, at=clock.now())
    return render_template(
        "supplier_portal/offers/preview.html",
        new=new,
        rows=rows,
        given=offer_forms.campaign_as_typed(),
        kinds=[kind for kind in PartyKind if any(row.now_parts.get(kind) for row in rows)],
    )


@pages.post("/offers/coupons/<code>/stop")
@requires(*LISTERS)
def stop_coupon(code: str) -> ResponseReturnValue:
    """Stop one of the seller's coupons."""
    with unit_of_work() as session:
        orders.stop_coupon(session, code, seller_code=seller_code(), at=clock.now())
        audit.record(session, _act("coupon_stopped", f"coupon:{code}"))
    return _saved()


@pages.post("/offers/campaigns/<code>/stop")
@requires(*LISTERS)
def stop_campaign(code: str) -> ResponseReturnValue:
    """Stop one of the seller's campaigns."""
    with unit_of_work() as session:
        catalog.stop_campaign(session, code, seller_code=seller_code(), at=clock.now())
        audit.record(session, _act("campaign_stopped", f"campaign:{code}"))
    return _saved()


@pages.post("/offers/tiers/<sku>")
@requires(*LISTERS)
def set_tiers(sku: str) -> ResponseReturnValue:
    """Set what a pack costs from so many packs on."""
    tiers = offer_forms.read_tiers()
    with unit_of_work() as session:
        catalog.set_tiers(session, sku, tiers, seller_code=seller_code())
        audit.record(session, _act("tiers_set", f"sku:{sku}"))
    return _saved()


def _act(action: str, subject: str) -> Act:
    return Act(
        actor=actor_code(),
        action=action,
        subject=subject,
        purpose="supplier_portal",
        at=clock.now(),
        detail={},
    )


def _saved() -> ResponseReturnValue:
    flash(_("已保存。已下单的价格不受影响。"), "success")
    return redirect(url_for(".index"))
