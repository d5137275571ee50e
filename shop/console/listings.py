"""Listings that wait for a decision: what would change, and the reviewer's word."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from catalog import service as catalog
from catalog.listing import changes
from catalog.rules.listings import changed_fields
from catalog.values import ChangeState, ListingPlan
from kernel import audit, clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from parties.values import Role
from shop.console.acting import act, actor_code
from supplier_portal.listings import read_words

pages = Blueprint("console_listings", __name__)


@pages.get("/listings")
@requires(Role.OPERATOR)
def index() -> str:
    """List what waits, the longest first."""
    with unit_of_work() as session:
        rows = changes.list_waiting(session)
    return render_template("console/listings/index.html", rows=rows)


@pages.get("/listings/<int:change_id>")
@requires(Role.OPERATOR)
def show(change_id: int) -> str:
    """Show a listing beside what buyers see today."""
    with unit_of_work() as session:
        change = changes.get_change(session, change_id)
        words = read_words(session)
    before = change.base or ListingPlan()
    return render_template(
        "console/listings/show.html",
        change=change,
        before=before,
        changed=changed_fields(change.head.plan, before),
        **words,
    )


@pages.post("/listings/<int:change_id>")
@requires(Role.OPERATOR)
def decide(change_id: int) -> ResponseReturnValue:
    """Let a listing go on sale, ask for it to be mended, or refuse it."""
    given, at = request.form.get("decision", ""), clock.now()
    if given not in set(ChangeState):
        raise InvalidError("change_note_missing", "no decision was given")
    decision, note = ChangeState(given), request.form.get("note", "")
    with unit_of_work() as session:
        product = catalog.decide_change(
            session, change_id, decision, note=note, actor=actor_code(), at=at
        )
        told = {"decision": decision.value, "product": product or ""}
        audit.record(
            session, act("listing_decided", f"listing:{change_id}", at=at, detail=told)
        )
    flash(_("已记录审核结果。"), "success")
    return redirect(url_for(".index"))
