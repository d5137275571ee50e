"""Weights by programs of a cooperative: what is to be weighed, and what the scale shows."""

from typing import Any

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from kernel import clock
from kernel.access import current_actor, requires
from kernel.db import unit_of_work
from orders import queries
from orders.errors import OrderNotFoundError
from orders.values import Weighing
from shop.api import contract, once
from shop.api.contract import Caller, Operation, operation
from shop.api.schemas import orders as order_shapes
from shop.api.schemas import weights as shapes
from shop.api.schemas.catalog import Language
from shop.api.schemas.keys import IdempotencyHeader
from supplier_portal.access import actor_code
from supplier_portal.weights import PACKERS
from workflows import goods_weighed

pages = Blueprint("api_weights", __name__)

TAG = "weights"
ORDER_NUMBER = order_shapes.path_number(
    order_shapes.ORDER_NUMBER, "Number of one seller's part of an order, such as …-1."
)
REFUSALS = {
    401: "Nobody is signed in.",
    403: "The caller packs for nobody.",
    404: "There is no such order, or not of the caller's organisation.",
}


@pages.get("/orders/<order_number>/weights")
@requires(*PACKERS)
@operation(
    Operation(
        summary="List what is sold by weight in a seller's part",
        tag=TAG,
        path={"order_number": ORDER_NUMBER},
        query=Language,
        answer=shapes.WeightsTold,
        refusals=REFUSALS,
        caller=Caller.READER,
    )
)
def show_weights(order_number: str) -> Response:
    """Lines sold by weight with their bounds and what was weighed last."""
    contract.read_query(Language)
    with unit_of_work() as session:
        _check_own(session, order_number)
        return _told(session, order_number)


@pages.post("/orders/<order_number>/weights")
@requires(*PACKERS)
@operation(
    Operation(
        summary="Record weights of a seller's part",
        description=(
            "Whole grams of each piece, beside the scale. May be corrected until the order "
            "leaves; then the last weight is what the line comes to, and what the buyer was "
            "charged beyond it goes back."
        ),
        tag=TAG,
        path={"order_number": ORDER_NUMBER},
        query=Language,
        headers=IdempotencyHeader,
        body={contract.JSON: shapes.WeightsGiven},
        answer=shapes.WeightsTold,
        refusals=REFUSALS
        | {
            409: "The order has left, a piece lies outside its range and was not confirmed, or "
            "the key was used for another request.",
        },
        caller=Caller.STAFF,
    )
)
def record_weights(order_number: str) -> Response:
    """Write down what the scale shows; the same again changes nothing."""
    contract.read_query(Language)
    given = contract.read_body(shapes.WeightsGiven)
    return once.once(given, lambda session: _weigh(session, order_number, given))


def _weigh(session: Session, order_number: str, given: dict[str, Any]) -> Response:
    _check_own(session, order_number)
    pieces = {line["line_id"]: tuple(line["pieces_g"]) for line in given["lines"]}
    is_confirmed = given.get("confirmed") == shapes.UNUSUAL
    read = Weighing(pieces, actor_code(), clock.now(), is_confirmed=is_confirmed)
    goods_weighed.weigh(session, order_number, read)
    return _told(session, order_number)


def _check_own(session: Session, order_number: str) -> None:
    """Refuse an order of somebody else exactly as one that does not exist."""
    order = queries.get_order(session, order_number, seller_code=None)
    if order.seller_code not in current_actor().organisation_codes(*PACKERS):
        raise OrderNotFoundError(order_number)


def _told(session: Session, order_number: str) -> Response:
    lines = queries.list_to_weigh(session, [order_number])
    return contract.answer(shapes.WeightsTold, {"order": order_number, "lines": lines})
