"""Payment of a placed group: the choice of a provider, its page, and the way back from it.

The page a buyer comes back to never marks anything as paid: it waits for the provider's word.
"""

from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kernel import clock
from kernel.db import unit_of_work
from orders import queries as order_queries
from orders.errors import GoodsUnfitError
from orders.queries import GroupRow
from orders.values import GroupState
from parties.values import BUYER_ROLES
from payments import queries as payment_queries
from payments.rules.buyers import OPEN
from payments.values import PaymentState, Provider
from payments.values.terms import Standing
from shop import checkouts, gateways
from shop.i18n import choose_locale
from shop.security import find_actor, public
from shop.storefront.orders import caller_of, remembered_caller_of
from workflows import checkout, terms, transfer_received

pages = Blueprint("storefront_pay", __name__)

REFRESH_SECONDS = 4


@pages.get("/pay/<number>")
@public
def show(number: str) -> ResponseReturnValue:
    """How to pay a placed group, and until when its goods are held."""
    with unit_of_work() as session:
        group = order_queries.get_group(session, number, remembered_caller_of(number))
        has_transfer = transfer_received.may_choose(
            session, group.buyer_organisation_code, at=clock.now()
        )
        is_unfit = checkout.stop_unfit(session, number, at=clock.now())
        attempts = payment_queries.list_attempts(session, number)
        standing = _standing(session, group)
    if is_unfit:
        return _unfit(number)
    if group.state is GroupState.AWAITING_BANK:
        return redirect(url_for("storefront_transfer.show", number=number))
    if group.state is not GroupState.PENDING_PAYMENT:
        return redirect(url_for("storefront_orders.show", number=number))
    states = {attempt.state for attempt in attempts}
    return render_template(
        "storefront/pay/show.html",
        group=group,
        has_demo=_has(Provider.DEMO),
        has_stripe=_has(Provider.STRIPE),
        has_transfer=has_transfer,
        standing=standing,
        refusal=standing.refusal(group.total_minor) if standing else None,
        due_on=_due_on(standing),
        is_begun=any(one.provider is Provider.STRIPE and one.state in OPEN for one in attempts),
        has_failed=PaymentState.FAILED in states,
        is_being_checked=PaymentState.MISMATCH in states,
    )


@pages.post("/pay/<number>/stripe")
@public
def stripe(number: str) -> ResponseReturnValue:
    """Send the buyer to Stripe's page; the goods are held for as long as it is open."""
    return _pay(Provider.STRIPE, number)


@pages.get("/pay/<number>/back")
@public
def back(number: str) -> ResponseReturnValue:
    """Wait for the provider's word; the page asks again by itself, without any script."""
    with unit_of_work() as session:
        group = order_queries.get_group(session, number, remembered_caller_of(number))
        attempts = payment_queries.list_attempts(session, number)
    if group.state is not GroupState.PENDING_PAYMENT:
        return redirect(url_for("storefront_orders.show", number=number))
    return render_template(
        "storefront/pay/back.html",
        group=group,
        seconds=REFRESH_SECONDS,
        is_being_checked=any(one.state is PaymentState.MISMATCH for one in attempts),
    )


@pages.post("/pay/<number>/demo")
@public
def demo(number: str) -> ResponseReturnValue:
    """Let the demo provider say that the group was paid."""
    return _pay(Provider.DEMO, number)


def _pay(provider: Provider, number: str) -> ResponseReturnValue:
    with unit_of_work() as session:
        order_queries.get_group(session, number, caller_of(number))
    try:
        url = checkouts.pay_at(provider, number, locale=choose_locale())
    except GoodsUnfitError:
        return _unfit(number)
    if url:
        return redirect(url, code=303)
    return redirect(url_for("storefront_orders.show", number=number))


def _standing(session: Session, group: GroupRow) -> Standing | None:
    """Return the credit of the order's organisation, for its members and where it has any."""
    code, actor = group.buyer_organisation_code, find_actor()
    if code is None or actor is None or code not in actor.organisation_codes(*BUYER_ROLES):
        return None
    standing = terms.standing_of(session, code, at=clock.now())
    return standing if standing.line_id is not None else None


def _due_on(standing: Standing | None) -> date | None:
    """Return when a bill would be due if the goods arrived today."""
    if standing is None:
        return None
    return clock.local_date(clock.now()) + timedelta(days=standing.days)


def _unfit(number: str) -> ResponseReturnValue:
    flash(
        _("订单中有商品已停止销售（召回、过期、证书到期或商家停业），订单已关闭，没有扣款。"),
        "warning",
    )
    return redirect(url_for("storefront_orders.show", number=number))


def _has(provider: Provider) -> bool:
    return gateways.find(provider) is not None
