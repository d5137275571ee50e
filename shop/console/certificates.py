"""Certificates handed in by sellers: the queue, one with its scan and its twins, decisions."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from catalog.errors.papers import PaperNotFoundError
from catalog.queries import papers as queries
from catalog.queries.papers import PaperRow
from catalog.service import papers as service
from catalog.values.papers import LabResult, PaperReview, PaperState
from kernel import audit, clock
from kernel.access import current_actor, requires
from kernel.audit import Act
from kernel.db import unit_of_work
from kernel.errors import ConflictError, ForbiddenError, InvalidError
from parties.values import Role
from shop import scans
from shop.errors import sentence
from workflows import laboratory_failed

pages = Blueprint("console_certificates", __name__)

QUEUES = {
    "waiting": (PaperState.SUBMITTED,),
    "stopped": (PaperState.SUSPENDED,),
    "counting": (PaperState.ACCEPTED,),
    "over": (PaperState.REFUSED, PaperState.REVOKED),
}


@pages.get("/certificates")
@requires(Role.OPERATOR)
def index() -> str:
    """List what waits for review, or what was decided."""
    asked = request.args.get("show", "")
    shown = asked if asked in QUEUES else "waiting"
    with unit_of_work() as session:
        rows = queries.list_queue(session, QUEUES[shown], at=clock.now())
    return render_template("console/certificates/index.html", rows=rows, shown=shown)


@pages.get("/certificates/<code>")
@requires(Role.OPERATOR)
def show(code: str) -> str:
    """Show one paper with its steps and the papers whose scan resembles it."""
    return _page(code)


@pages.get("/certificates/<code>/scan")
@requires(Role.OPERATOR)
def scan(code: str) -> Response:
    """Answer the scan."""
    with unit_of_work() as session:
        paper = queries.get_paper(session, code, at=clock.now())
        if paper.document_id is None:
            raise PaperNotFoundError
        content, media_type = queries.open_document(session, paper.document_id)
    return scans.answer(content, media_type, f"certificate-{code}")


@pages.post("/certificates/<code>/<state>")
@requires(Role.OPERATOR)
def decide(code: str, state: str) -> ResponseReturnValue:
    """Accept, refuse, suspend, give back or revoke a paper."""
    if state not in {one.value for one in PaperState}:
        raise PaperNotFoundError
    at = clock.now()
    said = PaperReview(
        code=code,
        state=PaperState(state),
        note=request.form.get("note", ""),
        by=current_actor().person_id,
        works_for=current_actor().organisation_codes(),
        at=at,
    )
    act = Act(
        actor=f"person:{current_actor().person_id}",
        action=f"paper_{state}",
        subject=f"paper:{code}",
        purpose="console",
        at=at,
        detail={},
    )
    try:
        with unit_of_work() as session:
            service.review(session, said)
            audit.record(session, act)
    except (InvalidError, ConflictError, ForbiddenError) as refused:
        return _page(code, error=sentence(refused)), 422
    flash(_("已记录，立即生效。"), "success")
    return redirect(url_for(".show", code=code))


def _page(code: str, error: str = "") -> str:
    at = clock.now()
    with unit_of_work() as session:
        paper = queries.get_paper(session, code, at=at)
        steps = queries.list_steps(session, paper.id)
        twins = queries.list_twins(session, paper.id, _looks(session, paper), at=at)
        sources = queries.list_sources(session, paper.id)
        lots = [one for one, _name, _name_en, is_lot in paper.goods if is_lot]
        is_failed = paper.result is LabResult.FAIL
        sold = laboratory_failed.list_sold(session, lots) if is_failed else []
    return render_template(
        "console/certificates/show.html",
        paper=paper,
        steps=steps,
        twins=twins,
        sources=sources,
        sold=sold,
        error=error,
    )


def _looks(session: Session, paper: PaperRow) -> list[str]:
    if paper.document_id is None:
        return []
    return scans.looks_of(*queries.open_document(session, paper.document_id))
