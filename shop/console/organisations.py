"""Sellers and buyers: list, suspension, restoration."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import audit, clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from parties import service as parties
from parties.values import Role
from reporting.desk import organisations as desk
from reporting.desk.organisations import Side
from shop.console.acting import act, asked_state

pages = Blueprint("console_organisations", __name__)

MAX_REASON = 200


@pages.get("/organisations")
@requires(Role.OPERATOR)
def index() -> str:
    """List the organisations of one side."""
    side = asked_state(Side, "side") or Side.SELLERS
    with unit_of_work() as session:
        rows = desk.list_organisations(session, side)
    return render_template("console/organisations/index.html", rows=rows, side=str(side))


@pages.post("/organisations/<code>/suspend")
@requires(Role.OPERATOR)
def suspend(code: str) -> ResponseReturnValue:
    """Stop an organisation from selling and buying; its orders under way go on."""
    reason = request.form.get("reason", "").strip()[:MAX_REASON]
    if not reason:
        raise InvalidError("suspension_reason_missing", "a suspension needs a reason")
    at = clock.now()
    with unit_of_work() as session:
        parties.suspend(session, code, at=at)
        audit.record(
            session,
            act(
                "organisation_suspended",
                f"organisation:{code}",
                at=at,
                detail={"reason": reason},
            ),
        )
    flash(_("%(code)s 已停用：不能再卖出或下单，进行中的订单不受影响。", code=code), "success")
    return redirect(_back())


@pages.post("/organisations/<code>/restore")
@requires(Role.OPERATOR)
def restore(code: str) -> ResponseReturnValue:
    """Let a suspended organisation sell and buy again."""
    at = clock.now()
    with unit_of_work() as session:
        parties.restore(session, code)
        audit.record(session, act("organisation_restored", f"organisation:{code}", at=at))
    flash(_("%(code)s 已恢复。", code=code), "success")
    return redirect(_back())


def _back() -> str:
    side = request.form.get("side", "")
    return url_for(".index", side=side if side in set(Side) else str(Side.SELLERS))
