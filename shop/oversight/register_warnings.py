"""Warnings of falling prices, who is touched by them, and events that throw households back."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import fields, validate

from households import service as households
from households.values import EventKind, RiskEvent
from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.errors import NotFoundError
from parties.values import Role
from reporting import volumes
from reporting.register import roll, warnings
from shop.oversight import register_words as words
from shop.oversight.register_access import Asked, actor_code, read_form, scope_over, seen, today
from shop.oversight.scopes import current_scope

pages = Blueprint("oversight_register_warnings", __name__)

NOTE_MAX = 200
MAX_VILLAGES = 60


class NoteForm(Asked):
    """What is done about a warning."""

    note = fields.String(required=True, validate=validate.Length(max=NOTE_MAX))


class EventForm(Asked):
    """What happened."""

    kind = fields.Enum(EventKind, by_value=True, required=True)
    happened_on = fields.Date(required=True)
    note = fields.String(required=True, validate=validate.Length(max=NOTE_MAX))
    contracts = fields.String(load_default="", validate=validate.Length(max=NOTE_MAX))


@pages.get("/register/warnings")
@requires(Role.OFFICIAL)
def index() -> str:
    """List warnings and events of the region, the newest first."""
    scope = current_scope()
    with unit_of_work() as session:
        rows = warnings.list_warnings(session, scope.code)
        events = warnings.list_events(session, scope.code)
        villages = roll.list_villages(session, scope.code)
        (region, *_rest) = volumes.list_places(session, scope.code)
    return render_template(
        "oversight/register_warnings/index.html",
        scope=scope,
        region=region,
        rows=rows,
        events=events,
        villages=villages,
        today=today(),
        words=words.events(),
    )


@pages.get("/register/warnings/<int:warning_id>")
@requires(Role.OFFICIAL)
def touched(warning_id: int) -> str:
    """List the region's households with a live contract in the product of a warning."""
    scope = current_scope()
    with unit_of_work() as session:
        row = next(
            (
                row
                for row in warnings.list_warnings(session, scope.code)
                if row.id == warning_id
            ),
            None,
        )
        if row is None:
            raise NotFoundError("warning_not_found", "no such warning in this region")
        found = warnings.list_touched(session, warning_id, scope.code)
        (region, *_rest) = volumes.list_places(session, scope.code)
        seen(
            session,
            "register_listed",
            f"region:{scope.code}",
            at=clock.now(),
            report=f"warning:{warning_id}",
            households=str(len(found)),
        )
    return render_template(
        "oversight/register_warnings/touched.html",
        scope=scope,
        region=region,
        row=row,
        households=found,
    )


@pages.post("/register/warnings/<int:warning_id>/notes")
@requires(Role.OFFICIAL)
def note(warning_id: int) -> ResponseReturnValue:
    """Say for the own region that the warning was seen, and what is being done."""
    scope = current_scope()
    at = clock.now()
    given = read_form(NoteForm())
    with unit_of_work() as session:
        if not warnings.list_touched(session, warning_id, scope.code):
            raise NotFoundError("warning_not_found", "no such warning in this region")
        is_new = households.note_warning(
            session,
            warning_id,
            given["note"],
            region_code=scope.code,
            actor=actor_code(),
            at=at,
        )
        seen(session, "warning_noted", f"warning:{warning_id}", at=at, region=scope.code)
    if is_new:
        flash(_("已登记处理说明。"), "success")
    else:
        flash(_("本地区已登记过处理说明，以首次登记为准。"), "info")
    return redirect(url_for(".index", region=scope.code))


@pages.post("/register/events")
@requires(Role.OFFICIAL)
def add_event() -> ResponseReturnValue:
    """Record something that happened in villages of the region."""
    at = clock.now()
    given = read_form(EventForm())
    villages = tuple(sorted(set(request.form.getlist("villages"))))[:MAX_VILLAGES]
    for code in villages:
        scope_over(code)
    contracts = tuple(given.pop("contracts").replace("，", " ").replace(",", " ").split())
    event = RiskEvent(village_codes=villages, contract_codes=contracts, **given)
    with unit_of_work() as session:
        number = households.record_event(
            session, event, scope=current_scope().code, actor=actor_code(), at=at
        )
        seen(
            session,
            "event_recorded",
            f"event:{number}",
            at=at,
            kind=str(event.kind),
            villages=" ".join(villages),
        )
    flash(_("事件已登记。"), "success")
    return redirect(url_for(".index"))
