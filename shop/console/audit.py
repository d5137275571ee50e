"""The audit record: who did what, to what, for which purpose; nothing in it can be changed."""

from flask import Blueprint, render_template, request

from kernel.access import requires
from kernel.db import unit_of_work
from kernel.paging import cut, encode_key
from parties.values import Role
from reporting.desk import acts
from shop.console.acting import PAGE_SIZE, asked_id, asked_word

pages = Blueprint("console_audit", __name__)


@pages.get("/audit")
@requires(Role.OPERATOR)
def index() -> str:
    """List recorded acts, the newest first."""
    action, actor = asked_word("action"), asked_word("actor")
    with unit_of_work() as session:
        actions = acts.list_actions(session)
        found = acts.list_acts(
            session, action=action, actor=actor, before_id=asked_id(), limit=PAGE_SIZE + 1
        )
    return render_template(
        "console/audit/index.html",
        page=cut(found, PAGE_SIZE, lambda row: encode_key(row.row_id)),
        actions=actions,
        action=action,
        actor_code=actor,
        is_first="after" not in request.args,
    )
