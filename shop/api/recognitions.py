"""Recognitions by programs: what stands on public notice, and a seller's own applications."""

from flask import Blueprint, Response

from catalog.errors.papers import ApplicationNotFoundError
from catalog.queries import recognition as queries
from kernel import clock
from kernel.access import current_actor, requires
from kernel.db import unit_of_work
from parties.values import SELLER_ROLES
from shop.api import contract
from shop.api.certificates import NOBODY, own_seller
from shop.api.contract import Caller, Operation, operation
from shop.api.schemas import certificates as shapes
from shop.api.schemas.catalog import Language, path_code
from shop.security import public

pages = Blueprint("api_recognitions", __name__)

TAG = "recognitions"
CODE = path_code("Code of an application.")


@pages.get("/recognition-notices")
@public
@operation(
    Operation(
        summary="List public notices of recognitions",
        description="What anybody may object to today, the soonest to end first.",
        tag=TAG,
        query=Language,
        answer=shapes.NoticesTold,
    )
)
def list_notices() -> Response:
    """Tell everybody what stands on notice."""
    contract.read_query(Language)
    with unit_of_work() as session:
        rows = queries.list_on_notice(session, on=clock.local_date(clock.now()))
    return contract.answer(shapes.NoticesTold, {"rows": rows})


@pages.get("/recognition-notices/<code>")
@public
@operation(
    Operation(
        summary="Get a public notice",
        tag=TAG,
        path={"code": CODE},
        query=Language,
        answer=shapes.NoticeTold,
        refusals={404: "Nothing stands on notice under this code today."},
    )
)
def show_notice(code: str) -> Response:
    """Tell everybody what is asked for."""
    contract.read_query(Language)
    with unit_of_work() as session:
        rows = queries.list_on_notice(session, on=clock.local_date(clock.now()))
    found = next((row for row in rows if row.code == code), None)
    if found is None:
        raise ApplicationNotFoundError
    return contract.answer(shapes.NoticeTold, found)


@pages.get("/recognitions")
@requires(*SELLER_ROLES)
@operation(
    Operation(
        summary="List one's own applications for recognition",
        tag=TAG,
        query=shapes.OwnQuery,
        answer=shapes.RecognitionsTold,
        refusals=NOBODY
        | {
            403: "The caller works for no seller.",
            404: "This is no organisation of the caller.",
        },
        caller=Caller.READER,
    )
)
def list_recognitions() -> Response:
    """Tell a seller how far its applications are."""
    seller = own_seller(contract.read_query(shapes.OwnQuery), *SELLER_ROLES)
    with unit_of_work() as session:
        rows = queries.list_own_applications(session, seller)
    return contract.answer(shapes.RecognitionsTold, {"rows": rows})


@pages.get("/recognitions/<code>")
@requires(*SELLER_ROLES)
@operation(
    Operation(
        summary="Get one's own application for recognition",
        tag=TAG,
        path={"code": CODE},
        query=Language,
        answer=shapes.RecognitionTold,
        refusals=NOBODY
        | {
            403: "The caller works for no seller.",
            404: "There is no such application, or not of the caller's organisation.",
        },
        caller=Caller.READER,
    )
)
def show_recognition(code: str) -> Response:
    """Tell a seller how far one application is."""
    contract.read_query(Language)
    own = current_actor().organisation_codes(*SELLER_ROLES)
    with unit_of_work() as session:
        found = queries.get_application(session, code)
    if found.seller_code not in own:
        raise ApplicationNotFoundError
    return contract.answer(shapes.RecognitionTold, found)
