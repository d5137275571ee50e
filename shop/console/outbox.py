"""Recorded facts that still wait for a reaction, why, and another try at once."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import audit, clock, outbox
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from kernel.paging import cut, encode_key
from parties.values import Role
from reporting.desk import facts
from shop.console.acting import PAGE_SIZE, act, asked_id

pages = Blueprint("console_outbox", __name__)


@pages.get("/outbox")
@requires(Role.OPERATOR)
def index() -> str:
    """List facts that wait, the oldest first, with their last error."""
    with unit_of_work() as session:
        counts = facts.count_facts(session)
        found = facts.list_waiting(session, after_id=asked_id() or 0, limit=PAGE_SIZE + 1)
    return render_template(
        "console/outbox/index.html",
        page=cut(found, PAGE_SIZE, lambda row: encode_key(row.row_id)),
        counts=counts,
        is_first="after" not in request.args,
        as_of=clock.now(),
    )


@pages.post("/outbox/retry")
@requires(Role.OPERATOR)
def retry() -> ResponseReturnValue:
    """Make the ticked facts due at once; the relay takes them within seconds."""
    ids = request.form.getlist("fact")
    if not ids or not all(given.isascii() and given.isdigit() for given in ids):
        raise InvalidError("fact_missing", "tick at least one fact")
    at = clock.now()
    with unit_of_work() as session:
        count = outbox.retry_now(session, [int(given) for given in ids], at=at)
        audit.record(
            session, act("facts_retried", "outbox", at=at, detail={"facts": ",".join(ids)})
        )
    flash(_("已安排重试 %(n)s 条。", n=count), "success")
    return redirect(url_for(".index"))
