"""Payment of a placed group; the demo provider stands here wherever it is switched on."""

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import ConflictError, NotFoundError
from orders import queries as order_queries
from orders.values import GroupState
from payments.values import Provider
from shop.security import public
from shop.storefront.orders import caller_of, remembered_caller_of
from workflows import checkout, payment_received, transfer_received

pages = Blueprint("storefront_pay", __name__)


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
    if is_unfit:
        return _unfit(number)
    if group.state is GroupState.AWAITING_BANK:
        return redirect(url_for("storefront_transfer.show", number=number))
    if group.state is not GroupState.PENDING_PAYMENT:
        return redirect(url_for("storefront_orders.show", number=number))
    return render_template(
        "storefront/pay/show.html",
        group=group,
        seconds_left=max(0, int((group.expires_at - clock.now()).total_seconds())),
        has_demo=_has_demo(),
        has_transfer=has_transfer,
    )


@pages.post("/pay/<number>/demo")
@public
def demo(number: str) -> ResponseReturnValue:
    """Let the demo provider say that the group was paid."""
    if not _has_demo():
        raise NotFoundError("provider_missing", "the demo provider is switched off")
    at = clock.now()
    with unit_of_work() as session:
        group = order_queries.get_group(session, number, caller_of(number))
        if group.state is GroupState.EXPIRED or group.state is GroupState.CANCELLED:
            raise ConflictError("order_closed", f"order {number} is closed", number=number)
        is_unfit = checkout.stop_unfit(session, number, at=at)
    if is_unfit:
        return _unfit(number)
    with unit_of_work() as session:
        row_id = payment_received.store_demo_payment(
            session, number, amount_minor=group.total_minor, at=at
        )
    if row_id is not None:
        with unit_of_work() as session:
            payment_received.apply_event(session, row_id, at=at)
    return redirect(url_for("storefront_orders.show", number=number))


def _unfit(number: str) -> ResponseReturnValue:
    flash(
        _("订单中有商品已停止销售（召回、过期、证书到期或商家停业），订单已关闭，没有扣款。"),
        "warning",
    )
    return redirect(url_for("storefront_orders.show", number=number))


def _has_demo() -> bool:
    providers: tuple[str, ...] = current_app.extensions["shanji_settings"].payment_providers
    return Provider.DEMO in providers
