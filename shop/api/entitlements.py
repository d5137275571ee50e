"""Why one entitlement is what it is: for its household, its payer, and on record for others."""

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from households import service as households
from households.values import Reason
from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from parties.values import Role
from reporting.explanation import reading
from reporting.explanation.values import Reader
from shop.api import contract, once
from shop.api.contract import Caller, Operation, operation
from shop.api.schemas import entitlements as shapes
from shop.api.schemas.catalog import Language
from shop.api.schemas.fields import path_id
from shop.api.schemas.keys import IdempotencyHeader
from shop.security import find_actor, public
from supplier_portal.looking import find_looker

pages = Blueprint("api_entitlements", __name__)

PAYER_ROLES = (Role.MANAGER, Role.CLERK, Role.CASHIER)
NOBODY_S = 0
"""No entitlement has this number."""
NUMBER = path_id("Number of an entitlement.")


@pages.get("/entitlements/<entitlement_id>/explanation")
@public
@operation(
    Operation(
        summary="Explain an entitlement",
        description=(
            "The chain from the paid line to the fen: lot, contract version, deductions, pots, "
            "exact share, place in the order of remainders, reversals, postings. For the "
            "household it belongs to and for staff of the paying organisation; of everybody "
            "else who shared only their number and their weights together are told. A "
            "household reads those only where enough households stand behind them; else "
            "`others_from` says how many that takes."
        ),
        tag="entitlements",
        path={"entitlement_id": NUMBER},
        query=Language,
        answer=shapes.ExplanationTold,
        refusals={404: "There is no such entitlement, or not for this caller."},
        caller=Caller.READER,
    )
)
def explain_entitlement(entitlement_id: str) -> Response:
    """Every step of one entitlement, with exact fractions."""
    contract.read_query(Language)
    wanted = int(entitlement_id) if _is_number(entitlement_id) else NOBODY_S
    with unit_of_work() as session:
        told = reading.explain(session, wanted, _reader(), on=clock.local_date(clock.now()))
    return contract.answer(shapes.ExplanationTold, told)


@pages.post("/entitlements/<entitlement_id>/explanation")
@requires(Role.OFFICIAL, Role.OPERATOR)
@operation(
    Operation(
        summary="Open an entitlement's explanation for a purpose",
        description=(
            "For officials of a region around the household and for operators. Every look is "
            "on record with its purpose and words, the household sees it, and it counts among "
            "the 25 looks of an hour: the 25th is told to operator and superior, the next "
            "needs the password again at `/account/confirm`. A repetition under its key is "
            "the same look."
        ),
        tag="entitlements",
        path={"entitlement_id": NUMBER},
        query=Language,
        headers=IdempotencyHeader,
        body={contract.JSON: shapes.LookGiven},
        answer=shapes.ExplanationTold,
        refusals={
            401: "Nobody is signed in.",
            403: "The caller holds neither role, the purpose is not one of the role's, or the "
            "password is needed again.",
            404: "There is no such entitlement of a household, or not for this caller.",
            409: "The key was used for another request.",
        },
        caller=Caller.STAFF,
    )
)
def open_explanation(entitlement_id: str) -> Response:
    """Every step of one amount of a household, on record."""
    contract.read_query(Language)
    given = contract.read_body(shapes.LookGiven)
    wanted = int(entitlement_id) if _is_number(entitlement_id) else NOBODY_S
    reason = Reason(purpose=given["purpose"], words=given["words"])
    looker = find_looker()
    # Whoever has lost a right since does not get the answer again.
    rights = {"regions": sorted(looker.region_codes), "is_operator": looker.is_operator}

    def look(session: Session) -> Response:
        at = clock.now()
        whose = households.look_at_income(session, wanted, looker, reason, at=at)
        reader = Reader(household_id=whose, sees_others=True)
        told = reading.explain(session, wanted, reader, on=clock.local_date(at))
        return contract.answer(shapes.ExplanationTold, told)

    return once.once({**given, **rights}, look)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(reading.LARGEST_ID))


def _reader() -> Reader:
    actor = find_actor()
    if actor is None:
        return Reader()
    return Reader(actor.household_id, actor.organisation_codes(*PAYER_ROLES))
