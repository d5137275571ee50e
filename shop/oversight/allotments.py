"""Period closes of village collectives, for officials of the village or above."""

import io

from flask import Blueprint, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from kernel.access import requires
from kernel.db import unit_of_work
from parties import queries as party_queries
from parties.values import Role
from shop.oversight.scopes import current_scope
from supplier_portal import allotment_desk, allotment_steps
from supplier_portal.allotment_desk import Desk

pages = Blueprint("oversight_allotments", __name__)


def _desk() -> Desk:
    scope = current_scope()
    with unit_of_work() as session:
        payers = party_queries.list_village_collectives(session, scope.code)
    return Desk(
        base="/oversight/allotments",
        payers={row.code: row.name for row in payers},
        village_payers=frozenset(row.code for row in payers),
        purpose="oversight",
        notes_looks=True,
    )


@pages.get("/allotments")
@requires(Role.OFFICIAL)
def index() -> str:
    """List the period closes of the region's village collectives."""
    return render_template("oversight/allotments/index.html", **allotment_desk.index(_desk()))


@pages.get("/allotments/new")
@requires(Role.OFFICIAL)
def new() -> str:
    """Ask which contract and which days are to be closed."""
    return render_template("oversight/allotments/new.html", **allotment_desk.new(_desk()))


@pages.post("/allotments/new")
@requires(Role.OFFICIAL)
def draw_up() -> ResponseReturnValue:
    """Draw up a close."""
    code = allotment_steps.draw_up(_desk())
    return redirect(url_for(".new") if code is None else url_for(".show", code=code))


@pages.get("/allotments/<code>")
@requires(Role.OFFICIAL)
def show(code: str) -> str:
    """Show a close with every share and how it is worked out."""
    return render_template(
        "oversight/allotments/show.html", **allotment_desk.show(_desk(), code)
    )


@pages.post("/allotments/<code>/attendance")
@requires(Role.OFFICIAL)
def attendance(code: str) -> ResponseReturnValue:
    """Take the attendance list; a wrong row is named and the list stays as it was typed."""
    desk = _desk()
    wrong = allotment_steps.attend(desk, code)
    if wrong is None:
        return redirect(url_for(".show", code=code))
    found = allotment_desk.show(desk, code, wrong_attendance=wrong)
    return render_template("oversight/allotments/show.html", **found), 422


@pages.get("/allotments/<code>/documents/<sha256>")
@requires(Role.OFFICIAL)
def document(code: str, sha256: str) -> ResponseReturnValue:
    """Open a paper behind the resolution; that it was opened is recorded."""
    media_type, content = allotment_steps.open_document(_desk(), code, sha256)
    return send_file(
        io.BytesIO(content), mimetype=media_type, as_attachment=True, download_name=sha256[:12]
    )


@pages.post("/allotments/<code>/<action>")
@requires(Role.OFFICIAL)
def act(code: str, action: str) -> ResponseReturnValue:
    """Carry out the step a form names, such as `declare` or `resolve`."""
    code = allotment_steps.act(_desk(), code, action)
    return redirect(url_for(".show", code=code))


@pages.post("/allotments/<code>/objections/<int:objection_id>")
@requires(Role.OFFICIAL)
def rule(code: str, objection_id: int) -> ResponseReturnValue:
    """Decide an objection."""
    allotment_steps.rule(_desk(), code, objection_id)
    return redirect(url_for(".show", code=code))
