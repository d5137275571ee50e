"""Who opened which identity and why, alerts about too many looks, and a look of one's own."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from households import queries, service
from households.values import LookerKind
from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.paging import cut, encode_key
from parties import queries as party_queries
from parties.values import Role
from shop.console.acting import PAGE_SIZE, actor_code, asked_id, asked_word
from supplier_portal import looking
from supplier_portal.looking import Desk

pages = Blueprint("console_looks", __name__)

DESK = Desk("console/looks/identity.html", LookerKind.OPERATOR)


@pages.get("/looks")
@requires(Role.OPERATOR)
def index() -> str:
    """List looks at identities, the newest first."""
    household_id, looker = asked_word("household"), asked_word("looker")
    with unit_of_work() as session:
        found = queries.list_looks(
            session,
            household_id=household_id,
            looker=looker,
            before_id=asked_id(),
            limit=PAGE_SIZE + 1,
        )
        names = party_queries.list_names(session, [row.looker for row in found])
        open_alerts = queries.count_open_alerts(session)
    return render_template(
        "console/looks/index.html",
        page=cut(found, PAGE_SIZE, lambda row: encode_key(row.look_id)),
        names=names,
        household_id=household_id,
        looker=looker,
        open_alerts=open_alerts,
        is_first="after" not in request.args,
    )


@pages.get("/looks/alerts")
@requires(Role.OPERATOR)
def alerts() -> str:
    """List who reached the number of looks one hour allows."""
    with unit_of_work() as session:
        found = queries.list_alerts(session, before_id=asked_id(), limit=PAGE_SIZE + 1)
        names = party_queries.list_names(
            session,
            [row.looker for row in found]
            + [row.reviewed_by for row in found if row.reviewed_by is not None],
        )
    return render_template(
        "console/looks/alerts.html",
        page=cut(found, PAGE_SIZE, lambda row: encode_key(row.alert_id)),
        names=names,
        is_first="after" not in request.args,
    )


@pages.post("/looks/alerts/<int:alert_id>/review")
@requires(Role.OPERATOR)
def review(alert_id: int) -> ResponseReturnValue:
    """Note what came of an alert."""
    with unit_of_work() as session:
        service.review_alert(
            session,
            alert_id,
            finding=request.form.get("finding", ""),
            reviewer=actor_code(),
            at=clock.now(),
        )
    flash(_("已记录核查结果。"), "success")
    return redirect(url_for("console_looks.alerts"))


@pages.get("/households/<household_id>/identity")
@requires(Role.OPERATOR)
def ask(household_id: str) -> ResponseReturnValue:
    """Ask for what a household is to be looked at."""
    return looking.show_form(DESK, household_id, at=clock.now())


@pages.post("/households/<household_id>/identity")
@requires(Role.OPERATOR)
def identity(household_id: str) -> ResponseReturnValue:
    """Open a household's identity, masked but for the fields asked for."""
    return looking.look(DESK, household_id, at=clock.now())
