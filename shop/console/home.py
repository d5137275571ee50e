"""The console's first page: what stands where, and what needs a person."""

from flask import Blueprint, render_template

from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from orders.values import OrderState
from parties.values import Role
from payments.values import PaymentState, RefundState
from reporting.desk import exceptions, facts, orders, payments

pages = Blueprint("console_home", __name__)

OPEN_REFUNDS = tuple(state for state in RefundState if state is not RefundState.SUCCEEDED)
SHOWN_EVENTS = 10


@pages.get("/")
@requires(Role.OPERATOR)
def show() -> str:
    """Show orders by state, payments that need a look, open refunds and waiting facts."""
    with unit_of_work() as session:
        by_state = orders.count_by_state(session)
        attempts = payments.count_payments(session)
        refunds = payments.count_refunds(session)
        told = facts.count_facts(session)
        waiting = exceptions.count_exceptions(session, on=clock.local_date(clock.now()))
        stuck = payments.list_stuck_events(session, limit=SHOWN_EVENTS)
    return render_template(
        "console/home/show.html",
        orders={str(state): by_state.get(state, 0) for state in OrderState},
        attempts={str(state): attempts.get(state, 0) for state in PaymentState},
        exceptions=waiting[exceptions.Queue.OPEN],
        open_refunds=sum(refunds.get(state, (0, 0))[0] for state in OPEN_REFUNDS),
        open_refunds_minor=sum(refunds.get(state, (0, 0))[1] for state in OPEN_REFUNDS),
        facts=told,
        stuck=stuck,
        as_of=clock.now(),
    )
