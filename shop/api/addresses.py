"""A signed-in buyer's address book by programs."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, url_for
from marshmallow import fields
from sqlalchemy.orm import Session

from kernel import clock, postal, regions
from kernel.access import current_actor, signed_in
from kernel.db import unit_of_work
from orders import queries
from orders import service as orders
from orders.values import Recipient
from shop.api import contract, once
from shop.api.contract import Caller, Operation, operation
from shop.api.schemas import addresses as shapes
from shop.api.schemas.catalog import Language
from shop.api.schemas.keys import IdempotencyHeader, OptionalKey

pages = Blueprint("api_addresses", __name__)

TAG = "addresses"
CREATED = 201
NO_CONTENT = 204
ADDRESS = fields.Integer(required=True, metadata={"description": "Number of a kept address."})
NOBODY = {401: "Nobody is signed in."}
UNKNOWN = NOBODY | {404: "The caller's book has no such address."}


@pages.get("/addresses")
@signed_in
@operation(
    Operation(
        summary="List the address book",
        tag=TAG,
        query=Language,
        answer=shapes.BookTold,
        refusals=NOBODY,
        caller=Caller.READER,
    )
)
def list_addresses() -> Response:
    """Every kept address, the default first."""
    contract.read_query(Language)
    with unit_of_work() as session:
        book = queries.list_addresses(session, current_actor().person_id)
    return contract.answer(shapes.BookTold, {"addresses": book})


@pages.post("/addresses")
@signed_in
@operation(
    Operation(
        summary="Keep an address",
        description="The same one again is the one that is there.",
        tag=TAG,
        query=Language,
        headers=IdempotencyHeader,
        body={contract.JSON: shapes.AddressGiven},
        status=CREATED,
        answer=shapes.AddressTold,
        refusals=NOBODY | {409: "The book is full, or the key was used for another request."},
        caller=Caller.STAFF,
    )
)
def keep_address() -> Response:
    """Put an address into the caller's book."""
    contract.read_query(Language)
    given = contract.read_body(shapes.AddressGiven)
    person_id = current_actor().person_id

    def keep(session: Session) -> Response:
        address_id = orders.save_address(
            session,
            person_id,
            Recipient(**given["recipient"]),
            is_default=given["is_default"],
            at=clock.now(),
        )
        told = queries.get_address(session, person_id, address_id)
        response = contract.answer(shapes.AddressTold, told, status=CREATED)
        response.headers["Location"] = url_for(
            "api_addresses.change_address", address_id=address_id
        )
        return response

    return once.once(given, keep)


@pages.post("/addresses/reading")
@signed_in
@operation(
    Operation(
        summary="Read a pasted address",
        description="Finds name, phone, province, city and district. Nothing is kept.",
        tag=TAG,
        query=Language,
        headers=OptionalKey,
        body={contract.JSON: shapes.PastedGiven},
        answer=shapes.RecipientRead,
        refusals=NOBODY | {409: "The key was used for another request."},
        caller=Caller.STAFF,
    )
)
def read_address() -> Response:
    """Take a pasted text apart."""
    contract.read_query(Language)
    given = contract.read_body(shapes.PastedGiven)

    def read(session: Session) -> Response:
        found = postal.parse(given["text"], regions.load_districts(session))
        return contract.answer(shapes.RecipientRead, asdict(found))

    return once.once_if_asked(given, read)


@pages.put("/addresses/<int:address_id>")
@signed_in
@operation(
    Operation(
        summary="Write an address anew",
        description="Orders that went there keep what they were given.",
        tag=TAG,
        path={"address_id": ADDRESS},
        query=Language,
        body={contract.JSON: shapes.AddressGiven},
        answer=shapes.AddressTold,
        refusals=UNKNOWN,
        caller=Caller.STAFF,
    )
)
def change_address(address_id: int) -> Response:
    """Change one of the caller's addresses."""
    contract.read_query(Language)
    given: dict[str, Any] = contract.read_body(shapes.AddressGiven)
    person_id = current_actor().person_id
    with unit_of_work() as session:
        orders.change_address(session, person_id, address_id, Recipient(**given["recipient"]))
        if given["is_default"]:
            orders.make_default_address(session, person_id, address_id)
        told = queries.get_address(session, person_id, address_id)
    return contract.answer(shapes.AddressTold, told)


@pages.delete("/addresses/<int:address_id>")
@signed_in
@operation(
    Operation(
        summary="Destroy an address",
        tag=TAG,
        path={"address_id": ADDRESS},
        query=Language,
        status=NO_CONTENT,
        refusals=UNKNOWN,
        caller=Caller.STAFF,
    )
)
def destroy_address(address_id: int) -> Response:
    """Take an address out of the caller's book."""
    contract.read_query(Language)
    with unit_of_work() as session:
        orders.delete_address(session, current_actor().person_id, address_id)
    return Response(status=NO_CONTENT)
