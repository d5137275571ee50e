"""Credit lines, proposed by one person and decided by another, and the bills on terms."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import audit, clock
from kernel.access import current_actor, requires
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from kernel.paging import cut, decode_key, encode_key
from parties import queries as party_queries
from parties.values import Role
from payments.queries import terms as queries
from payments.rules import transfers as rules
from payments.service import terms as service
from payments.values.terms import LineVerdict, NewLine
from shop.console.acting import PAGE_SIZE, act, asked_id

pages = Blueprint("console_terms", __name__)


@pages.get("/bank/bills")
@requires(Role.OPERATOR)
def bills() -> str:
    """List open bills, the first due first; those overdue on their own."""
    today = clock.local_date(clock.now())
    is_overdue = request.args.get("state") == "overdue"
    with unit_of_work() as session:
        found = queries.list_open_bills(
            session,
            due_before=today if is_overdue else None,
            after=_after(),
            limit=PAGE_SIZE + 1,
        )
        sums = queries.sum_open_bills(session, on=today)
        names = party_queries.list_organisations(
            session, sorted({bill.organisation_code for bill in found})
        )
    return render_template(
        "console/terms/bills.html",
        page=cut(
            found, PAGE_SIZE, lambda one: encode_key(one.due_on.isoformat(), one.order_number)
        ),
        is_first="after" not in request.args,
        is_overdue=is_overdue,
        sums=sums,
        names=names,
        today=today,
    )


def _after() -> tuple[date, str] | None:
    given = request.args.get("after", "")
    if not given:
        return None
    day, number = decode_key(given, date, str)
    return day, number


@pages.get("/bank/lines")
@requires(Role.OPERATOR)
def lines() -> str:
    """List credit lines, those that wait for a second person on top."""
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        waiting = queries.list_undecided(session)
        found = queries.list_lines(session, before_id=asked_id(), limit=PAGE_SIZE + 1)
        codes = sorted({line.organisation_code for line in (*waiting, *found)})
        names = party_queries.list_organisations(session, codes)
    return render_template(
        "console/terms/lines.html",
        waiting=waiting,
        page=cut(found, PAGE_SIZE, lambda one: encode_key(one.line_id)),
        is_first="after" not in request.args,
        names=names,
        today=today,
        me=current_actor().person_id,
    )


@pages.post("/bank/lines")
@requires(Role.OPERATOR)
def propose() -> ResponseReturnValue:
    """Propose a credit line for an organisation that buys."""
    at, form = clock.now(), request.form
    code = form.get("organisation", "").strip()[:64]
    amount = rules.read_minor(form.get("amount", ""))
    days = form.get("days", "")
    until = form.get("until", "").strip()
    new = NewLine(
        organisation_code=code,
        amount_minor=-1 if amount is None else amount,
        days=int(days) if days.isascii() and days.isdigit() and len(days) <= len("365") else 0,
        valid_from=_day(form.get("from", "")),
        valid_until=_day(until) if until else None,
        reason=form.get("reason", ""),
    )
    with unit_of_work() as session:
        found = party_queries.list_organisations(session, [code])
        if code not in found or found[code].channel_code is None:
            raise InvalidError("credit_line_organisation", "choose a buying organisation")
        service.propose_line(session, new, by=current_actor().person_id, at=at)
        audit.record(session, act("credit_line_proposed", f"organisation:{code}", at=at))
    flash(_("已提议，请另一位同事批准。"), "success")
    return redirect(url_for(".lines"))


@pages.post("/bank/lines/<int:line_id>")
@requires(Role.OPERATOR)
def decide(line_id: int) -> ResponseReturnValue:
    """Approve or refuse a line another person proposed."""
    at = clock.now()
    verdict = (
        LineVerdict.APPROVED
        if request.form.get("verdict") == LineVerdict.APPROVED
        else LineVerdict.REFUSED
    )
    with unit_of_work() as session:
        code = service.decide_line(
            session, line_id, verdict, by=current_actor().person_id, at=at
        )
        detail = {"line": str(line_id), "verdict": str(verdict)}
        audit.record(
            session, act("credit_line_decided", f"organisation:{code}", at=at, detail=detail)
        )
    flash(_("已批准。") if verdict is LineVerdict.APPROVED else _("已驳回。"), "success")
    return redirect(url_for(".lines"))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidError("credit_line_period", "write days like 2026-01-31") from error
