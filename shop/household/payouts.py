"""Payments to a household: what arrived, and the code by which it says so."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import clock
from kernel.access import current_actor, signed_in
from kernel.db import unit_of_work
from kernel.errors import ConflictError
from payments import queries
from payments import service as payments
from payments.service import CodeAnswer
from shop import operations
from shop.household.statement import own_household
from shop.tasks import notices

pages = Blueprint("household_payouts", __name__)

PAGE_SIZE = 24


@pages.get("/payouts")
@signed_in
def index() -> str:
    """List the household's own payments, the newest first."""
    owner = f"hh:{own_household()}"
    key = request.args.get("after")
    with unit_of_work() as session:
        page = queries.list_payouts(session, owner, key=key, size=PAGE_SIZE)
        paid_minor = queries.sum_paid(session, owner)
    return render_template(
        "household/payouts/index.html",
        page=page,
        paid_minor=paid_minor,
        can_send=notices.find_gateway(operations.settings()) is not None,
        asked=request.args.get("asked", ""),
        is_first=key is None,
    )


@pages.post("/payouts/<int:line_id>/code")
@signed_in
def ask(line_id: int) -> ResponseReturnValue:
    """Ask for the code that acknowledges one payment; it goes to the registered phone."""
    household_id = own_household()
    if notices.find_gateway(operations.settings()) is None:
        raise ConflictError("notice_gateway_missing", "no gateway for short messages")
    with unit_of_work() as session:
        payments.request_code(session, line_id, household_id, at=clock.now())
    flash(_("确认码已发送到登记的手机。"), "success")
    return redirect(url_for(".index", asked=line_id))


@pages.post("/payouts/<int:line_id>/acknowledge")
@signed_in
def acknowledge(line_id: int) -> ResponseReturnValue:
    """Take the code; a wrong one costs a try."""
    household_id = own_household()
    code = request.form.get("code", "")
    with unit_of_work() as session:
        answer = payments.acknowledge_by_code(
            session, line_id, household_id, code, by=current_actor().person_id, at=clock.now()
        )
    if answer is CodeAnswer.ACKNOWLEDGED:
        flash(_("谢谢，已记下您收到了这笔款。"), "success")
        return redirect(url_for(".index"))
    if answer is CodeAnswer.WRONG:
        flash(_("确认码不对，请再看一看短信。"), "error")
        return redirect(url_for(".index", asked=line_id))
    flash(_("确认码已失效，请重新发送。"), "error")
    return redirect(url_for(".index"))
