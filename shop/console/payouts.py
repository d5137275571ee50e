"""What goes to the bank and comes back: files, answers, accounts, reminders, demo messages."""

import hashlib
from datetime import timedelta

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import audit, clock, policy
from kernel.access import current_actor, requires
from kernel.db import unit_of_work
from kernel.errors import ConflictError
from kernel.paging import cut, encode_key
from parties.values import Role
from payments import bank_batch, queries
from payments import service as payments
from payments.errors import AnswersRefusedError
from payments.values import FileFormat, LineState, PeriodState
from shop import operations
from shop.console.acting import act, asked_id
from shop.console.settlements import render_settlement
from shop.tasks import notices
from workflows import payout_run

pages = Blueprint("console_payouts", __name__)

SIZE = 50
REFUSED = 422
REMINDER, MAX_ROWS = "payout_reminder_days", "payout_import_max_rows"


@pages.post("/settlements/<code>/file/<form>")
@requires(Role.OPERATOR)
def download(code: str, form: str) -> Response:
    """Hand out the bank's file as it was written; who took it is recorded."""
    if form not in set(FileFormat):
        abort(404)
    at = clock.now()
    with unit_of_work() as session:
        if queries.get_period(session, code).state is PeriodState.CANCELLED:
            raise ConflictError("settlement_is_cancelled", f"{code} is cancelled", code=code)
        content = queries.open_file(session, code, FileFormat(form))
        detail = {"format": form, "sha256": bank_batch.sha256(content)}
        audit.record(
            session, act("payout_file_taken", f"settlement:{code}", at=at, detail=detail)
        )
    if form == FileFormat.FIXED:
        return _attachment(content, f"{code}.txt", "text/plain; charset=gb18030")
    return _attachment(content, f"{code}-{form}.csv")


@pages.get("/settlements/<code>/answer-form")
@requires(Role.OPERATOR)
def answer_form(code: str) -> Response:
    """Hand out a list of answers to fill in: numbers and amounts, no names or accounts."""
    with unit_of_work() as session:
        period = queries.get_period(session, code)
        lines = queries.list_open_numbers(session, period.id)
    return _attachment(bank_batch.answer_form(code, lines), f"{code}-answers.csv")


@pages.post("/settlements/<code>/answers")
@requires(Role.OPERATOR)
def answers(code: str) -> ResponseReturnValue:
    """Take in the bank's list; one faulty row and nothing is booked."""
    upload = request.files.get("file")
    content = upload.read() if upload is not None else b""
    at = clock.now()
    try:
        with unit_of_work() as session:
            limit = policy.get_int(session, MAX_ROWS, on=clock.local_date(at))
            rows, faults = bank_batch.read_answers(content, max_rows=limit)
            digest = hashlib.sha256(content).hexdigest()
            fresh, repeated = payout_run.take_answers(
                session, code, rows, digest, faults=faults, by=_me(), at=at
            )
            detail = {"sha256": digest, "applied": str(fresh), "repeated": str(repeated)}
            audit.record(
                session, act("payout_answers_taken", f"settlement:{code}", at=at, detail=detail)
            )
    except AnswersRefusedError as refused:
        return render_settlement(code, refused.faults), REFUSED
    flash(
        _("已入账 %(fresh)s 笔，%(repeated)s 笔早已入账。", fresh=fresh, repeated=repeated),
        "success",
    )
    return redirect(url_for("console_settlements.show", code=code))


@pages.get("/payouts/unfinished")
@requires(Role.OPERATOR)
def unfinished() -> str:
    """List what came back and what is held, each with what is to be done about it."""
    with unit_of_work() as session:
        rows = queries.list_unfinished(session, before_id=asked_id(), limit=SIZE + 1)
    page = cut(rows, SIZE, lambda row: encode_key(row.id))
    return render_template(
        "console/payouts/unfinished.html",
        page=page,
        may_reissue=any(
            row.state is LineState.RETURNED and row.cleared_at for row in page.rows
        ),
        is_first="after" not in request.args,
    )


@pages.get("/payouts/lines/<int:line_id>")
@requires(Role.OPERATOR)
def line(line_id: int) -> str:
    """Show one line and the form that records the payee's account."""
    with unit_of_work() as session:
        row = queries.get_line(session, line_id)
    return render_template("console/payouts/line.html", row=row)


@pages.post("/payouts/lines/<int:line_id>/account")
@requires(Role.OPERATOR)
def record_account(line_id: int) -> ResponseReturnValue:
    """Record where the payee of a line is paid from now on; nobody can read it back."""
    holder, number = request.form.get("holder", ""), request.form.get("number", "")
    at = clock.now()
    with unit_of_work() as session:
        row = queries.get_line(session, line_id)
        payments.record_account(session, row.owner, holder, number, by=_me(), at=at)
        if row.state is LineState.RETURNED and row.cleared_at is None:
            payments.clear_returned(session, row.owner, by=_me(), at=at)
        audit.record(session, act("payout_account_recorded", f"payee:{row.owner}", at=at))
    flash(_("账号已封存。下次结算或补发时支付。"), "success")
    return redirect(url_for(".unfinished"))


@pages.post("/payouts/lines/<int:line_id>/clear")
@requires(Role.OPERATOR)
def clear(line_id: int) -> ResponseReturnValue:
    """Note that the account of a returned line is right as it is, with the reason."""
    reason = payments.checked_note(request.form.get("reason", ""))
    at = clock.now()
    with unit_of_work() as session:
        row = queries.get_line(session, line_id)
        payments.clear_returned(session, row.owner, by=_me(), at=at)
        detail = {"line": str(line_id), "reason": reason}
        audit.record(session, act("payout_cleared", f"payee:{row.owner}", at=at, detail=detail))
    flash(_("已核对账号。下次结算或补发时支付。"), "success")
    return redirect(url_for(".unfinished"))


@pages.get("/payouts/reminders")
@requires(Role.OPERATOR)
def reminders() -> str:
    """List payments nobody has acknowledged for some days, by opaque number."""
    at = clock.now()
    with unit_of_work() as session:
        days = policy.get_int(session, REMINDER, on=clock.local_date(at))
        rows = queries.list_unacknowledged(session, paid_before=at - timedelta(days=days))
    return render_template("console/payouts/reminders.html", rows=rows, days=days)


@pages.get("/payouts/messages")
@requires(Role.OPERATOR)
def messages() -> str:
    """Show what the demo's gateway would have sent; there is no such page in production."""
    if operations.settings().notices != notices.DEMO:
        abort(404)
    with unit_of_work() as session:
        rows = queries.list_notices(session)
    return render_template("console/payouts/messages.html", rows=rows)


def _attachment(content: bytes, name: str, content_type: str = "text/csv") -> Response:
    return Response(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _me() -> int:
    return current_actor().person_id
