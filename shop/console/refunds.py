"""Refunds by state: requested, on their way, arrived, failed."""

from flask import Blueprint, render_template, request

from kernel.access import requires
from kernel.db import unit_of_work
from kernel.paging import cut, encode_key
from parties.values import Role
from payments.values import RefundState
from reporting.desk import payments as desk
from shop.console.acting import PAGE_SIZE, asked_id, asked_state

pages = Blueprint("console_refunds", __name__)


@pages.get("/refunds")
@requires(Role.OPERATOR)
def index() -> str:
    """List refunds, the newest first, with counts and sums by state."""
    state = asked_state(RefundState)
    with unit_of_work() as session:
        counts = desk.count_refunds(session)
        found = desk.list_refunds(
            session, state=state, before_id=asked_id(), limit=PAGE_SIZE + 1
        )
    return render_template(
        "console/refunds/index.html",
        page=cut(found, PAGE_SIZE, lambda row: encode_key(row.refund_id)),
        counts={str(one): counts.get(one, (0, 0)) for one in RefundState},
        state=str(state or ""),
        is_first="after" not in request.args,
    )
