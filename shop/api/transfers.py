"""Bank transfers by programs: let an order wait for one, see what has come."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, url_for
from sqlalchemy.orm import Session

from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import NotFoundError
from orders import queries as order_queries
from orders.queries import GroupRow
from orders.values import GroupState
from payments.queries import transfers
from payments.rules.transfers import spoken
from payments.values.transfers import TransferRow
from shop.api import contract, once
from shop.api.contract import Caller, Operation, operation
from shop.api.orders import caller_of, check_form_token
from shop.api.schemas import orders as order_shapes
from shop.api.schemas import transfers as shapes
from shop.api.schemas.catalog import Language
from shop.api.schemas.keys import IdempotencyHeader
from shop.security import public
from workflows import transfer_received

pages = Blueprint("api_transfers", __name__)

TAG = "transfers"
CREATED = 201
NOT_THERE = {404: "There is no such order, or not for this caller."}


@pages.post("/transfers")
@public
@operation(
    Operation(
        summary="Pay an order by bank transfer",
        description=(
            "Lets a placed order wait for a bank transfer and tells account, amount, code and "
            "until when the goods are held. Chosen again, it is the same transfer."
        ),
        tag=TAG,
        query=Language,
        headers=IdempotencyHeader,
        body={contract.JSON: shapes.TransferGiven},
        status=CREATED,
        answer=shapes.TransferTold,
        refusals=NOT_THERE
        | {
            409: "The order waits for no payment any more, bank transfer is not offered, or "
            "the key was used for another request.",
        },
        caller=Caller.BUYER,
    )
)
def start_transfer() -> Response:
    """Let an order wait for a bank transfer."""
    check_form_token()
    contract.read_query(Language)
    given = contract.read_body(shapes.TransferGiven)
    return once.once(given, lambda session: _start(session, given))


@pages.get("/transfers/<number>")
@public
@operation(
    Operation(
        summary="Get the bank transfer of an order",
        description="For whoever has its key, its signed-in buyer and the staff.",
        tag=TAG,
        path={"number": order_shapes.path_number()},
        query=order_shapes.OrderKey,
        answer=shapes.TransferTold,
        refusals={404: "There is no such order for this caller, or it waits for none."},
        caller=Caller.READER,
    )
)
def show_transfer(number: str) -> Response:
    """Tell what an order waits for, and what has come."""
    query = contract.read_query(order_shapes.OrderKey)
    with unit_of_work() as session:
        group = order_queries.get_group(session, number, caller_of(query))
        told = _told(session, group)
    return contract.answer(shapes.TransferTold, told)


def _start(session: Session, given: dict[str, Any]) -> Response:
    number, caller = given["order"], caller_of(given)
    order_queries.get_group(session, number, caller)
    transfer_received.choose(session, number, actor=once.caller(), at=clock.now())
    group = order_queries.get_group(session, number, caller)
    response = contract.answer(shapes.TransferTold, _told(session, group), status=CREATED)
    response.headers["Location"] = url_for("api_transfers.show_transfer", number=number)
    return response


def _told(session: Session, group: GroupRow) -> dict[str, Any]:
    transfer = transfers.find_transfer(session, group.number)
    if transfer is None:
        raise NotFoundError(
            "transfer_not_found", "this order waits for no transfer", number=group.number
        )
    account = transfers.find_account(session, on=clock.local_date(clock.now()))
    return asdict(transfer) | {
        "state": _state(group, transfer),
        "code": spoken(transfer.code),
        "due_minor": max(0, transfer.amount_minor - transfer.received_minor),
        "account": account,
    }


def _state(group: GroupRow, transfer: TransferRow) -> str:
    if group.state is GroupState.AWAITING_BANK:
        return "partly_paid" if transfer.received_minor else "waiting"
    return "paid" if group.state is GroupState.PAID else "closed"
