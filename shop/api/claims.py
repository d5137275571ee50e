"""Claims by programs: what may be asked for after a sale, asking for it, and each next step."""

import base64
import binascii
import secrets
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, url_for
from marshmallow import fields
from sqlalchemy.orm import Session

from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from orders import queries
from orders import service as orders
from orders.errors import OrderNotFoundError
from orders.queries import GroupRow
from orders.values import ClaimCause, ClaimKind, GroupState, Waybill
from shop import photos
from shop.api import contract, once
from shop.api.contract import Caller, Operation, operation
from shop.api.orders import buyer_of, check_form_token
from shop.api.schemas import claims as shapes
from shop.api.schemas import orders as order_shapes
from shop.api.schemas.keys import IdempotencyHeader
from shop.security import find_actor, public
from workflows import claim_decisions, claims
from workflows.claim_steps import Word
from workflows.claims import Asked

pages = Blueprint("api_claims", __name__)

TAG = "claims"
CREATED = 201
MAX_BYTES = 12 * 1024 * 1024
NUMBER = order_shapes.path_number()
CLAIM = fields.Integer(required=True, metadata={"description": "Number of a claim."})
UNKNOWN = {404: "There is no such order or claim, or not for this caller."}
REUSED = {409: "It cannot be done as things stand, or the key was used for another request."}


@pages.post("/orders/<number>/photos")
@public
@operation(
    Operation(
        summary="Hand in a picture",
        description=(
            "For a claim of this order. It is kept for a day, and then dropped unless a claim "
            "has named it."
        ),
        tag=TAG,
        path={"number": NUMBER},
        query=order_shapes.OrderKey,
        headers=IdempotencyHeader,
        body={contract.JSON: shapes.PhotoGiven},
        status=CREATED,
        answer=shapes.PhotoKept,
        refusals=UNKNOWN | REUSED,
        caller=Caller.BUYER,
    )
)
def hand_in_photo(number: str) -> Response:
    """Write a picture anew and keep it for a claim to come."""
    check_form_token()
    query = contract.read_query(order_shapes.OrderKey)
    given = contract.read_body(shapes.PhotoGiven, at_most=MAX_BYTES)
    with unit_of_work() as session:
        _group(session, number, query)
    try:
        raw = base64.b64decode(given["photo"], validate=True)
    except binascii.Error as broken:
        raise InvalidError("photo_unreadable", "this is no photo") from broken
    photo = photos.clean(BytesIO(raw))

    def keep(session: Session) -> Response:
        _group(session, number, query)
        reference = secrets.token_hex(16)
        orders.keep_upload(session, number, reference, photo, at=clock.now())
        return contract.answer(shapes.PhotoKept, {"photo": reference}, status=CREATED)

    return once.once(given, keep)


@pages.post("/orders/<number>/claims")
@public
@operation(
    Operation(
        summary="Open a claim",
        description=(
            "Cancel packs that are not packed yet, send goods back, have spoiled fresh goods "
            "paid by grade, or have damaged or wrong goods sent once more. What is within the "
            "buyer's limits is settled at once."
        ),
        tag=TAG,
        path={"number": NUMBER},
        query=order_shapes.OrderKey,
        headers=IdempotencyHeader,
        body={contract.JSON: shapes.ClaimGiven},
        status=CREATED,
        answer=shapes.ClaimTold,
        refusals=UNKNOWN | REUSED,
        caller=Caller.BUYER,
    )
)
def open_claim(number: str) -> Response:
    """Open a claim of one seller's part of the order."""
    check_form_token()
    query = contract.read_query(order_shapes.OrderKey)
    given = contract.read_body(shapes.ClaimGiven)
    return once.once(given, lambda session: _open(session, number, query, given))


def _open(
    session: Session, number: str, query: Mapping[str, Any], given: Mapping[str, Any]
) -> Response:
    group = _group(session, number, query)
    part = given["order_number"]
    if part not in {order.number for order in group.orders}:
        raise OrderNotFoundError(part)
    asked = Asked(
        kind=ClaimKind(given["kind"]),
        packs={line["line_id"]: line["packs"] for line in given["lines"]},
        key=f"api:{secrets.token_hex(16)}",
        actor=once.caller(),
        person_id=_person_id(),
        percent=given["percent"],
        words=given.get("words", "").strip(),
        photos=orders.take_uploads(session, number, given.get("photos", ())),
        cause=ClaimCause(given["cause"]) if "cause" in given else None,
    )
    claim_id = claims.open_claim(session, part, asked, at=clock.now())
    told = queries.get_claim(session, claim_id, order_numbers=[part])
    response = contract.answer(shapes.ClaimTold, told, status=CREATED)
    where = url_for("api_claims.show_claim", number=number, claim_id=claim_id)
    response.headers["Location"] = where
    return response


@pages.get("/orders/<number>/claims")
@public
@operation(
    Operation(
        summary="List the claims of an order",
        description="And what else may be asked for now, line by line.",
        tag=TAG,
        path={"number": NUMBER},
        query=order_shapes.OrderKey,
        answer=shapes.ClaimsTold,
        refusals=UNKNOWN,
        caller=Caller.READER,
    )
)
def list_claims(number: str) -> Response:
    """Claims without their steps, and offers."""
    query = contract.read_query(order_shapes.OrderKey)
    with unit_of_work() as session:
        group = _group(session, number, query)
        numbers = [order.number for order in group.orders]
        paid = group.orders if group.state is GroupState.PAID else ()
        told = {
            "claims": queries.list_claims(session, order_numbers=numbers),
            "offers": claims.list_offers(session, *paid, at=clock.now()),
        }
    return contract.answer(shapes.ClaimsTold, told)


@pages.get("/orders/<number>/claims/<int:claim_id>")
@public
@operation(
    Operation(
        summary="Get a claim",
        tag=TAG,
        path={"number": NUMBER, "claim_id": CLAIM},
        query=order_shapes.OrderKey,
        answer=shapes.ClaimTold,
        refusals=UNKNOWN,
        caller=Caller.READER,
    )
)
def show_claim(number: str, claim_id: int) -> Response:
    """One claim with every step."""
    query = contract.read_query(order_shapes.OrderKey)
    with unit_of_work() as session:
        numbers = _numbers(session, number, query)
        told = queries.get_claim(session, claim_id, order_numbers=numbers)
    return contract.answer(shapes.ClaimTold, told)


@pages.post("/orders/<number>/claims/<int:claim_id>/steps")
@public
@operation(
    Operation(
        summary="Take the buyer's next step of a claim",
        tag=TAG,
        path={"number": NUMBER, "claim_id": CLAIM},
        query=order_shapes.OrderKey,
        headers=IdempotencyHeader,
        body={contract.JSON: shapes.StepGiven},
        answer=shapes.ClaimTold,
        refusals=UNKNOWN | REUSED,
        caller=Caller.BUYER,
    )
)
def step_claim(number: str, claim_id: int) -> Response:
    """Withdraw, accept, dispute or send back."""
    check_form_token()
    query = contract.read_query(order_shapes.OrderKey)
    given = contract.read_body(shapes.StepGiven)

    def step(session: Session) -> Response:
        numbers = _numbers(session, number, query)
        queries.get_claim(session, claim_id, order_numbers=numbers)
        _step(session, claim_id, given)
        told = queries.get_claim(session, claim_id, order_numbers=numbers)
        return contract.answer(shapes.ClaimTold, told)

    return once.once(given, step)


def _step(session: Session, claim_id: int, given: Mapping[str, Any]) -> None:
    word, at = Word(once.caller(), given.get("reason", "")), clock.now()
    match given["step"]:
        case "withdraw":
            claim_decisions.withdraw(session, claim_id, word, at=at)
        case "accept":
            claim_decisions.accept_offer(session, claim_id, word, at=at)
        case "dispute":
            claim_decisions.dispute(session, claim_id, word, at=at)
        case _:
            waybill = Waybill(given.get("carrier", ""), given.get("waybill", ""))
            claim_decisions.send_back(session, claim_id, word, waybill, at=at)


def _group(session: Session, number: str, query: Mapping[str, Any]) -> GroupRow:
    """Return an order of the caller's own; staff decides in the console."""
    return queries.get_group(session, number, buyer_of(query))


def _numbers(session: Session, number: str, query: Mapping[str, Any]) -> list[str]:
    return [order.number for order in _group(session, number, query).orders]


def _person_id() -> int | None:
    actor = find_actor()
    return actor.person_id if actor else None
