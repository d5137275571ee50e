"""Excursions and gaps that wait for a person, and the report of a journey in all versions."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from cold_chain import queries
from cold_chain import service as cold_chain
from cold_chain.errors import CaseNotFoundError
from cold_chain.queries import CaseQueue, ExcursionRow, GapRow
from cold_chain.rules.cases import EXCURSION_STEPS
from cold_chain.values import (
    ExcursionCause,
    ExcursionMove,
    ExcursionState,
    GapMove,
    GapState,
)
from kernel import audit, clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.errors import ConflictError, InvalidError
from kernel.paging import encode_key
from parties.values import Role
from shop.console.acting import PAGE_SIZE, act, actor_code, asked_id, asked_state
from shop.errors import sentence

pages = Blueprint("console_excursions", __name__)

MAX_NOTE = 500


@pages.get("/excursions")
@requires(Role.OPERATOR)
def index() -> str:
    """List what waits for a person, the newest first."""
    queue = asked_state(CaseQueue, "queue") or CaseQueue.OPEN
    with unit_of_work() as session:
        counts = queries.count_cases(session)
        found: list[ExcursionRow] | list[GapRow] = (
            queries.list_excursions(session, queue, before_id=asked_id(), limit=PAGE_SIZE + 1)
            if queue in {CaseQueue.OPEN, CaseQueue.CLOSED}
            else queries.list_gaps(session, queue, before_id=asked_id(), limit=PAGE_SIZE + 1)
        )
    rows = found[:PAGE_SIZE]
    return render_template(
        "console/excursions/index.html",
        queue=queue.value,
        counts={one.value: number for one, number in counts.items()},
        rows=rows,
        next_key=encode_key(rows[-1].id) if len(found) > PAGE_SIZE else None,
    )


@pages.get("/excursions/<int:case_id>")
@requires(Role.OPERATOR)
def show(case_id: int) -> str:
    """Show one excursion with its steps and what may be done next."""
    return _excursion_page(case_id)


@pages.post("/excursions/<int:case_id>/<state>")
@requires(Role.OPERATOR)
def move(case_id: int, state: str) -> ResponseReturnValue:
    """Take an excursion one step further."""
    if state not in set(ExcursionState):
        raise CaseNotFoundError(case_id)
    at = clock.now()
    cause = request.form.get("cause", "")
    wanted = ExcursionMove(
        case_id=case_id,
        state=ExcursionState(state),
        at=at,
        actor=actor_code(),
        cause=ExcursionCause(cause) if cause in set(ExcursionCause) else None,
        note=request.form.get("note", "").strip()[:MAX_NOTE],
    )
    try:
        with unit_of_work() as session:
            cold_chain.follow_up(session, wanted)
            audit.record(session, act(f"excursion_{state}", f"excursion:{case_id}", at=at))
    except (ConflictError, InvalidError) as refused:
        return _excursion_page(case_id, error=sentence(refused)), 422
    flash(_("已记录。"), "success")
    return redirect(url_for(".show", case_id=case_id))


@pages.get("/gaps/<int:case_id>")
@requires(Role.OPERATOR)
def show_gap(case_id: int) -> str:
    """Show one gap with its steps and what may be done next."""
    return _gap_page(case_id)


@pages.post("/gaps/<int:case_id>/<state>")
@requires(Role.OPERATOR)
def decide_gap(case_id: int, state: str) -> ResponseReturnValue:
    """Ask for a gap to be accepted, accept it as a second person, or uphold it."""
    if state not in set(GapState):
        raise CaseNotFoundError(case_id)
    at = clock.now()
    wanted = GapMove(
        case_id=case_id,
        state=GapState(state),
        at=at,
        actor=actor_code(),
        note=request.form.get("note", "").strip()[:MAX_NOTE],
    )
    try:
        with unit_of_work() as session:
            cold_chain.decide_gaps(session, wanted)
            audit.record(session, act(f"gap_{state}", f"gap:{case_id}", at=at))
    except (ConflictError, InvalidError) as refused:
        return _gap_page(case_id, error=sentence(refused)), 422
    flash(_("已记录。"), "success")
    return redirect(url_for(".show_gap", case_id=case_id))


@pages.get("/journeys/<int:shipment_id>")
@requires(Role.OPERATOR)
def report(shipment_id: int) -> str:
    """Show the report of a journey, with every version and what changed in it."""
    with unit_of_work() as session:
        shipment = queries.get_shipment(session, shipment_id)
        found = queries.get_report(session, shipment_id)
        excursions = queries.list_excursions(session, shipment_id=shipment_id)
        gaps = queries.list_gaps(session, shipment_id=shipment_id)
    return render_template(
        "console/excursions/report.html",
        shipment=shipment,
        report=found,
        excursions=excursions,
        gaps=gaps,
        models={one.code: one for one in found.models},
    )


def _excursion_page(case_id: int, error: str = "") -> str:
    with unit_of_work() as session:
        case, steps = queries.get_excursion(session, case_id)
        others = queries.list_excursions(session, shipment_id=case.shipment_id)
        shipment = queries.get_shipment(session, case.shipment_id)
    after = EXCURSION_STEPS[case.state]
    return render_template(
        "console/excursions/show.html",
        case=case,
        steps=steps,
        shipment=shipment,
        budget_left=queries.find_budget_left(others, case),
        may=set() if case.state is ExcursionState.SUSPECTED else {one.value for one in after},
        causes=[one.value for one in ExcursionCause],
        error=error,
    )


def _gap_page(case_id: int, error: str = "") -> str:
    with unit_of_work() as session:
        case, steps = queries.get_gap(session, case_id)
        shipment = queries.get_shipment(session, case.shipment_id)
    last = steps[-1] if steps else None
    asked_by = last.actor if last and last.state == "open" else ""
    return render_template(
        "console/excursions/gap.html",
        case=case,
        steps=steps,
        shipment=shipment,
        is_asked=asked_by.startswith("person:"),
        asked_by_me=asked_by == actor_code(),
        error=error,
    )
