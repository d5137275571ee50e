"""Recognising a risk and ending it: officials record each step; nothing is decided here."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import fields, validate

from households import service as households
from households.queries import histories, procedures
from households.values import (
    HouseholdCategory,
    NewProcedure,
    ProcedureId,
    ProcedureKind,
    ProcedureState,
    StepRecord,
)
from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from parties.values import Role
from reporting import volumes
from shop.oversight import register_words as words
from shop.oversight.register_access import (
    Asked,
    actor_code,
    open_card,
    read_form,
    scope_over,
    seen,
    today,
)
from shop.oversight.scopes import current_scope

pages = Blueprint("oversight_register_procedures", __name__)

RISK_MAX = 60
TEXT_MAX = 120
REASON_MAX = 200


class OpenForm(Asked):
    """A procedure to be opened."""

    kind = fields.Enum(ProcedureKind, by_value=True, required=True)
    category = fields.Enum(HouseholdCategory, by_value=True)
    risk_type = fields.String(load_default="", validate=validate.Length(max=RISK_MAX))


class StepForm(Asked):
    """A step that was taken."""

    number = fields.Integer(required=True, validate=validate.Range(1, 6))
    done_on = fields.Date(required=True)
    notice_until = fields.Date(load_default=None)
    done_by = fields.String(required=True, validate=validate.Length(max=TEXT_MAX))
    paper = fields.String(required=True, validate=validate.Length(max=TEXT_MAX))


class CancelForm(Asked):
    """Why a procedure ends early."""

    reason = fields.String(required=True, validate=validate.Length(max=REASON_MAX))


@pages.get("/register/procedures")
@requires(Role.OFFICIAL)
def index() -> str:
    """List the open procedures of the region with the step that comes next."""
    scope = current_scope()
    with unit_of_work() as session:
        rows = procedures.list_open_procedures(session, scope=scope.code)
        terms = histories.list_terms(session)
        (region, *_rest) = volumes.list_places(session, scope.code)
        seen(
            session,
            "register_listed",
            f"region:{scope.code}",
            at=clock.now(),
            report="procedures",
            households=str(len(rows)),
        )
    return render_template(
        "oversight/register_procedures/index.html",
        scope=scope,
        region=region,
        rows=rows,
        categories=words.categories(terms),
        steps=words.steps(),
        procedures=words.procedures(),
    )


@pages.post("/register/households/<household_id>/procedures")
@requires(Role.OFFICIAL)
def begin(household_id: str) -> ResponseReturnValue:
    """Open a procedure for a household of the region."""
    at = clock.now()
    with unit_of_work() as session:
        card, _scope = open_card(session, household_id, on=today())
        new = NewProcedure(household_id=card.id, **read_form(OpenForm()))
        number = households.open_procedure(session, new, actor=actor_code(), at=at)
        seen(
            session,
            "procedure_opened",
            f"household:{card.id}",
            at=at,
            procedure=str(number),
            kind=str(new.kind),
        )
    flash(_("程序已开始，请按顺序登记各步骤。"), "success")
    return _to_card(household_id)


@pages.post("/register/procedures/<int:procedure_id>/steps")
@requires(Role.OFFICIAL)
def record(procedure_id: int) -> ResponseReturnValue:
    """Record the next step; who is second to record it is told so."""
    at = clock.now()
    with unit_of_work() as session:
        row = procedures.get_procedure(session, ProcedureId(procedure_id))
        scope = scope_over(row.village_code)
        given = read_form(StepForm())
        number = given.pop("number")
        state = households.record_step(
            session,
            row.id,
            number,
            StepRecord(**given),
            actor=actor_code(),
            scope_digits=len(scope),
            at=at,
        )
        seen(
            session,
            "procedure_step_recorded",
            f"household:{row.household_id}",
            at=at,
            procedure=str(row.id),
            step=str(number),
        )
    if state is ProcedureState.COMPLETED:
        flash(_("最后一步已登记，程序办结，监测状态已更新。"), "success")
    else:
        flash(_("步骤已登记。"), "success")
    return _to_card(row.household_id)


@pages.post("/register/procedures/<int:procedure_id>/cancel")
@requires(Role.OFFICIAL)
def cancel(procedure_id: int) -> ResponseReturnValue:
    """End a procedure before its last step; its steps stay on record."""
    at = clock.now()
    with unit_of_work() as session:
        row = procedures.get_procedure(session, ProcedureId(procedure_id))
        scope_over(row.village_code)
        reason = read_form(CancelForm())["reason"]
        households.cancel_procedure(session, row.id, reason=reason, actor=actor_code(), at=at)
        seen(
            session,
            "procedure_cancelled",
            f"household:{row.household_id}",
            at=at,
            procedure=str(row.id),
        )
    flash(_("程序已撤销，已登记的步骤仍然保留。"), "success")
    return _to_card(row.household_id)


def _to_card(household_id: str) -> ResponseReturnValue:
    address = url_for("oversight_register_cards.show", household_id=household_id)
    return redirect(f"{address}#procedures")
