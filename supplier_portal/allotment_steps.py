"""The steps of a period close that its forms ask for: declared, decided, published, final."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from flask import flash, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from households import queries
from households import service as households
from households.service import Decision, Ruling
from households.values import (
    WITHOUT_NOTICE,
    AllotmentSource,
    NewAllotment,
    NewDocument,
    ObjectionOutcome,
    ResolutionBody,
)
from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ShanjiError,
)
from shop.errors import sentence
from supplier_portal import allotment_forms as forms
from supplier_portal.access import actor_code
from supplier_portal.allotment_desk import Desk, note, own
from supplier_portal.attendance import read_attendance
from workflows import allotment_final


def draw_up(desk: Desk) -> str | None:
    """Draw up the close that was asked for and return its code; None when it was refused."""
    try:
        return _draw_up(desk)
    except (InvalidError, ConflictError) as error:
        flash(sentence(error), "error")
        return None


def _draw_up(desk: Desk) -> str:
    payer, model, source, contract = forms.read_option(request.form.get("contract", ""))
    if payer not in desk.payers:
        raise ForbiddenError("not_yours", "this belongs to another organisation")
    if source is not AllotmentSource.OWN and payer not in desk.village_payers:
        raise ForbiddenError("not_yours", "this belongs to another organisation")
    at = clock.now()
    wanted = NewAllotment(
        organisation_code=payer,
        model=model,
        period_from=forms.read_day("period_from"),
        period_to=forms.read_day("period_to"),
        proposed_by=actor_code(),
        contract_code=contract or None,
        source=source,
    )
    with unit_of_work() as session:
        code = households.draw_up_allotment(session, wanted, at=at)
        note(session, desk, "allotment_drawn_up", code, at)
    return code


def correct(desk: Desk, code: str) -> str:
    """Draw up the close that takes the place of a final one and return its code."""
    at = clock.now()
    with unit_of_work() as session:
        row = own(session, desk, code)
        basis = {key: value for key, value in row.basis.items() if key != "common"}
        new_code = households.draw_up_allotment(
            session,
            NewAllotment(
                organisation_code=row.organisation_code,
                model=row.model,
                period_from=row.period_from,
                period_to=row.period_to,
                proposed_by=actor_code(),
                contract_code=row.contract_code,
                source=row.source,
                basis=basis,
                reverses_code=code,
            ),
            at=at,
        )
        note(session, desk, "allotment_corrected", code, at)
    return new_code


def act(desk: Desk, code: str, name: str) -> str:
    """Carry out the step a form names and return the code to go on with."""
    if name == "correct":
        return correct(desk, code)
    step = STEPS.get(name)
    if step is None:
        raise NotFoundError("allotment_not_found", "there is no such step", code=code)
    step(desk, code)
    return code


def _change(desk: Desk, code: str, action: Callable[[Session, datetime], str]) -> None:
    """Carry a change out and say what happened, or why nothing did."""
    at = clock.now()
    try:
        with unit_of_work() as session:
            own(session, desk, code)
            said = action(session, at)
            note(session, desk, f"allotment_{request.path.rsplit('/', 1)[-1]}"[:64], code, at)
    except (NotFoundError, ForbiddenError):
        raise
    except ShanjiError as error:
        flash(sentence(error), "error")
    else:
        flash(said, "success")


def declare(desk: Desk, code: str) -> None:
    """Take the declared figures of a draft."""

    def action(session: Session, at: datetime) -> str:
        del at
        row = queries.get_allotment(session, code)
        households.declare(session, code, forms.read_declared(row.model))
        return str(_("已保存申报数字。"))

    _change(desk, code, action)


def attend(desk: Desk, code: str) -> str | None:
    """Take the attendance of a draft; return the sentence about what is wrong with it."""
    try:
        rows = read_attendance(request.form.get("attendance", ""))
        with unit_of_work() as session:
            own(session, desk, code)
            households.set_attendance(session, code, rows)
    except InvalidError as error:
        return sentence(error)
    flash(_("已保存考勤 %(count)s 户。", count=len(rows)), "success")
    return None


def add_document(desk: Desk, code: str) -> None:
    """Take a paper behind the resolution."""
    sent = request.files.get("file")

    def action(session: Session, at: datetime) -> str:
        paper = NewDocument(
            title=request.form.get("title", "")[:120],
            file_name=(sent.filename if sent and sent.filename else "")[:200],
            media_type=(sent.mimetype if sent else "")[:64],
            content=sent.read() if sent else b"",
            note=request.form.get("note", "")[:400],
        )
        households.add_document(session, code, paper, by=actor_code(), at=at)
        return str(_("材料已保存。"))

    _change(desk, code, action)


def open_document(desk: Desk, code: str, sha256: str) -> tuple[str, bytes]:
    """Return a paper's kind and content; that it was opened is recorded."""
    at = clock.now()
    with unit_of_work() as session:
        own(session, desk, code)
        row, content = queries.open_document(session, code, sha256)
        note(session, desk, "allotment_paper_opened", code, at)
    return row.media_type, content


def resolve(desk: Desk, code: str) -> None:
    """Enter the decision; a payroll a second person approves is final at once."""

    def action(session: Session, at: datetime) -> str:
        households.resolve_allotment(session, code, _decision(), at=at)
        row = queries.get_allotment(session, code)
        if row.model not in WITHOUT_NOTICE:
            return str(_("决议已登记，各户份额已冻结。请发布公示。"))
        allotment_final.finalise(session, code, at=at)
        return str(_("已批准并入账。"))

    _change(desk, code, action)


def publish(desk: Desk, code: str) -> None:
    """Put a decided close on public notice."""

    def action(session: Session, at: datetime) -> str:
        until = households.publish_allotment(session, code, at=at)
        return str(_("已公示，公示到 %(until)s 为止。", until=until.isoformat()))

    _change(desk, code, action)


def finalise(desk: Desk, code: str) -> None:
    """Make a close final whose notice is over."""

    def action(session: Session, at: datetime) -> str:
        allotment_final.finalise(session, code, at=at)
        return str(_("已生效，收益已计入各户账户。"))

    _change(desk, code, action)


def withdraw(desk: Desk, code: str) -> None:
    """Withdraw a close that is not final."""

    def action(session: Session, at: datetime) -> str:
        reason = request.form.get("reason", "")[:400]
        households.withdraw_allotment(session, code, reason=reason, at=at)
        return str(_("已撤回。"))

    _change(desk, code, action)


def record_objection(desk: Desk, code: str) -> None:
    """Record an objection that somebody made by word of mouth."""

    def action(session: Session, at: datetime) -> str:
        households.object_to_allotment(
            session,
            code,
            request.form.get("reason", ""),
            by=actor_code(),
            household_id=None,
            at=at,
        )
        return str(_("异议已登记。"))

    _change(desk, code, action)


def rule(desk: Desk, code: str, objection_id: int) -> None:
    """Decide an objection; one that is upheld stops the close."""

    def action(session: Session, at: datetime) -> str:
        outcome = request.form.get("outcome", "")
        if outcome not in {ObjectionOutcome.REJECTED, ObjectionOutcome.UPHELD}:
            raise InvalidError("objection_without_answer", "choose an outcome")
        ruling = Ruling(
            objection_id=objection_id,
            outcome=ObjectionOutcome(outcome),
            answer=request.form.get("answer", ""),
            by=actor_code(),
        )
        households.rule_on_objection(session, code, ruling, at=at)
        return str(_("已答复异议。"))

    _change(desk, code, action)


STEPS: Final[Mapping[str, Callable[[Desk, str], None]]] = MappingProxyType(
    {
        "declare": declare,
        "document": add_document,
        "resolve": resolve,
        "publish": publish,
        "finalise": finalise,
        "withdraw": withdraw,
        "objection": record_objection,
    }
)
"""What the forms of a close can ask for."""


def _decision() -> Decision:
    body = request.form.get("body", "")
    if body not in set(ResolutionBody):
        raise InvalidError("resolution_body_wrong", "choose who decided")
    total = request.form.get("total_minor", "")
    return Decision(
        body=ResolutionBody(body),
        decided_on=forms.read_day("decided_on"),
        by=actor_code(),
        total_minor=int(total) if total.isascii() and total.isdigit() else -1,
    )
