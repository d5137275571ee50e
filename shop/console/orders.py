"""Orders of every seller: list, one order with all that was booked for it, full refund."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from cold_chain import queries as cold_chain_queries
from kernel import audit, clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from kernel.paging import cut, decode_key, encode_key
from orders import queries as order_queries
from orders.rules import ORDER_STEPS
from orders.values import OrderState
from parties.values import Role
from payments import queries as payment_queries
from reporting.desk import orders as desk
from reporting.desk.orders import OrderKey, OrderRow
from shop.console.acting import PAGE_SIZE, act, actor_code, asked_state, asked_word
from workflows import order_cancelled
from workflows.order_cancelled import Refusal

pages = Blueprint("console_orders", __name__)

MAX_NOTE = 400


class Reason(StrEnum):
    """Why the operator takes an order back."""

    ORDERED_BY_MISTAKE = "ordered_by_mistake"
    ARRIVES_TOO_LATE = "arrives_too_late"
    DAMAGED = "damaged"
    NOT_AS_DESCRIBED = "not_as_described"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class RefundForm:
    """What the operator sends to take an order back."""

    reason: Reason
    note: str


@pages.get("/orders")
@requires(Role.OPERATOR)
def index() -> str:
    """List orders, the latest first, by state and by the beginning of a number."""
    state = asked_state(OrderState)
    number = asked_word("number").upper()
    after = request.args.get("after", "")
    with unit_of_work() as session:
        counts = desk.count_by_state(session)
        found = desk.list_orders(
            session,
            state=state,
            number=number,
            after=_key(after) if after else None,
            limit=PAGE_SIZE + 1,
        )
    return render_template(
        "console/orders/index.html",
        page=cut(found, PAGE_SIZE, _key_of),
        counts={str(one): counts.get(one, 0) for one in OrderState},
        state=str(state or ""),
        number=number,
        is_first=not after,
    )


@pages.get("/orders/<number>")
@requires(Role.OPERATOR)
def show(number: str) -> str:
    """Show one seller's part of a checkout with its payment, shipments and bookings."""
    with unit_of_work() as session:
        order = order_queries.get_order(session, number, seller_code=None)
        buyer, channel, channel_en = desk.find_buyer(session, order.group_number)
        steps = order_queries.list_steps(session, order.group_number)
        attempts = payment_queries.list_attempts(session, order.group_number)
        refunds = payment_queries.list_refunds(session, order.group_number)
        shipments = cold_chain_queries.list_order_shipments(session, [number])
        bookings = desk.list_bookings(session, number, order.group_number)
    return render_template(
        "console/orders/show.html",
        order=order,
        buyer=buyer,
        channel=channel,
        channel_en=channel_en,
        steps=[step for step in steps if step.order_number in {None, number}],
        attempts=attempts,
        refunds=[refund for refund in refunds if refund.order_number in {None, number}],
        shipments=shipments,
        bookings=bookings,
        may_refund=OrderState.REFUNDED in ORDER_STEPS[order.state],
        reasons=[str(reason) for reason in Reason],
    )


@pages.post("/orders/<number>/refund")
@requires(Role.OPERATOR)
def refund(number: str) -> ResponseReturnValue:
    """Take an order back in full; a second time is refused by the order's state."""
    form = _refund_form()
    at = clock.now()
    with unit_of_work() as session:
        refund_id = order_cancelled.refund_in_full(
            session, number, Refusal(actor_code(), str(form.reason)), at=at
        )
        detail = {"refund": str(refund_id), "reason": str(form.reason), "note": form.note}
        audit.record(session, act("order_refunded", f"order:{number}", at=at, detail=detail))
    flash(_("订单 %(number)s 已全额退款。", number=number), "success")
    return redirect(url_for(".show", number=number))


def _refund_form() -> RefundForm:
    """Read the form; raises `InvalidError` without a known reason, or OTHER without a note."""
    given = request.form.get("reason", "")
    note = request.form.get("note", "").strip()[:MAX_NOTE]
    if given not in set(Reason):
        raise InvalidError("refund_reason_missing", "a refund needs one of the reasons")
    if given == Reason.OTHER and not note:
        raise InvalidError("refund_note_missing", "another reason needs a note")
    return RefundForm(Reason(given), note)


def _key(after: str) -> OrderKey:
    placed_at, number = decode_key(after, datetime, str)
    return placed_at, number


def _key_of(row: OrderRow) -> str:
    return encode_key(row.placed_at.isoformat(), row.number)
