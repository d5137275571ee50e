"""A buyer's orders: the list, and one order with its parcels, temperatures and money trail."""

from datetime import date

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from catalog.listing import reviews as review_queries
from cold_chain import queries as cold_chain_queries
from cold_chain.queries import ShipmentRow
from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import ConflictError, NotFoundError
from kernel.policy import find_disclosure
from orders import queries as order_queries
from orders.queries import ClaimRow, GroupCaller, GroupRow, OrderRow, notices
from orders.values import GroupState, OrderState
from parties.values import Role
from payments import queries as payment_queries
from payments.queries import byhand
from payments.queries import terms as term_queries
from reporting import trail
from reporting.temperature import chart_data
from shop.i18n import bilingual
from shop.security import find_actor, public, signed_in
from shop.storefront import session as browser
from workflows import (
    checkout,
    claims,
    lot_recalled,
    order_cancelled,
    reordered,
    reviews,
    shipping_late,
)
from workflows.order_cancelled import Refusal
from workflows.reordered import Missing, Why

pages = Blueprint("storefront_orders", __name__)

PAGE_SIZE = 20
FILTERS = {
    "unpaid": (GroupState.PENDING_PAYMENT, GroupState.CANCEL_REQUESTED),
    "paid": (GroupState.PAID,),
    "closed": (GroupState.CANCELLED, GroupState.EXPIRED),
}
"""What the list can be narrowed to."""


def caller_of(number: str) -> GroupCaller:
    """Say who asks for a group: the key in the address or browser, the person, their units."""
    actor = find_actor()
    return GroupCaller(
        key=request.args.get("key") or browser.order_key(number),
        person_id=actor.person_id if actor else None,
        organisation_codes=browser.buyer_organisations(actor),
        may_see_all=actor is not None and actor.has(Role.OPERATOR),
    )


def remembered_caller_of(number: str) -> GroupCaller:
    """Say who asks, and keep the key of the address for the forms of the page."""
    caller = caller_of(number)
    if caller.key and request.args.get("key"):
        browser.remember_key(number, caller.key)
    return caller


@pages.get("/orders")
@signed_in
def index() -> str:
    """List the signed-in buyer's orders, newest first, all or those in some states."""
    key, state = request.args.get("after"), request.args.get("state", "")
    with unit_of_work() as session:
        page = order_queries.page_groups(
            session,
            caller_of(""),
            key=key,
            size=PAGE_SIZE,
            states=FILTERS.get(state, tuple(GroupState)),
        )
    return render_template(
        "storefront/orders/index.html",
        page=page,
        is_first=key is None,
        state=state if state in FILTERS else "",
    )


@pages.get("/orders/<number>")
@public
def show(number: str) -> str:
    """Show one order: what was bought, where it is, how cold it stayed, where each fen went."""
    caller = remembered_caller_of(number)
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        group = order_queries.get_group(session, number, caller)
        context = _context(session, group, today)
    return render_template(
        "storefront/orders/show.html",
        group=group,
        key=caller.key,
        can_cancel=group.state in (GroupState.PENDING_PAYMENT, GroupState.AWAITING_BANK),
        late={part.number for part in group.orders if _is_late(part, today)},
        **context,
    )


def _is_late(part: OrderRow, today: date) -> bool:
    """Say whether goods sold before the harvest should have left and have not."""
    is_due = part.ships_until is not None and part.ships_until < today
    return is_due and part.state in shipping_late.NOT_LEFT


def _context(session: Session, group: GroupRow, today: date) -> dict[str, object]:
    numbers = [part.number for part in group.orders]
    disclosure = find_disclosure(session, on=today)
    shipments: dict[str, list[ShipmentRow]] = {}
    for row in cold_chain_queries.list_order_shipments(session, numbers):
        shipments.setdefault(row.order_number, []).append(row)
    return {
        "trails": trail.list_trails(session, numbers, disclosure=disclosure),
        "minimum": disclosure.minimum,
        "shipments": shipments,
        "parcels_of": order_queries.list_parcels(session, numbers),
        "waiting": order_queries.list_waiting_numbers(session, numbers),
        "notices": notices.list_of_group(session, group.number),
        **_money(session, group),
        **_claims(session, group, numbers),
        **_reviews(session, group),
    }


def _reviews(session: Session, group: GroupRow) -> dict[str, object]:
    """Return what was said of the lines, and of which parts something may be said now."""
    at = clock.now()
    terms = reviews.find_terms(session, at=at)
    lines = [line.line_id for order in group.orders for line in order.lines]
    return {
        "reviewed": review_queries.list_lines(session, lines),
        "reviewable": {
            order.number
            for order in group.orders
            if reviews.is_open(group, order, terms, at=at)
        },
    }


def _money(session: Session, group: GroupRow) -> dict[str, object]:
    """Return what goes back and how far it is, and what is owed on terms."""
    refunds = payment_queries.list_refunds(session, group.number)
    sale = term_queries.find_sale(session, group.number)
    return {
        "refunds": refunds,
        "hands": byhand.list_by_hand(session, [refund.id for refund in refunds]),
        "sale": sale,
        "bills": term_queries.list_bills_of_group(session, group.number) if sale else [],
    }


def _claims(session: Session, group: GroupRow, numbers: list[str]) -> dict[str, object]:
    """Return the claims of each part, and what may be asked for of it now."""
    at = clock.now()
    found: dict[str, list[ClaimRow]] = {}
    for claim in order_queries.list_claims(session, order_numbers=numbers):
        found.setdefault(claim.order_number, []).append(claim)
    paid = group.orders if group.state is GroupState.PAID else ()
    kinds: dict[str, list[str]] = {}
    for offer in claims.list_offers(session, *paid, at=at):
        known = kinds.setdefault(offer.line.order_number, [])
        if offer.kind not in known:
            known.append(offer.kind)
    return {"claims_of": found, "kinds_of": kinds}


@pages.get("/orders/<number>/temperature/<int:shipment_id>")
@public
def temperature(number: str, shipment_id: int) -> ResponseReturnValue:
    """Answer the temperature curve of one of the order's shipments as chart data."""
    with unit_of_work() as session:
        group = order_queries.get_group(session, number, caller_of(number))
        charts = cold_chain_queries.list_charts(session, [shipment_id], at=clock.now())
    own = {part.number for part in group.orders}
    if not charts or charts[0].order_number not in own:
        raise NotFoundError("chart_not_found", "no temperature record of this shipment")
    return jsonify(chart_data(charts[0], name=_("温度")))


@pages.post("/orders/<number>/cancel")
@public
def cancel(number: str) -> ResponseReturnValue:
    """Cancel an order that was not paid yet; its goods go back on the shelf."""
    caller = caller_of(number)
    with unit_of_work() as session:
        order_queries.get_group(session, number, caller)
        closed = checkout.cancel(session, number, actor=_actor(), at=clock.now())
    if not closed:
        raise ConflictError("order_already_paid", "a paid order is refunded, not cancelled")
    flash(_("订单已取消。"), "success")
    return redirect(url_for(".show", number=number))


@pages.post("/orders/<number>/parts/<part>/refund")
@public
def refund(number: str, part: str) -> ResponseReturnValue:
    """Take one seller's part back before it is packed; the money returns in full."""
    caller = caller_of(number)
    with unit_of_work() as session:
        group = order_queries.get_group(session, number, caller)
        found = next((order for order in group.orders if order.number == part), None)
        if found is None or found.state is not OrderState.PAID:
            raise ConflictError("order_being_packed", "this part is being packed already")
        order_cancelled.refund_in_full(
            session, part, Refusal(_actor(), "buyer_cancelled"), at=clock.now()
        )
    flash(_("已申请退款，款项将原路退回。"), "success")
    return redirect(url_for(".show", number=number))


@pages.post("/orders/<number>/parts/<part>/step-back")
@public
def step_back(number: str, part: str) -> ResponseReturnValue:
    """Take a part back that did not leave in time, or of an unfit lot; all money returns."""
    caller = caller_of(number)
    with unit_of_work() as session:
        group = order_queries.get_group(session, number, caller)
        if part not in {order.number for order in group.orders}:
            raise NotFoundError("order_not_found", f"no part {part}", number=part)
        is_unfit = notices.is_told(session, part)
        step = lot_recalled.step_back if is_unfit else shipping_late.step_back
        step(session, part, actor=_actor(), at=clock.now())
    flash(_("已取消，款项将原路全额退回。"), "success")
    return redirect(url_for(".show", number=number))


@pages.post("/orders/<number>/again")
@public
def again(number: str) -> ResponseReturnValue:
    """Put what the order held into the basket again, and say what cannot be had and why."""
    caller, at = caller_of(number), clock.now()
    with unit_of_work() as session:
        group = order_queries.get_group(session, number, caller)
        token = browser.open_basket(session, at=at)
        done = reordered.put_again(session, group, token, person_id=caller.person_id, at=at)
        count = order_queries.count_basket(session, token)
    browser.remember_count(count)
    if done.put:
        flash(_("已按今天的价格放入购物篮。"), "success")
    for missing in done.missing:
        flash(_why_not(missing), "warning")
    return redirect(url_for("storefront_basket.show"))


def _why_not(missing: Missing) -> str:
    named = {"name": bilingual(missing.name, missing.name_en), "count": missing.put}
    sentences: dict[Why, str] = {
        Why.SOLD_OUT: _("%(name)s：已售完。", **named),
        Why.FEWER: _("%(name)s：只剩 %(count)s 份，已放入这些。", **named),
        Why.WITHDRAWN: _("%(name)s：已下架。", **named),
        Why.SELLER_CLOSED: _("%(name)s：卖家暂停营业。", **named),
    }
    return sentences[missing.why]


def _actor() -> str:
    actor = find_actor()
    return f"person:{actor.person_id}" if actor else "guest"
