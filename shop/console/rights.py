"""Requests of people and households about their own data, the most urgent first."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from households import service as households
from households.values import HouseholdId, IdentityField
from kernel import audit, clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.errors import InvalidError, NotFoundError
from kernel.paging import cut, encode_key
from parties import queries
from parties import service as parties
from parties.queries import RequestRow
from parties.values import RequestKind, RequestState, Role, Subject
from shop.console.acting import PAGE_SIZE, act, actor_code, asked_id
from workflows import subject_erased

pages = Blueprint("console_rights", __name__)


@pages.get("/rights")
@requires(Role.OPERATOR)
def index() -> str:
    """List open requests by their last day, or closed ones."""
    is_open = request.args.get("state") != "closed"
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        found = queries.list_requests(
            session,
            is_open=is_open,
            limit=PAGE_SIZE + 1,
            before_id=None if is_open else asked_id(),
        )
        overdue = queries.count_overdue(session, on=today)
    return render_template(
        "console/rights/index.html",
        page=cut(found, PAGE_SIZE, lambda row: encode_key(row.request_id)),
        is_open=is_open,
        is_first="after" not in request.args,
        overdue=overdue,
        today=today,
    )


@pages.get("/rights/<int:request_id>")
@requires(Role.OPERATOR)
def show(request_id: int) -> str:
    """Show one request with what can be done about it."""
    with unit_of_work() as session:
        found = queries.get_request(session, request_id)
    return render_template(
        "console/rights/show.html", row=found, today=clock.local_date(clock.now())
    )


@pages.post("/rights")
@requires(Role.OPERATOR)
def receive() -> ResponseReturnValue:
    """Take down a request a household made on paper or by phone."""
    kind, at = request.form.get("kind", ""), clock.now()
    if kind not in set(RequestKind):
        raise InvalidError("request_kind_unknown", "there is no such request")
    subject = Subject(household_id=request.form.get("household", "").strip())
    with unit_of_work() as session:
        if not households.is_registered(session, HouseholdId(subject.household_id or "")):
            raise NotFoundError("household_unknown", "there is no such household")
        request_id = parties.receive_request(
            session, subject, RequestKind(kind), words=request.form.get("words", ""), at=at
        )
        audit.record(session, act("request_taken_down", subject.code, at=at))
    return redirect(url_for("console_rights.show", request_id=request_id))


@pages.post("/rights/<int:request_id>/grant")
@requires(Role.OPERATOR)
def grant(request_id: int) -> ResponseReturnValue:
    """Grant a deletion and begin with it."""
    at = clock.now()
    with unit_of_work() as session:
        found = queries.get_request(session, request_id)
        if found.kind is not RequestKind.DELETION:
            raise InvalidError("request_kind_unknown", "only a deletion is granted")
        parties.grant_request(session, request_id, by=actor_code(), at=at)
        waits_for = subject_erased.carry_out(session, request_id, at=at)
        audit.record(session, act("deletion_granted", found.subject.code, at=at))
    if waits_for is None:
        flash(_("身份信息已销毁。"), "success")
    else:
        flash(_("已批准；尚有款项或货物未结清，结清后自动完成。"), "warning")
    return redirect(url_for("console_rights.show", request_id=request_id))


@pages.post("/rights/<int:request_id>/close")
@requires(Role.OPERATOR)
def close(request_id: int) -> ResponseReturnValue:
    """Answer a request: carried out, or refused with the reason."""
    at = clock.now()
    state = (
        RequestState.REFUSED
        if request.form.get("outcome") == RequestState.REFUSED
        else RequestState.DONE
    )
    with unit_of_work() as session:
        found = queries.get_request(session, request_id)
        if found.kind is RequestKind.DELETION and state is RequestState.DONE:
            raise InvalidError("request_kind_unknown", "a deletion is granted, not closed")
        _correct(session, found)
        parties.close_request(
            session,
            request_id,
            state=state,
            answer=request.form.get("answer", ""),
            by=actor_code(),
            at=at,
        )
        detail = {"request": str(request_id), "state": str(state)}
        audit.record(session, act("request_closed", found.subject.code, at=at, detail=detail))
    flash(_("已答复。"), "success")
    return redirect(url_for("console_rights.index"))


def _correct(session: Session, found: RequestRow) -> None:
    """Carry out a household's correction where the form holds one."""
    changes = {
        field: value
        for field in map(str, IdentityField)
        if (value := request.form.get(field, "").strip())
    }
    if changes and found.household_id and found.kind is RequestKind.CORRECTION:
        households.correct_identity(session, HouseholdId(found.household_id), changes)
