"""Which officials below one's own region opened too many identities in an hour."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from households import queries, service
from kernel import clock, regions
from kernel.access import current_actor, requires
from kernel.db import unit_of_work
from kernel.errors import NotFoundError
from kernel.paging import cut, encode_key
from parties import queries as party_queries
from parties.values import Role
from shop.console.acting import PAGE_SIZE, actor_code, asked_id
from shop.oversight.scopes import current_scope

pages = Blueprint("oversight_alerts", __name__)


@pages.get("/alerts")
@requires(Role.OFFICIAL)
def index() -> str:
    """List alerts about officials of places below the own region."""
    scope = current_scope()
    with unit_of_work() as session:
        found = queries.list_alerts(
            session, within=[scope.code], before_id=asked_id(), limit=PAGE_SIZE + 1
        )
        places = regions.load(session)
        names = party_queries.list_names(session, [row.looker for row in found])
    return render_template(
        "oversight/alerts/index.html",
        scope=scope,
        page=cut(found, PAGE_SIZE, lambda row: encode_key(row.alert_id)),
        names=names,
        places=places,
        is_first="after" not in request.args,
    )


@pages.post("/alerts/<int:alert_id>/review")
@requires(Role.OFFICIAL)
def review(alert_id: int) -> ResponseReturnValue:
    """Note what came of an alert about an official below."""
    below = sorted(current_actor().region_codes(Role.OFFICIAL))
    with unit_of_work() as session:
        if not queries.is_alert_within(session, alert_id, below):
            raise NotFoundError("alert_not_found", "there is no such alert")
        service.review_alert(
            session,
            alert_id,
            finding=request.form.get("finding", ""),
            reviewer=actor_code(),
            at=clock.now(),
        )
    flash(_("已记录核查结果。"), "success")
    return redirect(url_for("oversight_alerts.index"))
