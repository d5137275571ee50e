"""A buyer's orders by programs: the list, giving up, paying, and what goes back."""

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from kernel import clock
from kernel.access import signed_in
from kernel.db import unit_of_work
from kernel.errors import ConflictError
from orders import queries
from orders.queries import GroupRow
from orders.values import GroupState
from payments import queries as payment_queries
from payments.values import Provider
from shop import checkouts, gateways
from shop.api import contract, once
from shop.api.contract import Caller, Operation, operation
from shop.api.orders import buyer_of, caller_of, check_form_token
from shop.api.schemas import orders as order_shapes
from shop.api.schemas import payments as shapes
from shop.api.schemas.keys import IdempotencyHeader
from shop.i18n import choose_locale
from shop.security import public
from workflows import checkout

pages = Blueprint("api_payments", __name__)

TAG = "payments"
CREATED = 201
PAID = (GroupState.PAID, GroupState.AWAITING_BANK)
"""Money is there, all of it or a part."""
NUMBER = order_shapes.path_number()
WAYS = (Provider.STRIPE, Provider.DEMO)
UNKNOWN = {404: "There is no such order, or not for this caller."}


@pages.get("/orders")
@signed_in
@operation(
    Operation(
        summary="List one's orders",
        description="Those of the signed-in person and the units they buy for, newest first.",
        tag="orders",
        query=shapes.OrdersQuery,
        answer=shapes.OrderPage,
        refusals={401: "Nobody is signed in."},
        caller=Caller.READER,
    )
)
def list_orders() -> Response:
    """One page of orders; pages follow each other by key."""
    query = contract.read_query(shapes.OrdersQuery)
    states = (GroupState(query["state"]),) if "state" in query else tuple(GroupState)
    with unit_of_work() as session:
        page = queries.page_groups(
            session, buyer_of({}), key=query.get("after"), size=query["limit"], states=states
        )
    return contract.answer(shapes.OrderPage, page)


@pages.post("/orders/<number>/cancellation")
@public
@operation(
    Operation(
        summary="Cancel an unpaid order",
        description=(
            "Its goods go back on the shelf. While a payment page is open the order waits "
            "until the provider has closed it, and is paid if the money comes first. Parts "
            "of a paid order are given back by a claim."
        ),
        tag="orders",
        path={"number": NUMBER},
        query=order_shapes.OrderKey,
        headers=IdempotencyHeader,
        body={contract.JSON: shapes.NothingGiven},
        answer=shapes.PaymentsTold,
        refusals=UNKNOWN | {409: "It is paid, or the key was used for another request."},
        caller=Caller.BUYER,
    )
)
def cancel_order(number: str) -> Response:
    """Close an order nobody has paid."""
    check_form_token()
    query = contract.read_query(order_shapes.OrderKey)
    given = contract.read_body(shapes.NothingGiven)

    def cancel(session: Session) -> Response:
        state = queries.get_group(session, number, buyer_of(query)).state
        if not checkout.cancel(session, number, actor=once.caller(), at=clock.now()):
            why = "order_already_paid" if state in PAID else "order_closed"
            raise ConflictError(why, f"{number} is {state}", number=number)
        return _told(session, queries.get_group(session, number, buyer_of(query)))

    return once.once(given, cancel)


@pages.get("/orders/<number>/payments")
@public
@operation(
    Operation(
        summary="List the payments of an order",
        description="How it can be paid now, and every attempt so far.",
        tag=TAG,
        path={"number": NUMBER},
        query=order_shapes.OrderKey,
        answer=shapes.PaymentsTold,
        refusals=UNKNOWN,
        caller=Caller.READER,
    )
)
def list_payments(number: str) -> Response:
    """Ways and attempts, oldest first."""
    query = contract.read_query(order_shapes.OrderKey)
    with unit_of_work() as session:
        return _told(session, queries.get_group(session, number, caller_of(query)))


@pages.post("/orders/<number>/payments")
@public
@operation(
    Operation(
        summary="Begin to pay an order",
        description=(
            "The answer has the address of the provider's page. Coming back from there proves "
            "nothing: ask for the order until its state says `paid`."
        ),
        tag=TAG,
        path={"number": NUMBER},
        query=order_shapes.OrderKey,
        headers=IdempotencyHeader,
        body={contract.JSON: shapes.PaymentGiven},
        status=CREATED,
        answer=shapes.PaymentBegun,
        refusals={
            404: "There is no such order for this caller, or the provider is switched off.",
            409: "The order is closed or paid, its goods may not be sold any more, or the key "
            "was used for another request. `gateway_away`: send the same again.",
        },
        caller=Caller.BUYER,
    )
)
def begin_payment(number: str) -> Response:
    """Open the provider's page for the buyer."""
    check_form_token()
    query = contract.read_query(order_shapes.OrderKey)
    given = contract.read_body(shapes.PaymentGiven)
    provider = Provider(given["provider"])
    with unit_of_work() as session:
        queries.get_group(session, number, buyer_of(query))

    def begun(session: Session, url: str) -> Response:
        state = queries.get_group(session, number, buyer_of(query)).state
        told = {"provider": provider, "url": url or None, "state": state}
        return contract.answer(shapes.PaymentBegun, told, status=CREATED)

    def ask() -> str:
        return checkouts.pay_at(provider, number, locale=choose_locale())

    return once.once_between(given, ask, begun)


@pages.get("/orders/<number>/refunds")
@public
@operation(
    Operation(
        summary="List the refunds of an order",
        tag=TAG,
        path={"number": NUMBER},
        query=order_shapes.OrderKey,
        answer=shapes.RefundsTold,
        refusals=UNKNOWN,
        caller=Caller.READER,
    )
)
def list_refunds(number: str) -> Response:
    """Say what goes back, and how far it is."""
    query = contract.read_query(order_shapes.OrderKey)
    with unit_of_work() as session:
        queries.get_group(session, number, caller_of(query))
        refunds = payment_queries.list_refunds(session, number)
    return contract.answer(shapes.RefundsTold, {"refunds": refunds})


def _told(session: Session, group: GroupRow) -> Response:
    is_open = group.state is GroupState.PENDING_PAYMENT
    told = {
        "state": group.state,
        "total_minor": group.total_minor,
        "ways": [way for way in WAYS if is_open and gateways.find(way) is not None],
        "payments": payment_queries.list_attempts(session, group.number),
    }
    return contract.answer(shapes.PaymentsTold, told)
