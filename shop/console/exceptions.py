"""Payments and messages that are not as agreed: each waits here until a person has settled it.

A step is shown first, with what it does to the money, and done when it is confirmed with a
reason; what was decided by somebody else meanwhile is refused.
"""

from collections.abc import Callable
from datetime import date, timedelta
from enum import StrEnum

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kernel import audit, clock
from kernel.access import requires
from kernel.clock import local_date
from kernel.db import unit_of_work
from kernel.errors import ConflictError, InvalidError, NotFoundError
from kernel.paging import cut, encode_key
from parties.values import Role
from reporting.desk import exceptions as desk
from reporting.desk.exceptions import ExceptionRow, Queue
from shop.console.acting import PAGE_SIZE, act, actor_code, asked_id, asked_state
from workflows import misfits
from workflows.misfits import Decider, Seen

pages = Blueprint("console_exceptions", __name__)

LONGEST_DAYS = 90


class Step(StrEnum):
    """What a person can do about an exception."""

    ACCEPT = "accept"
    REPAY = "repay"
    CLOSE = "close"


MAY: dict[Step, Callable[[ExceptionRow], bool]] = {
    Step.ACCEPT: lambda row: row.may_accept,
    Step.REPAY: lambda row: row.may_repay,
    Step.CLOSE: lambda row: row.may_close,
}


@pages.get("/exceptions")
@requires(Role.OPERATOR)
def index() -> str:
    """List what waits for a person, the longest waiting first."""
    at = clock.now()
    queue = asked_state(Queue) or Queue.OPEN
    on = local_date(at)
    with unit_of_work() as session:
        counts = desk.count_exceptions(session, on=on)
        found = desk.list_exceptions(
            session, queue, on=on, after_id=asked_id(), limit=PAGE_SIZE + 1
        )
    return render_template(
        "console/exceptions/index.html",
        page=cut(found, PAGE_SIZE, lambda row: encode_key(row.misfit_id)),
        counts={str(one): counts[one] for one in Queue},
        queue=str(queue),
        now=at,
        is_first="after" not in request.args,
    )


@pages.get("/exceptions/<int:misfit_id>")
@requires(Role.OPERATOR)
def show(misfit_id: int) -> str:
    """Show one exception: why, where its money is, what was noted, what can be done."""
    at = clock.now()
    with unit_of_work() as session:
        row = desk.get_exception(session, misfit_id)
        notes = desk.list_notes(session, misfit_id)
    tomorrow = local_date(at) + timedelta(days=1)
    return render_template(
        "console/exceptions/show.html",
        row=row,
        notes=notes,
        now=at,
        steps=[str(step) for step in Step if MAY[step](row)],
        tomorrow=tomorrow,
        latest=tomorrow + timedelta(days=LONGEST_DAYS - 1),
    )


@pages.get("/exceptions/<int:misfit_id>/<step>")
@requires(Role.OPERATOR)
def ask(misfit_id: int, step: str) -> str:
    """Say what a step would do to the money, and ask for the reason."""
    with unit_of_work() as session:
        row = desk.get_exception(session, misfit_id)
    if not MAY[_step(step)](row):
        raise ConflictError("misfit_settled", f"{step} is not open for misfit {misfit_id}")
    return render_template("console/exceptions/ask.html", row=row, step=step)


@pages.post("/exceptions/<int:misfit_id>/<step>")
@requires(Role.OPERATOR)
def carry_out(misfit_id: int, step: str) -> ResponseReturnValue:
    """Do what was confirmed; a second time it is refused and changes nothing."""
    wanted = _step(step)
    at = clock.now()
    who = Decider(actor_code(), request.form.get("reason", ""))
    seen = Seen(misfit_id, _left())
    with unit_of_work() as session:
        refund_id = _do(session, wanted, seen, who)
        detail = {"refund": str(refund_id)} if refund_id else {}
        audit.record(
            session, act(f"misfit_{step}", f"misfit:{misfit_id}", at=at, detail=detail)
        )
    flash(_done(wanted), "success")
    return redirect(url_for(".show", misfit_id=misfit_id))


@pages.post("/exceptions/<int:misfit_id>/notes")
@requires(Role.OPERATOR)
def note(misfit_id: int) -> ResponseReturnValue:
    """Write down what was found out; with a day, it is put off until then."""
    at = clock.now()
    who = Decider(actor_code(), request.form.get("reason", ""))
    later_on = _later(local_date(at))
    with unit_of_work() as session:
        misfits.put_down(session, Seen(misfit_id), who, later_on=later_on, at=at)
        detail = {"until": str(later_on)} if later_on else {}
        audit.record(session, act("misfit_noted", f"misfit:{misfit_id}", at=at, detail=detail))
    flash(_("已记下。"), "success")
    return redirect(url_for(".show", misfit_id=misfit_id))


def _do(session: Session, step: Step, seen: Seen, who: Decider) -> int | None:
    at = clock.now()
    if step is Step.REPAY:
        return misfits.repay(session, seen, who, at=at)
    if step is Step.ACCEPT:
        return misfits.accept(session, seen, who, at=at)
    misfits.close(session, seen, who, at=at)
    return None


def _done(step: Step) -> str:
    words: dict[Step, str] = {
        Step.ACCEPT: _("订单已按付清处理。"),
        Step.REPAY: _("已登记退款，款项原路退回。"),
        Step.CLOSE: _("已记录，不再列出。"),
    }
    return words[step]


def _step(given: str) -> Step:
    if given not in set(Step):
        raise NotFoundError("misfit_not_found", f"no step {given}")
    return Step(given)


def _left() -> int:
    """Return how much the person saw to be left."""
    given = request.form.get("left", "")
    if not (given.isascii() and given.isdigit() and len(given) <= len(str(2**62))):
        raise InvalidError("bank_amount_not_positive", "the amount seen is missing")
    return int(given)


def _later(today: date) -> date | None:
    given = request.form.get("later_on", "").strip()
    if not given:
        return None
    try:
        found = date.fromisoformat(given)
    except ValueError as error:
        raise InvalidError("settlement_day_invalid", "not a date") from error
    if not today < found <= today + timedelta(days=LONGEST_DAYS):
        raise InvalidError("misfit_day_out_of_range", "too near or too far", days=LONGEST_DAYS)
    return found
