"""Claims the platform decides on: disputes, and any that waits; always with a reason."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import audit, clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from orders import queries as order_queries
from orders.values import ClaimState
from parties.values import Role
from payments.values import Bearer
from shop.console.acting import act, actor_code, asked_state
from workflows import claim_decisions
from workflows.claim_steps import Word

pages = Blueprint("console_claims", __name__)


@pages.get("/claims")
@requires(Role.OPERATOR)
def index() -> str:
    """List claims of one state, disputes first, the longest waiting on top."""
    state = asked_state(ClaimState) or ClaimState.DISPUTED
    with unit_of_work() as session:
        rows = order_queries.list_claims(session, states=[state])
    return render_template(
        "console/claims/index.html", rows=rows, state=state, states=list(ClaimState)
    )


@pages.get("/claims/<int:claim_id>")
@requires(Role.OPERATOR)
def show(claim_id: int) -> str:
    """Show one claim with every step, and the platform's decision."""
    with unit_of_work() as session:
        claim = order_queries.get_claim(session, claim_id)
    return render_template("console/claims/show.html", claim=claim)


@pages.get("/claims/<int:claim_id>/photos/<int:photo_id>")
@requires(Role.OPERATOR)
def photo(claim_id: int, photo_id: int) -> Response:
    """Answer one photo of a claim."""
    with unit_of_work() as session:
        jpeg = order_queries.get_photo(session, claim_id, photo_id)
    return Response(
        jpeg, mimetype="image/jpeg", headers={"Cache-Control": "private, max-age=300"}
    )


@pages.post("/claims/<int:claim_id>/uphold")
@requires(Role.OPERATOR)
def uphold(claim_id: int) -> ResponseReturnValue:
    """Decide for the buyer: how much, and at whose cost."""
    bearer = request.form.get("bearer", "")
    percent = request.form.get("percent", "")
    if bearer not in set(Bearer):
        raise InvalidError("claim_bearer_unknown", f"no bearer {bearer}")
    if not (percent.isascii() and percent.isdigit() and len(percent) <= len("100")):
        raise InvalidError("claim_grade_unknown", "percent is a whole number")
    at = clock.now()
    word = Word(actor_code(), request.form.get("reason", ""))
    with unit_of_work() as session:
        claim_decisions.overrule(
            session, claim_id, word, bearer=Bearer(bearer), percent=int(percent), at=at
        )
        detail = {"bearer": bearer, "percent": percent}
        audit.record(session, act("claim_upheld", f"claim:{claim_id}", at=at, detail=detail))
    flash(_("已处理。"), "success")
    return redirect(url_for(".show", claim_id=claim_id))


@pages.post("/claims/<int:claim_id>/dismiss")
@requires(Role.OPERATOR)
def dismiss(claim_id: int) -> ResponseReturnValue:
    """Decide against the buyer."""
    at = clock.now()
    word = Word(actor_code(), request.form.get("reason", ""))
    with unit_of_work() as session:
        claim_decisions.dismiss(session, claim_id, word, at=at)
        audit.record(session, act("claim_dismissed", f"claim:{claim_id}", at=at))
    flash(_("已处理。"), "success")
    return redirect(url_for(".show", claim_id=claim_id))
