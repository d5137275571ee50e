"""Certificates by programs: look one up, those of a product, a seller's own; file one."""

import base64
import binascii
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, url_for
from sqlalchemy.orm import Session

from catalog.listing import product
from catalog.queries import papers as queries
from catalog.values.papers import LabResult, NewPaper
from kernel import audit, clock
from kernel.access import current_actor, requires
from kernel.audit import Act
from kernel.db import unit_of_work
from kernel.errors import InvalidError, NotFoundError
from parties.values import SELLER_ROLES, Role
from shop import scans
from shop.api import contract, once
from shop.api.contract import Caller, Operation, operation
from shop.api.schemas import certificates as shapes
from shop.api.schemas.catalog import Language, path_code
from shop.api.schemas.keys import IdempotencyHeader
from shop.security import public
from supplier_portal.access import actor_code
from workflows import laboratory_failed, lot_recalled

pages = Blueprint("api_certificates", __name__)

TAG = "certificates"
CREATED = 201
KEEPERS = (Role.MANAGER, Role.CLERK)
MAX_BYTES = 12 * 1024 * 1024
NOBODY = {401: "Nobody is signed in."}


@pages.get("/certificates/<code>")
@public
@operation(
    Operation(
        summary="Look a certificate up",
        description="What it says and what it is worth now. The scan is not shown.",
        tag=TAG,
        path={"code": path_code("Public code of a certificate.")},
        query=Language,
        answer=shapes.CertificateTold,
        refusals={404: "There is no such certificate."},
    )
)
def show_certificate(code: str) -> Response:
    """Tell everybody what a certificate is worth."""
    contract.read_query(Language)
    with unit_of_work() as session:
        paper = queries.get_paper(session, code, at=clock.now())
    return contract.answer(shapes.CertificateTold, shapes.told(paper))


@pages.get("/products/<code>/certificates")
@public
@operation(
    Operation(
        summary="List the certificates of a product",
        description="Those that were reviewed, with what each is worth now.",
        tag=TAG,
        path={"code": path_code("Code of a product.")},
        query=Language,
        answer=shapes.CertificatesTold,
        refusals={404: "There is no such product."},
    )
)
def list_product_certificates(code: str) -> Response:
    """Tell everybody which certificates a product has and had."""
    contract.read_query(Language)
    at = clock.now()
    with unit_of_work() as session:
        rows = queries.list_of_product(session, code, at=at)
        if not rows:
            product.get_product(session, code, at=at)
    told = [shapes.told(row) for row in rows]
    return contract.answer(shapes.CertificatesTold, {"rows": told})


@pages.get("/certificates")
@requires(*SELLER_ROLES)
@operation(
    Operation(
        summary="List one's own certificates",
        description="Of one organisation of the caller, the soonest to end first.",
        tag=TAG,
        query=shapes.OwnQuery,
        answer=shapes.OwnCertificatesTold,
        refusals=NOBODY
        | {
            403: "The caller works for no seller.",
            404: "This is no organisation of the caller.",
        },
        caller=Caller.READER,
    )
)
def list_certificates() -> Response:
    """Tell a seller what it holds, waits for and has lost."""
    query = contract.read_query(shapes.OwnQuery)
    seller = own_seller(query, *SELLER_ROLES)
    with unit_of_work() as session:
        rows = queries.list_own_papers(session, seller, at=clock.now())
    told = [shapes.told(row) for row in rows]
    return contract.answer(shapes.OwnCertificatesTold, {"rows": told})


@pages.post("/certificates")
@requires(*KEEPERS)
@operation(
    Operation(
        summary="File a certificate",
        description=(
            "For products or lots of the caller's organisation; it counts once the platform "
            "has reviewed it. A laboratory report of a failed test takes its lots off the "
            "shelf at once, and whoever bought of them is told."
        ),
        tag=TAG,
        query=Language,
        headers=IdempotencyHeader,
        body={contract.JSON: shapes.CertificateGiven},
        status=CREATED,
        answer=shapes.OwnCertificateTold,
        refusals=NOBODY
        | {
            403: "The caller is neither manager nor clerk.",
            404: "No such organisation, product or lot of the caller's.",
            409: "The number stands in the register, or the key was used for another request.",
        },
        caller=Caller.STAFF,
    )
)
def file_certificate() -> Response:
    """Enter a certificate for review."""
    contract.read_query(Language)
    given = contract.read_body(shapes.CertificateGiven, at_most=MAX_BYTES)
    paper, holders = _paper(given), list[str]()

    def enter(session: Session) -> Response:
        code, waiting = laboratory_failed.submit(session, paper)
        holders.extend(waiting)
        audit.record(session, _act(code, paper))
        own = queries.get_paper(session, code, at=paper.at)
        response = contract.answer(shapes.OwnCertificateTold, shapes.told(own), status=CREATED)
        response.headers["Location"] = url_for(".show_certificate", code=code)
        return response

    response = once.once(given, enter)
    for lot in paper.lots if holders else ():
        for number in holders:
            with unit_of_work() as session:
                lot_recalled.close_holder(session, number, lot, at=clock.now())
    return response


def own_seller(given: dict[str, Any], *roles: Role) -> str:
    """Return the organisation of the caller a request is about, by default the first."""
    own = sorted(current_actor().organisation_codes(*roles))
    seller = given.get("seller", own[0])
    if seller not in own:
        raise NotFoundError("organisation_not_found", "no such organisation of this caller")
    return str(seller)


def _paper(given: dict[str, Any]) -> NewPaper:
    try:
        raw = base64.b64decode(given["scan"], validate=True)
    except binascii.Error as broken:
        raise InvalidError("scan_unreadable", "this is no file") from broken
    return NewPaper(
        type_code=given["type"],
        number=given["number"],
        issuer=given["issuer"],
        seller_code=own_seller(given, *KEEPERS),
        scope=given.get("scope", ""),
        valid_from=given["valid_from"],
        valid_to=given.get("valid_to"),
        products=tuple(given.get("products", ())),
        lots=tuple(given.get("lots", ())),
        brand_code=given.get("brand"),
        result=LabResult(given["result"]) if "result" in given else None,
        sources=tuple(given.get("sources", ())),
        scan=scans.read(BytesIO(raw)),
        by=current_actor().person_id,
        at=clock.now(),
    )


def _act(code: str, paper: NewPaper) -> Act:
    return Act(
        actor=actor_code(),
        action="paper_submitted",
        subject=f"paper:{code}",
        purpose="api",
        at=paper.at,
        detail={},
    )
