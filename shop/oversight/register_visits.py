"""Visits and meetings: what the month still lacks, and one press to record that it was done."""

from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import fields, validate

from households import service as households
from households.values import MeetingKind, Visit, VisitFinding, VisitorRole
from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from parties.values import Role
from reporting import volumes
from reporting.register import due
from shop.oversight import register_words as words
from shop.oversight.register_access import (
    Asked,
    actor_code,
    open_card,
    read_address,
    read_form,
    scope_over,
    seen,
    today,
)
from shop.oversight.scopes import Scope, current_scope

pages = Blueprint("oversight_register_visits", __name__)

NOTE_MAX = 200
MONTH = "%Y-%m"
VILLAGE_DIGITS = 12
MONTHS_BACK = 6
YEARS = validate.Range(date(2020, 1, 1), date(2100, 12, 1))


class DueQuery(Asked):
    """Which month and village are asked for."""

    month = fields.Date(format=MONTH, validate=YEARS)
    village = fields.String(validate=validate.Regexp(r"^[0-9]{12}$"))


class VisitForm(Asked):
    """A visit; without more words it was today and found nothing new."""

    role = fields.Enum(VisitorRole, by_value=True, required=True)
    visited_on = fields.Date()
    finding = fields.Enum(VisitFinding, by_value=True, load_default=VisitFinding.UNCHANGED)
    note = fields.String(load_default="", validate=validate.Length(max=NOTE_MAX))
    back = fields.String(load_default="card", validate=validate.OneOf(["card", "due"]))


class MeetingForm(Asked):
    """A meeting a village held."""

    kind = fields.Enum(MeetingKind, by_value=True, required=True)
    held_on = fields.Date(required=True)
    paper = fields.String(load_default="", validate=validate.Length(max=NOTE_MAX))


@pages.get("/register/visits")
@requires(Role.OFFICIAL)
def index() -> str:
    """Show what a month still lacks, by village, and by household in one village."""
    scope = current_scope()
    asked = read_address(DueQuery())
    day = today()
    month = min(asked.get("month", day).replace(day=1), day.replace(day=1))
    village = _village(scope, asked.get("village"))
    with unit_of_work() as session:
        duties = due.find_duties(session, month, today=day)
        villages = due.list_by_village(session, scope.code, duties)
        rows = due.list_by_household(session, village, duties) if village else []
        (region, *_rest) = volumes.list_places(session, scope.code)
        seen(
            session,
            "register_listed",
            f"region:{village or scope.code}",
            at=clock.now(),
            report="visits",
            households=str(len(rows)),
        )
    return render_template(
        "oversight/register_visits/index.html",
        scope=scope,
        region=region,
        duties=duties,
        villages=villages,
        village=next((row for row in villages if row.village_code == village), None),
        rows=rows,
        month=month.strftime(MONTH),
        months=_months(day),
        today=day,
        roles=VisitorRole,
        words=words.visits(),
    )


@pages.post("/register/households/<household_id>/visits")
@requires(Role.OFFICIAL)
def add(household_id: str) -> ResponseReturnValue:
    """Record a visit; pressed twice it is recorded once."""
    at = clock.now()
    with unit_of_work() as session:
        card, _scope = open_card(session, household_id, on=today())
        given = read_form(VisitForm())
        back = given.pop("back")
        visit = Visit(household_id=card.id, **{"visited_on": today(), **given})
        is_new = households.record_visit(session, visit, actor=actor_code(), at=at)
        seen(session, "visit_recorded", f"household:{card.id}", at=at, role=str(visit.role))
    if is_new:
        flash(_("%(household)s 的走访已登记。", household=card.id), "success")
    else:
        flash(_("当天的走访已登记过，没有重复登记。"), "info")
    if back == "due":
        return redirect(url_for(".index", village=card.village_code, _anchor=card.id))
    return redirect(url_for("oversight_register_cards.show", household_id=card.id))


@pages.post("/register/villages/<village_code>/meetings")
@requires(Role.OFFICIAL)
def hold(village_code: str) -> ResponseReturnValue:
    """Record that a village held its meeting or its review of risks."""
    at = clock.now()
    scope_over(village_code)
    given = read_form(MeetingForm())
    with unit_of_work() as session:
        households.hold_meeting(session, village_code, **given, actor=actor_code(), at=at)
        seen(
            session,
            "meeting_recorded",
            f"region:{village_code}",
            at=at,
            kind=str(given["kind"]),
        )
    flash(_("会议已登记。"), "success")
    return redirect(url_for(".index", village=village_code))


def _village(scope: Scope, asked: str | None) -> str:
    """Return the one village whose households are shown; none for a wider region."""
    if asked:
        scope.ensure(asked)
        return asked
    return scope.code if len(scope.code) == VILLAGE_DIGITS else ""


def _months(day: date) -> list[str]:
    """Return the present month and those before it, the newest first."""
    found = [day.replace(day=1)]
    while len(found) < MONTHS_BACK:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return [month.strftime(MONTH) for month in found]
