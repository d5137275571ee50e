"""Claims of buyers: the seller's queue, and one claim with the seller's word on it."""

from collections.abc import Callable

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from orders import queries as order_queries
from orders.values import ClaimState, Condition
from parties.values import SELLER_ROLES, Role
from supplier_portal.access import actor_code, seller_code
from workflows import claim_decisions
from workflows.claim_steps import Word

pages = Blueprint("supplier_claims", __name__)

DECIDERS = (Role.MANAGER, Role.CLERK)
QUEUES = {
    "open": (ClaimState.REQUESTED, ClaimState.IN_RETURN, ClaimState.RETURN_RECEIVED),
    "waiting": (ClaimState.OFFERED, ClaimState.AWAITING_RETURN),
    "disputed": (ClaimState.REJECTED, ClaimState.DISPUTED),
    "done": (
        ClaimState.SETTLED,
        ClaimState.EXCHANGED,
        ClaimState.DISMISSED,
        ClaimState.WITHDRAWN,
        ClaimState.LAPSED,
    ),
}


@pages.get("/claims")
@requires(*SELLER_ROLES)
def index() -> str:
    """List the claims of the seller's buyers, the longest waiting first."""
    queue = request.args.get("queue", "open")
    if queue not in QUEUES:
        raise InvalidError("queue_unknown", f"no queue {queue}")
    with unit_of_work() as session:
        rows = order_queries.list_claims(
            session, seller_code=seller_code(), states=QUEUES[queue]
        )
    return render_template("supplier_portal/claims/index.html", rows=rows, queue=queue)


@pages.get("/claims/<int:claim_id>")
@requires(*SELLER_ROLES)
def show(claim_id: int) -> str:
    """Show one claim: what was asked for, the photos, and the next step."""
    with unit_of_work() as session:
        claim = order_queries.get_claim(session, claim_id, seller_code=seller_code())
    return render_template("supplier_portal/claims/show.html", claim=claim)


@pages.get("/claims/<int:claim_id>/photos/<int:photo_id>")
@requires(*SELLER_ROLES)
def photo(claim_id: int, photo_id: int) -> Response:
    """Answer one photo of a claim of the seller's own buyers."""
    with unit_of_work() as session:
        order_queries.get_claim(session, claim_id, seller_code=seller_code())
        jpeg = order_queries.get_photo(session, claim_id, photo_id)
    return Response(
        jpeg, mimetype="image/jpeg", headers={"Cache-Control": "private, max-age=300"}
    )


@pages.post("/claims/<int:claim_id>/approve")
@requires(*DECIDERS)
def approve(claim_id: int) -> ResponseReturnValue:
    """Agree: spoiled goods are paid, others are to come back."""
    return _decide(
        claim_id,
        lambda session, word: claim_decisions.approve(session, claim_id, word, at=clock.now()),
    )


@pages.post("/claims/<int:claim_id>/reject")
@requires(*DECIDERS)
def reject(claim_id: int) -> ResponseReturnValue:
    """Refuse, with a reason the buyer reads."""
    return _decide(
        claim_id,
        lambda session, word: claim_decisions.reject(session, claim_id, word, at=clock.now()),
    )


@pages.post("/claims/<int:claim_id>/receive")
@requires(*SELLER_ROLES)
def receive(claim_id: int) -> ResponseReturnValue:
    """Note that returned goods are back."""
    return _decide(
        claim_id,
        lambda session, word: claim_decisions.receive(session, claim_id, word, at=clock.now()),
    )


@pages.post("/claims/<int:claim_id>/inspect")
@requires(*DECIDERS)
def inspect(claim_id: int) -> ResponseReturnValue:
    """Say how the goods were found, and pay; intact ones are sold again if they may be."""
    given = request.form.get("condition", "")
    if given not in set(Condition):
        raise InvalidError("claim_fate_missing", "say how the goods were found")
    return _decide(
        claim_id,
        lambda session, word: claim_decisions.inspect(
            session, claim_id, word, condition=Condition(given), at=clock.now()
        ),
    )


@pages.post("/claims/<int:claim_id>/offer")
@requires(*DECIDERS)
def offer(claim_id: int) -> ResponseReturnValue:
    """Offer to pay part of the price, with a reason the buyer reads."""
    percent = request.form.get("percent", "")
    if not (percent.isascii() and percent.isdigit() and len(percent) <= len("100")):
        raise InvalidError("claim_grade_unknown", "percent is a whole number")
    return _decide(
        claim_id,
        lambda session, word: claim_decisions.offer(
            session, claim_id, word, percent=int(percent), at=clock.now()
        ),
    )


def _decide(claim_id: int, act: Callable[[Session, Word], None]) -> ResponseReturnValue:
    word = Word(actor_code(), request.form.get("reason", "").strip())
    with unit_of_work() as session:
        order_queries.get_claim(session, claim_id, seller_code=seller_code())
        act(session, word)
    flash(_("已处理。"), "success")
    return redirect(url_for(".show", claim_id=claim_id))
