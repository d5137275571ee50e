"""Coupons by programs: those their caller has, those there to be taken; take one."""

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from kernel import clock
from kernel.access import current_actor
from kernel.db import unit_of_work
from orders import queries, service
from orders.queries import Asked
from shop.api import contract, once
from shop.api.contract import Caller, Operation, operation
from shop.api.schemas import coupons as shapes
from shop.api.schemas.catalog import Language
from shop.api.schemas.keys import IdempotencyHeader
from shop.security import find_person_id, public, signed_in

pages = Blueprint("api_coupons", __name__)

TAG = "coupons"


@pages.get("/coupons")
@public
@operation(
    Operation(
        summary="List coupons",
        description=(
            "What the caller has in hand and what may be taken now. The code of one that may "
            "be used goes into `coupons` of a quote or an order."
        ),
        tag=TAG,
        query=Language,
        answer=shapes.CouponsTold,
        caller=Caller.READER,
    )
)
def list_coupons() -> Response:
    """List the caller's own coupons and those there to be taken."""
    contract.read_query(Language)
    asked = Asked(clock.now(), find_person_id())
    with unit_of_work() as session:
        told = {
            "mine": queries.list_wallet(session, asked),
            "claimable": queries.list_claimable(session, asked),
        }
    return contract.answer(shapes.CouponsTold, told)


@pages.post("/coupons")
@signed_in
@operation(
    Operation(
        summary="Take a coupon",
        description=(
            "One there to be taken, or one whose code the caller knows. Taking it again "
            "changes nothing."
        ),
        tag=TAG,
        query=Language,
        headers=IdempotencyHeader,
        body={contract.JSON: shapes.CouponGiven},
        answer=shapes.CouponTermsTold,
        refusals={
            401: "Nobody is signed in.",
            404: "There is no such coupon, or it is only given.",
            409: "All were taken, it has ended, or the key was used for another request.",
        },
        caller=Caller.PERSON,
    )
)
def take_coupon() -> Response:
    """Put a coupon into the caller's hands."""
    contract.read_query(Language)
    given = contract.read_body(shapes.CouponGiven)
    code, asked = given["code"], Asked(clock.now(), current_actor().person_id)

    def take(session: Session) -> Response:
        service.keep_coupon(session, code, current_actor().person_id, at=asked.at)
        own = queries.list_wallet(session, asked)
        return contract.answer(
            shapes.CouponTermsTold, next(one for one in own if one.code == code)
        )

    return once.once(given, take)
