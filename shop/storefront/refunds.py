"""A buyer's account for a refund that goes by bank transfer."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import InvalidError, NotFoundError
from orders import queries as order_queries
from payments.queries import byhand as queries
from payments.queries.byhand import RefundFacts
from payments.rules import byhand as rules
from payments.values.byhand import HandRow
from shop.errors import sentence
from shop.security import public
from shop.storefront.orders import caller_of, remembered_caller_of
from workflows import refund_by_hand

pages = Blueprint("storefront_refunds", __name__)


@pages.get("/orders/<number>/refunds/<int:refund_id>/account")
@public
def show(number: str, refund_id: int) -> str:
    """Ask for the account; what was given before stands masked."""
    with unit_of_work() as session:
        order_queries.get_group(session, number, remembered_caller_of(number))
        refund, hand = _own(session, number, refund_id)
    return render_template(
        "storefront/refunds/show.html", refund=refund, hand=hand, errors={}, typed={}
    )


@pages.post("/orders/<number>/refunds/<int:refund_id>/account")
@public
def give(number: str, refund_id: int) -> ResponseReturnValue:
    """Keep the account, sealed; it may be given anew until the transfer is released."""
    form = request.form
    with unit_of_work() as session:
        order_queries.get_group(session, number, caller_of(number))
        refund, hand = _own(session, number, refund_id)
    try:
        account = rules.checked_account(
            form.get("holder", ""), form.get("bank", ""), form.get("account", "")
        )
    except InvalidError as error:
        page = render_template(
            "storefront/refunds/show.html",
            refund=refund,
            hand=hand,
            errors={_field(error): sentence(error)},
            typed=form,
        )
        return page, 422
    with unit_of_work() as session:
        refund_by_hand.give_account(session, refund_id, account, at=clock.now())
    flash(_("已收到您的收款账户，我们会尽快转账。"), "success")
    return redirect(url_for("storefront_orders.show", number=number))


def _field(error: InvalidError) -> str:
    """Return the field a refusal speaks of."""
    if error.code == "refund_account_number":
        return "account"
    is_named = 0 < len(request.form.get("holder", "").strip()) <= rules.MAX_NAME
    return "bank" if is_named else "holder"


def _own(session: Session, number: str, refund_id: int) -> tuple[RefundFacts, HandRow]:
    refund = queries.get_refund(session, refund_id)
    hand = queries.list_by_hand(session, [refund_id]).get(refund_id)
    if refund.group_number != number or hand is None:
        raise NotFoundError("refund_not_found", f"no refund {refund_id}")
    return refund, hand
