"""Refunds by state, and what a person does about those no provider carries out."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kernel import audit, clock
from kernel.access import current_actor, requires
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from kernel.paging import cut, encode_key
from parties.values import Role
from payments.queries import byhand as queries
from payments.queries.byhand import RefundFacts
from payments.values import RefundState
from payments.values.byhand import BANK_SAYS, HandRow
from payments.values.settlements import ReturnReason
from reporting.desk import payments as desk
from shop.console.acting import PAGE_SIZE, act, asked_id, asked_state
from workflows import refund_by_hand

pages = Blueprint("console_refunds", __name__)


@pages.get("/refunds")
@requires(Role.OPERATOR)
def index() -> str:
    """List refunds, the newest first, with counts and sums by state."""
    state = asked_state(RefundState)
    with unit_of_work() as session:
        counts = desk.count_refunds(session)
        found = desk.list_refunds(
            session, state=state, before_id=asked_id(), limit=PAGE_SIZE + 1
        )
    return render_template(
        "console/refunds/index.html",
        page=cut(found, PAGE_SIZE, lambda row: encode_key(row.refund_id)),
        counts={str(one): counts.get(one, (0, 0)) for one in RefundState},
        state=str(state or ""),
        is_first="after" not in request.args,
    )


@pages.get("/refunds/<int:refund_id>")
@requires(Role.OPERATOR)
def show(refund_id: int) -> str:
    """Show one refund, why it stands where it stands, and what can be done."""
    with unit_of_work() as session:
        refund = queries.get_refund(session, refund_id)
        hand = queries.list_by_hand(session, [refund_id]).get(refund_id)
    return _page(refund, hand)


@pages.post("/refunds/<int:refund_id>/account")
@requires(Role.OPERATOR)
def open_account(refund_id: int) -> str:
    """Show the account in full to whoever makes the transfer; it goes on record."""
    me = current_actor().person_id
    with unit_of_work() as session:
        refund = queries.get_refund(session, refund_id)
        hand = queries.open_account(session, refund_id)
        refund_by_hand.check_payer(hand, by=me)
        _note(session, "refund_account_opened", refund_id)
    return _page(refund, hand, is_open=True)


def _page(refund: RefundFacts, hand: HandRow | None, *, is_open: bool = False) -> str:
    return render_template(
        "console/refunds/show.html",
        refund=refund,
        hand=hand,
        me=current_actor().person_id,
        is_open=is_open,
        reasons=BANK_SAYS,
    )


@pages.post("/refunds/<int:refund_id>/resubmit")
@requires(Role.OPERATOR)
def resubmit(refund_id: int) -> ResponseReturnValue:
    """Order a failed refund at its provider once more."""
    with unit_of_work() as session:
        refund_by_hand.resubmit(session, refund_id, at=clock.now())
        _note(session, "refund_resubmitted", refund_id)
    flash(_("已再次提交。"), "success")
    return _back(refund_id)


@pages.post("/refunds/<int:refund_id>/by-hand")
@requires(Role.OPERATOR)
def by_hand(refund_id: int) -> ResponseReturnValue:
    """Let a failed refund go by bank transfer and ask its buyer for an account."""
    with unit_of_work() as session:
        refund_by_hand.open_failed(session, refund_id, at=clock.now())
        _note(session, "refund_by_hand", refund_id)
    flash(_("已改走银行转账，已请买家提供收款账户。"), "success")
    return _back(refund_id)


@pages.post("/refunds/<int:refund_id>/release")
@requires(Role.OPERATOR)
def release(refund_id: int) -> ResponseReturnValue:
    """Let the transfer be made by another person."""
    by, at = current_actor().person_id, clock.now()
    with unit_of_work() as session:
        refund_by_hand.release(session, refund_id, by=by, at=at)
        _note(session, "refund_released", refund_id)
    flash(_("已放款，请另一位同事转账并登记流水号。"), "success")
    return _back(refund_id)


@pages.post("/refunds/<int:refund_id>/hold")
@requires(Role.OPERATOR)
def hold(refund_id: int) -> ResponseReturnValue:
    """Take a release back, such as when the bank refused the account."""
    with unit_of_work() as session:
        refund_by_hand.hold(session, refund_id)
        _note(session, "refund_release_withdrawn", refund_id)
    flash(_("已撤回放款，买家可以更换账户。"), "success")
    return _back(refund_id)


@pages.post("/refunds/<int:refund_id>/pay")
@requires(Role.OPERATOR)
def pay(refund_id: int) -> ResponseReturnValue:
    """Note the bank's number of the transfer; the refund is booked with it."""
    by, at = current_actor().person_id, clock.now()
    reference = request.form.get("reference", "").strip()
    with unit_of_work() as session:
        refund_by_hand.pay(session, refund_id, reference, by=by, at=at)
        _note(session, "refund_paid_by_hand", refund_id)
    flash(_("已登记，退款完成。"), "success")
    return _back(refund_id)


@pages.post("/refunds/<int:refund_id>/bounce")
@requires(Role.OPERATOR)
def bounce(refund_id: int) -> ResponseReturnValue:
    """Note that the bank sent the transfer back, and ask the buyer for another account."""
    by, at = current_actor().person_id, clock.now()
    reason = request.form.get("reason", "")
    if reason not in set(ReturnReason):
        raise InvalidError("bank_reason_unknown", f"no bank says {reason!r}")
    with unit_of_work() as session:
        refund_by_hand.bounce(session, refund_id, ReturnReason(reason), by=by, at=at)
        _note(session, "refund_bounced", refund_id)
    flash(_("已登记退汇，款项仍欠买家，已请买家更换账户。"), "success")
    return _back(refund_id)


def _note(session: Session, action: str, refund_id: int) -> None:
    audit.record(session, act(action, f"refund:{refund_id}", at=clock.now()))


def _back(refund_id: int) -> ResponseReturnValue:
    return redirect(url_for(".show", refund_id=refund_id))
