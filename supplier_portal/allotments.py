"""Period closes of a payer: wages, rent, dividends and refunds, from the draft to the books."""

import io

from flask import Blueprint, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from kernel.access import requires
from kernel.db import unit_of_work
from parties import queries as party_queries
from parties.values import OrganisationKind, Role
from supplier_portal import allotment_desk, allotment_steps
from supplier_portal.access import seller_code
from supplier_portal.allotment_desk import Desk

pages = Blueprint("supplier_allotments", __name__)

KEEPERS = (Role.MANAGER, Role.CLERK, Role.CASHIER)


def _desk() -> Desk:
    code = seller_code()
    with unit_of_work() as session:
        seller = party_queries.get_organisation(session, code)
    is_village = seller.kind is OrganisationKind.VILLAGE_COLLECTIVE
    return Desk(
        base="/supplier/allotments",
        payers={code: seller.name},
        village_payers=frozenset({code} if is_village else ()),
        purpose="supplier_portal",
    )


@pages.get("/allotments")
@requires(*KEEPERS)
def index() -> str:
    """List the payer's period closes."""
    return render_template(
        "supplier_portal/allotments/index.html", **allotment_desk.index(_desk())
    )


@pages.get("/allotments/new")
@requires(*KEEPERS)
def new() -> str:
    """Ask which contract and which days are to be closed."""
    return render_template("supplier_portal/allotments/new.html", **allotment_desk.new(_desk()))


@pages.post("/allotments/new")
@requires(*KEEPERS)
def draw_up() -> ResponseReturnValue:
    """Draw up a close."""
    code = allotment_steps.draw_up(_desk())
    return redirect(url_for(".new") if code is None else url_for(".show", code=code))


@pages.get("/allotments/<code>")
@requires(*KEEPERS)
def show(code: str) -> str:
    """Show a close with every share and how it is worked out."""
    return render_template(
        "supplier_portal/allotments/show.html", **allotment_desk.show(_desk(), code)
    )


@pages.post("/allotments/<code>/attendance")
@requires(*KEEPERS)
def attendance(code: str) -> ResponseReturnValue:
    """Take the attendance list; a wrong row is named and the list stays as it was typed."""
    desk = _desk()
    wrong = allotment_steps.attend(desk, code)
    if wrong is None:
        return redirect(url_for(".show", code=code))
    found = allotment_desk.show(desk, code, wrong_attendance=wrong)
    return render_template("supplier_portal/allotments/show.html", **found), 422


@pages.get("/allotments/<code>/documents/<sha256>")
@requires(*KEEPERS)
def document(code: str, sha256: str) -> ResponseReturnValue:
    """Open a paper behind the resolution; that it was opened is recorded."""
    media_type, content = allotment_steps.open_document(_desk(), code, sha256)
    return send_file(
        io.BytesIO(content), mimetype=media_type, as_attachment=True, download_name=sha256[:12]
    )


@pages.post("/allotments/<code>/<action>")
@requires(*KEEPERS)
def act(code: str, action: str) -> ResponseReturnValue:
    """Carry out the step a form names, such as `declare` or `resolve`."""
    code = allotment_steps.act(_desk(), code, action)
    return redirect(url_for(".show", code=code))


@pages.post("/allotments/<code>/objections/<int:objection_id>")
@requires(*KEEPERS)
def rule(code: str, objection_id: int) -> ResponseReturnValue:
    """Decide an objection."""
    allotment_steps.rule(_desk(), code, objection_id)
    return redirect(url_for(".show", code=code))
