"""A village official records the answer of a household without phone or account."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from households import service as households
from households.queries import memberships
from households.values import Answerer, Decider
from kernel import clock
from kernel.access import current_actor, requires
from kernel.db import unit_of_work
from kernel.errors import NotFoundError, ShanjiError
from kernel.regions import RegionLevel
from parties.values import Role
from reporting.volumes import level_of
from shop import errors
from shop.oversight.register_access import actor_code
from shop.oversight.scopes import current_scope

pages = Blueprint("oversight_memberships", __name__)

MOVES_SHOWN = 60
REFUSED = 422


@pages.get("/memberships")
@requires(Role.OFFICIAL)
def index() -> ResponseReturnValue:
    """List invitations to households of the official's own villages."""
    return _page()


@pages.post("/memberships/<int:move_id>/answer")
@requires(Role.OFFICIAL)
def answer(move_id: int) -> ResponseReturnValue:
    """Record what a household answered that cannot do so itself."""
    decider = Decider(kind=Answerer.OFFICIAL, actor=actor_code(), village_codes=_villages())
    try:
        with unit_of_work() as session:
            households.answer_membership(
                session,
                move_id,
                decider,
                agrees=request.form.get("answer") == "agree",
                words=request.form.get("words", ""),
                at=clock.now(),
            )
    except NotFoundError:
        raise
    except ShanjiError as refusal:
        return _page(errors.sentence(refusal))
    flash(_("已代农户记录答复。"), "success")
    return redirect(url_for(".index"))


def _villages() -> frozenset[str]:
    """Return the official's own villages; townships and districts answer for nobody."""
    given = current_actor().region_codes(Role.OFFICIAL)
    return frozenset(code for code in given if level_of(code) is RegionLevel.VILLAGE)


def _page(refusal: str = "") -> ResponseReturnValue:
    villages = _villages()
    with unit_of_work() as session:
        moves = memberships.list_moves(session, villages=villages, limit=MOVES_SHOWN)
        answering = households.list_answering(session, {row.household_id for row in moves})
    page = render_template(
        "oversight/memberships/index.html",
        moves=moves,
        answering=answering,
        villages=villages,
        scope=current_scope(),
        refusal=refusal,
    )
    return page, REFUSED if refusal else 200
