"""Close the advance of a contract that has ended: claim the rest back, or waive it."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from households.values import AdvanceMove
from kernel import audit, clock
from kernel.access import current_actor, requires
from kernel.db import unit_of_work
from kernel.errors import ConflictError, InvalidError
from parties.values import Role
from shop.errors import sentence
from supplier_portal.access import actor_code, seller_code
from supplier_portal.contracts import act, own_versions
from workflows import advances

pages = Blueprint("supplier_advances", __name__)

OFFERED = (AdvanceMove.RETURNED, AdvanceMove.WAIVED)


@pages.post("/contracts/<code>/advance")
@requires(Role.MANAGER)
def close(code: str) -> ResponseReturnValue:
    """Decide with a reason what becomes of an advance for which no goods came."""
    at = clock.now()
    back = redirect(url_for("supplier_contracts.show", code=code))
    try:
        move = _move(request.form.get("move", ""))
        with unit_of_work() as session:
            current_actor().ensure_organisation(seller_code(), Role.MANAGER)
            own_versions(session, code)
            advances.close(
                session,
                code,
                move,
                request.form.get("reason", ""),
                actor=actor_code(),
                at=at,
            )
            audit.record(session, act(f"advance_{move}", code, at))
    except (ConflictError, InvalidError) as refusal:
        flash(sentence(refusal), "error")
        return back
    if move is AdvanceMove.RETURNED:
        flash(_("已决定收回余下的定金，从应付该户的款项中抵扣。"), "success")
    else:
        flash(_("已决定不再收回余下的定金，由本单位承担。"), "success")
    return back


def _move(text: str) -> AdvanceMove:
    if text not in set(OFFERED):
        raise InvalidError("advance_choice_missing", "choose one of the two", field="move")
    return AdvanceMove(text)
