"""Attempts to pay, the queue of those that need a person, and messages not yet applied."""

from flask import Blueprint, render_template, request

from kernel.access import requires
from kernel.db import unit_of_work
from kernel.paging import cut, encode_key
from parties.values import Role
from payments.values import PaymentState
from reporting.desk import payments as desk
from shop.console.acting import PAGE_SIZE, asked_id, asked_state

pages = Blueprint("console_payments", __name__)

EXCEPTIONS = "exceptions"
SHOWN_EVENTS = 20


@pages.get("/payments")
@requires(Role.OPERATOR)
def index() -> str:
    """List attempts; `state=exceptions` is the queue of mismatches and late payments."""
    is_queue = request.args.get("state") == EXCEPTIONS
    state = None if is_queue else asked_state(PaymentState)
    states = desk.EXCEPTIONS if is_queue else ((state,) if state else ())
    with unit_of_work() as session:
        counts = desk.count_payments(session)
        stuck = desk.list_stuck_events(session, limit=SHOWN_EVENTS)
        found = desk.list_payments(
            session, states=states, before_id=asked_id(), limit=PAGE_SIZE + 1
        )
    return render_template(
        "console/payments/index.html",
        page=cut(found, PAGE_SIZE, lambda row: encode_key(row.payment_id)),
        counts={str(one): counts.get(one, 0) for one in PaymentState},
        exceptions=sum(counts.get(one, 0) for one in desk.EXCEPTIONS),
        state=EXCEPTIONS if is_queue else str(state or ""),
        stuck=stuck,
        is_first="after" not in request.args,
    )
