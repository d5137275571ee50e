"""Payment by bank transfer: a buyer chooses it, and reads account, amount and code."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from kernel import clock
from kernel.db import unit_of_work
from orders import queries as order_queries
from orders.values import GroupState
from payments.queries import terms, transfers
from payments.rules.transfers import spoken
from shop.security import find_actor, public
from shop.storefront.orders import caller_of, remembered_caller_of
from workflows import transfer_received

pages = Blueprint("storefront_transfer", __name__)


@pages.post("/pay/<number>/bank")
@public
def choose(number: str) -> ResponseReturnValue:
    """Let the order wait for a bank transfer; choosing it again changes nothing."""
    actor = find_actor()
    with unit_of_work() as session:
        order_queries.get_group(session, number, caller_of(number))
        transfer_received.choose(
            session,
            number,
            actor=f"person:{actor.person_id}" if actor else "guest",
            at=clock.now(),
        )
    return redirect(url_for(".show", number=number))


@pages.get("/pay/<number>/bank")
@public
def show(number: str) -> ResponseReturnValue:
    """Where to transfer how much under which code, and what has come so far."""
    with unit_of_work() as session:
        group = order_queries.get_group(session, number, remembered_caller_of(number))
        transfer = transfers.find_transfer(session, number)
        account = transfers.find_account(session, on=clock.local_date(clock.now()))
        sale = terms.find_sale(session, number)
        bills = terms.list_bills_of_group(session, number) if sale else []
    if sale is not None:
        return render_template(
            "storefront/transfer/bills.html",
            group=group,
            bills=bills,
            account=account,
            code=spoken(sale.code),
            today=clock.local_date(clock.now()),
        )
    if group.state is not GroupState.AWAITING_BANK or transfer is None:
        return redirect(url_for("storefront_orders.show", number=number))
    return render_template(
        "storefront/transfer/show.html",
        group=group,
        transfer=transfer,
        account=account,
        code=spoken(transfer.code),
    )
