"""Goods receipts by programs of a cooperative: weigh a household's harvest, see the slip."""

from typing import Any

from flask import Blueprint, Response, url_for
from sqlalchemy.orm import Session

from catalog.values import EmptyLot
from households.queries import receipts as receipt_queries
from households.values import HouseholdId, PurchaseInForce
from kernel import audit, clock
from kernel.access import current_actor, requires
from kernel.audit import Act
from kernel.clock import local_date
from kernel.db import unit_of_work
from kernel.errors import InvalidError, NotFoundError
from parties.values import Role
from reporting import goods_received as bought
from shop.api import contract, once
from shop.api.contract import Caller, Operation, operation
from shop.api.schemas import receipts as shapes
from shop.api.schemas.catalog import Language
from shop.api.schemas.keys import IdempotencyHeader
from supplier_portal.access import actor_code
from supplier_portal.weighing import new_code
from workflows import goods_received
from workflows.goods_received import NewReceipt

pages = Blueprint("api_receipts", __name__)

TAG = "receipts"
CREATED = 201
KEEPERS = (Role.MANAGER, Role.CLERK)
READERS = (Role.MANAGER, Role.CLERK, Role.CASHIER)
NOBODY = {401: "Nobody is signed in."}


@pages.post("/receipts")
@requires(*KEEPERS)
@operation(
    Operation(
        summary="Record a goods receipt",
        description=(
            "One household's harvest weighed under a purchase contract of the caller's "
            "organisation: priced by the terms and the market of the day, put into a lot at "
            "cost, owed to the household at once. A wrong weighing is taken back in the "
            "portal while its lot is untouched."
        ),
        tag=TAG,
        query=Language,
        headers=IdempotencyHeader,
        body={contract.JSON: shapes.ReceiptGiven},
        status=CREATED,
        answer=shapes.SlipTold,
        refusals=NOBODY
        | {
            403: "The caller is neither manager nor clerk.",
            404: "No such contract, lot or SKU of the caller's organisation.",
            409: "The contract is another household's or buys other goods, the household is "
            "no member, the lot is on sale, or the key was used for another request.",
        },
        caller=Caller.STAFF,
    )
)
def record_receipt() -> Response:
    """Price one weighing and owe the household its pay."""
    contract.read_query(Language)
    given = contract.read_body(shapes.ReceiptGiven)
    own = current_actor().organisation_codes(*KEEPERS)
    return once.once(given, lambda session: _record(session, given, own))


@pages.get("/receipts")
@requires(*READERS)
@operation(
    Operation(
        summary="List goods receipts",
        description="Of one organisation of the caller, the newest first.",
        tag=TAG,
        query=shapes.ReceiptQuery,
        answer=shapes.SlipPage,
        refusals=NOBODY
        | {
            403: "The caller keeps or reads no receipts.",
            404: "This is no organisation of the caller.",
        },
        caller=Caller.READER,
    )
)
def list_receipts() -> Response:
    """One page of receipts; pages follow each other by key."""
    query = contract.read_query(shapes.ReceiptQuery)
    own = sorted(current_actor().organisation_codes(*READERS))
    seller = query.get("seller", own[0])
    if seller not in own:
        raise NotFoundError("organisation_not_found", "no such organisation of this caller")
    with unit_of_work() as session:
        page = bought.list_slips(session, seller, key=query.get("after"), size=query["limit"])
    return contract.answer(shapes.SlipPage, {"rows": page.rows, "next_key": page.next_key})


@pages.get("/receipts/<code>")
@requires(*READERS)
@operation(
    Operation(
        summary="Get a goods receipt",
        tag=TAG,
        path={"code": shapes.path_code()},
        query=Language,
        answer=shapes.SlipTold,
        refusals=NOBODY
        | {
            403: "The caller keeps or reads no receipts.",
            404: "There is no such receipt, or not of the caller's organisation.",
        },
        caller=Caller.READER,
    )
)
def show_receipt(code: str) -> Response:
    """One slip as it stands now, taken back or not."""
    contract.read_query(Language)
    own = sorted(current_actor().organisation_codes(*READERS))
    with unit_of_work() as session:
        slip = bought.get_slip(session, own, code)
    return contract.answer(shapes.SlipTold, slip)


def _record(session: Session, given: dict[str, Any], own: frozenset[str]) -> Response:
    """Carry out one weighing and answer its slip."""
    wanted = (given["contract"], given["received_on"])
    found = receipt_queries.find_purchases(session, {wanted}).get(wanted)
    if found is None or found.organisation_code not in own:
        raise NotFoundError("purchase_not_found", "no such contract on that day")
    receipt, seller = _receipt(given, found), found.organisation_code
    if receipt.lot_code:
        goods_received.receive(session, [receipt], seller_code=seller, actor=actor_code())
    else:
        lot = _lot(given["new_lot"], seller, receipt)
        goods_received.receive_new(session, receipt, lot, actor=actor_code())
    audit.record(session, _act(receipt))
    slip = bought.get_slip(session, [seller], receipt.code)
    response = contract.answer(shapes.SlipTold, slip, status=CREATED)
    response.headers["Location"] = url_for("api_receipts.show_receipt", code=receipt.code)
    return response


def _receipt(given: dict[str, Any], purchase: PurchaseInForce) -> NewReceipt:
    at = clock.now()
    household_id = given.get("household_id") or purchase.household_id
    if household_id is None:
        raise InvalidError(
            "receipt_household_missing", "the contract is with all members: say whose goods"
        )
    return NewReceipt(
        code=new_code(local_date(at)),
        contract_code=given["contract"],
        household_id=HouseholdId(household_id),
        lot_code=given.get("lot", ""),
        weight_g=given["weight_g"],
        grade_percent=given["grade_percent"],
        received_on=given["received_on"],
        at=at,
    )


def _lot(given: dict[str, Any], seller_code: str, receipt: NewReceipt) -> EmptyLot:
    return EmptyLot(
        sku_code=given["sku"],
        seller_code=seller_code,
        harvested_on=given["harvested_on"],
        batch_certificate_number=given.get("certificate", ""),
        opened_at=receipt.at,
    )


def _act(receipt: NewReceipt) -> Act:
    return Act(
        actor=actor_code(),
        action="goods_received",
        subject=f"receipt:{receipt.code}",
        purpose="api",
        at=receipt.at,
        detail={},
    )
