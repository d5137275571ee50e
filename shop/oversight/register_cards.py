"""One household's card for the officials of its region: no name, every look on record."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import fields, validate

from households import service as households
from households.queries import histories
from households.rules.procedures import may_record
from households.values import (
    MONITORED,
    STEPS,
    WITH_NOTICE,
    Measure,
    MeasureKind,
    VisitFinding,
    VisitorRole,
)
from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from parties.values import Role
from reporting.register import card as cards
from shop.oversight import register_words as words
from shop.oversight.register_access import (
    Asked,
    actor_code,
    open_card,
    read_form,
    seen,
    today,
)

pages = Blueprint("oversight_register_cards", __name__)

NOTE_MAX = 200


class MeasureForm(Asked):
    """A measure to be put on file."""

    kind = fields.Enum(MeasureKind, by_value=True, required=True)
    since = fields.Date(required=True)
    until = fields.Date()
    note = fields.String(load_default="", validate=validate.Length(max=NOTE_MAX))


class DayForm(Asked):
    """The last day of something."""

    on = fields.Date(required=True)


@pages.get("/register/households/<household_id>")
@requires(Role.OFFICIAL)
def show(household_id: str) -> str:
    """Show everything the register knows of a household except who it is."""
    now = clock.now()
    day = today()
    with unit_of_work() as session:
        card, scope = open_card(session, household_id, on=day)
        file = cards.read_file(session, card, on=day)
        terms = histories.list_terms(session)
        seen(session, "register_opened", f"household:{card.id}", at=now)
    return render_template(
        "oversight/register_cards/show.html",
        file=file,
        card=card,
        scope_code=scope,
        today=day,
        categories=words.categories(terms),
        open_terms=[
            (str(row.category), words.categories(terms)[str(row.category)])
            for row in terms
            if row.category in MONITORED and row.holds_on(day)
        ],
        incomes=words.incomes(),
        steps=words.steps(),
        steps_of={str(kind): [str(step) for step in found] for kind, found in STEPS.items()},
        with_notice={str(step) for step in WITH_NOTICE},
        may_record=lambda step: may_record(step, len(scope)),
        procedures=words.procedures(),
        visits=words.visits(),
        roles=[str(role) for role in VisitorRole],
        findings=[str(finding) for finding in VisitFinding],
        measures=words.measures(),
        models=words.models(),
    )


@pages.post("/register/households/<household_id>/measures")
@requires(Role.OFFICIAL)
def add_measure(household_id: str) -> ResponseReturnValue:
    """Put a measure on file."""
    at = clock.now()
    with unit_of_work() as session:
        card, _scope = open_card(session, household_id, on=today())
        given = read_form(MeasureForm())
        measure = Measure(household_id=card.id, **given)
        is_new = households.record_measure(session, measure, actor=actor_code(), at=at)
        seen(
            session,
            "measure_recorded",
            f"household:{card.id}",
            at=at,
            kind=str(measure.kind),
        )
    flash(_("帮扶措施已登记。") if is_new else _("该项措施已登记过。"), "success")
    return redirect(url_for(".show", household_id=household_id))


@pages.post("/register/households/<household_id>/measures/<int:measure_id>/end")
@requires(Role.OFFICIAL)
def end_measure(household_id: str, measure_id: int) -> ResponseReturnValue:
    """Put the last day of a measure on file."""
    at = clock.now()
    with unit_of_work() as session:
        card, _scope = open_card(session, household_id, on=today())
        on = read_form(DayForm())["on"]
        if on > today():
            raise InvalidError("day_in_future", f"{on} has not come yet")
        households.end_measure(session, card.id, measure_id, on=on)
        seen(session, "measure_ended", f"household:{card.id}", at=at, measure=str(measure_id))
    flash(_("已登记该项措施的结束日期。"), "success")
    return redirect(url_for(".show", household_id=household_id))
