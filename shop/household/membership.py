"""A household answers a cooperative that asks it to join, and leaves when it wants to."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from households import service as households
from households.queries import memberships
from households.values import Answerer, Decider
from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import NotFoundError, ShanjiError
from shop import errors
from shop.household.statement import own_household
from shop.security import signed_in
from supplier_portal.access import actor_code
from supplier_portal.invitations import read_day, what_keeps

pages = Blueprint("household_membership", __name__)

MOVES_SHOWN = 30
REFUSED = 422


@pages.get("/membership")
@signed_in
def show() -> ResponseReturnValue:
    """Show where the household is a member, who asks it to join, and what it answered."""
    return _page()


@pages.post("/membership/<int:move_id>/answer")
@signed_in
def answer(move_id: int) -> ResponseReturnValue:
    """Record the household's own answer."""
    agrees = request.form.get("answer") == "agree"
    try:
        with unit_of_work() as session:
            households.answer_membership(
                session, move_id, _decider(), agrees=agrees, at=clock.now()
            )
    except NotFoundError:
        raise
    except ShanjiError as refusal:
        return _page(errors.sentence(refusal))
    flash(_("您家已加入。") if agrees else _("已告诉合作社您家不加入。"), "success")
    return redirect(url_for(".show"))


@pages.post("/membership/<code>/leave")
@signed_in
def leave(code: str) -> ResponseReturnValue:
    """Record that the household leaves an organisation."""
    try:
        with unit_of_work() as session:
            households.end_membership(
                session,
                own_household(),
                code,
                _decider(),
                last_day=read_day("day"),
                words=request.form.get("words", ""),
                at=clock.now(),
            )
    except NotFoundError:
        raise
    except ShanjiError as refusal:
        return _page(errors.sentence(refusal))
    flash(_("已登记退出，赚得的钱照付。"), "success")
    return redirect(url_for(".show"))


def _decider() -> Decider:
    return Decider(kind=Answerer.HOUSEHOLD, actor=actor_code(), household_id=own_household())


def _page(refusal: str = "") -> ResponseReturnValue:
    household_id, today = own_household(), clock.local_date(clock.now())
    with unit_of_work() as session:
        moves = memberships.list_moves(session, household_id=household_id, limit=MOVES_SHOWN)
        member_of = [
            (one, what_keeps(session, household_id, one.organisation_code, after=today))
            for one in memberships.list_member_of(session, household_id, on=today)
        ]
    page = render_template(
        "household/membership/show.html",
        member_of=member_of,
        moves=moves,
        today=today,
        refusal=refusal,
    )
    return page, REFUSED if refusal else 200
