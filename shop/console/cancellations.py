"""Taking an approved settlement back before the bank has it: one asks, another confirms."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import audit, clock
from kernel.access import current_actor, requires
from kernel.db import unit_of_work
from parties.values import Role
from shop.console.acting import act
from workflows import payout_cancelled

pages = Blueprint("console_cancellations", __name__)


@pages.post("/settlements/<code>/cancel")
@requires(Role.OPERATOR)
def ask(code: str) -> ResponseReturnValue:
    """Ask to cancel a settlement, with the reason; a colleague has to confirm."""
    reason = request.form.get("reason", "")
    at = clock.now()
    with unit_of_work() as session:
        payout_cancelled.ask(session, code, reason, by=_me(), at=at)
        audit.record(session, act("settlement_cancel_asked", f"settlement:{code}", at=at))
    flash(_("已申请取消，请另一位同事确认。在此期间不能登记提交银行。"), "success")
    return _to(code)


@pages.post("/settlements/<code>/cancel/confirm")
@requires(Role.OPERATOR)
def confirm(code: str) -> ResponseReturnValue:
    """Cancel a settlement that a colleague asked to cancel; everything is owed again."""
    at = clock.now()
    with unit_of_work() as session:
        lines = payout_cancelled.confirm(session, code, by=_me(), at=at)
        detail = {"lines": str(lines)}
        audit.record(
            session, act("settlement_cancelled", f"settlement:{code}", at=at, detail=detail)
        )
    flash(_("结算 %(code)s 已取消，各笔款项恢复为应付，下期结算支付。", code=code), "success")
    return _to(code)


@pages.post("/settlements/<code>/cancel/refuse")
@requires(Role.OPERATOR)
def refuse(code: str) -> ResponseReturnValue:
    """Let a settlement go on; who asked may take the wish back."""
    at = clock.now()
    with unit_of_work() as session:
        payout_cancelled.refuse(session, code, by=_me(), at=at)
        audit.record(session, act("settlement_cancel_refused", f"settlement:{code}", at=at))
    flash(_("不取消，结算继续。"), "success")
    return _to(code)


def _me() -> int:
    return current_actor().person_id


def _to(code: str) -> ResponseReturnValue:
    return redirect(url_for("console_settlements.show", code=code))
