"""Recognitions to be looked at by an office: its own region's queue, one application, steps."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from catalog.errors.papers import ApplicationNotFoundError
from catalog.queries import papers as paper_queries
from catalog.queries import recognition as queries
from catalog.service import recognition as service
from catalog.values.recognition import ApplicationState, Reviewer, StepTaken
from kernel import audit, clock
from kernel.access import current_actor
from kernel.audit import Act
from kernel.db import unit_of_work
from kernel.errors import ConflictError, ForbiddenError, InvalidError
from parties.values import Role
from shop import scans
from shop.errors import sentence
from shop.security import requires

pages = Blueprint("oversight_recognition", __name__)

STEPS = {
    "agree": service.agree,
    "reject": service.reject,
    "approve": service.approve,
    "suspend": service.suspend,
    "give-back": service.give_back,
}


@pages.get("/recognition")
@requires(Role.OFFICIAL, Role.CITY_REVIEWER)
def index() -> str:
    """List the applications of the official's regions, what waits longest on top."""
    who = _reviewer()
    with unit_of_work() as session:
        rows = queries.list_watched(session, regions=who.regions, cities=who.cities)
    return render_template("oversight/recognition/index.html", rows=rows)


@pages.get("/recognition/<code>")
@requires(Role.OFFICIAL, Role.CITY_REVIEWER)
def show(code: str) -> str:
    """Show one application with its steps, its papers and what is held against it."""
    return _page(code)


@pages.post("/recognition/<code>/<step>")
@requires(Role.OFFICIAL, Role.CITY_REVIEWER)
def take(code: str, step: str) -> ResponseReturnValue:
    """Take one step: agree, reject, approve, suspend, give back."""
    if step not in STEPS:
        raise ApplicationNotFoundError
    who, at = _reviewer(), clock.now()
    try:
        taken = StepTaken(
            state=ApplicationState.REJECTED,
            note=request.form.get("note", ""),
            document=scans.handed_in("document"),
            at=at,
        )
        with unit_of_work() as session:
            _watched(code, session)
            STEPS[step](session, code, who, taken)
            audit.record(session, _act(f"recognition_{step}", code))
    except (InvalidError, ConflictError, ForbiddenError) as refused:
        return _page(code, error=sentence(refused)), 422
    flash(_("已记录。"), "success")
    return redirect(url_for(".show", code=code))


@pages.post("/recognition/<code>/objections/<int:objection_id>")
@requires(Role.OFFICIAL)
def answer(code: str, objection_id: int) -> ResponseReturnValue:
    """Answer what somebody holds against a recognition."""
    try:
        with unit_of_work() as session:
            row = _watched(code, session)
            known = {one.id for one in queries.list_objections(session, row.id)}
            if objection_id not in known:
                raise ApplicationNotFoundError
            service.answer(
                session,
                objection_id,
                _reviewer(),
                request.form.get("answer", ""),
                is_upheld=request.form.get("upheld") == "yes",
                at=clock.now(),
            )
            audit.record(session, _act("recognition_objection_answered", code))
    except (InvalidError, ConflictError, ForbiddenError) as refused:
        return _page(code, error=sentence(refused)), 422
    flash(_("已答复。"), "success")
    return redirect(url_for(".show", code=code))


@pages.get("/recognition/<code>/documents/<int:number>")
@requires(Role.OFFICIAL, Role.CITY_REVIEWER)
def document(code: str, number: int) -> Response:
    """Answer the file of one step."""
    with unit_of_work() as session:
        row = _watched(code, session)
        found = [one for one in queries.list_steps(session, row.id) if one.number == number]
        if not found or found[0].document_id is None:
            raise ApplicationNotFoundError
        content, media_type = paper_queries.open_document(session, found[0].document_id)
    return scans.answer(content, media_type, f"recognition-{code}-{number}")


def _page(code: str, error: str = "") -> str:
    who, at = _reviewer(), clock.now()
    with unit_of_work() as session:
        row = _watched(code, session)
        steps = queries.list_steps(session, row.id)
        objections = (
            queries.list_objections(session, row.id) if row.district_code in who.regions else []
        )
        terms = service.get_terms(session, at=at)
    return render_template(
        "oversight/recognition/show.html",
        row=row,
        steps=steps,
        objections=objections,
        may=_may(row, who),
        needs_document=row.state in terms.documents,
        is_notice_over=row.notice_until is not None and row.notice_until < clock.local_date(at),
        error=error,
    )


def _may(row: queries.ApplicationRow, who: Reviewer) -> bool:
    """Say whether this office looks at an application where it stands now."""
    if row.state is ApplicationState.TOWNSHIP:
        return row.township_code in who.regions
    if row.state is ApplicationState.CITY:
        return any(row.district_code.startswith(city) for city in who.cities)
    return row.district_code in who.regions


def _watched(code: str, session: Session) -> queries.ApplicationRow:
    who = _reviewer()
    return queries.get_watched_application(
        session, code, regions=who.regions, cities=who.cities
    )


def _reviewer() -> Reviewer:
    actor = current_actor()
    return Reviewer(
        person_id=actor.person_id,
        regions=actor.region_codes(Role.OFFICIAL),
        cities=actor.region_codes(Role.CITY_REVIEWER),
        organisations=actor.organisation_codes(),
    )


def _act(action: str, code: str) -> Act:
    return Act(
        actor=f"person:{current_actor().person_id}",
        action=action.replace("-", "_"),
        subject=f"recognition:{code}",
        purpose="oversight",
        at=clock.now(),
        detail={},
    )
