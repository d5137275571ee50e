"""Settlements: open, close, propose, decide, hand the file to the bank, see every line."""

from collections.abc import Sequence
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from kernel import audit, clock
from kernel.access import current_actor, requires
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from kernel.paging import cut, decode_key, encode_key
from parties import queries as party_queries
from parties.values import Role
from payments import queries
from payments import service as payments
from payments.errors import RowFault
from payments.queries import PeriodRow
from payments.values import LineState, PayeeKind
from shop.console.acting import PAGE_SIZE, act, asked_id, asked_state
from shop.faults import told
from workflows import payout_run, period_closed

pages = Blueprint("console_settlements", __name__)

LINES_SIZE = 25


@pages.get("/settlements")
@requires(Role.OPERATOR)
def index() -> str:
    """List settlements, the newest first, with the next period to be opened."""
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        found = queries.list_periods(session, before_id=asked_id(), limit=PAGE_SIZE + 1)
        unfinished = len(queries.list_unfinished(session))
    return render_template(
        "console/settlements/index.html",
        page=cut(found, PAGE_SIZE, lambda row: encode_key(row.id)),
        unfinished=unfinished,
        month=today.replace(day=1),
        month_end=date.fromordinal(clock.next_month(today.replace(day=1)).toordinal() - 1),
        is_first="after" not in request.args,
    )


@pages.post("/settlements")
@requires(Role.OPERATOR)
def begin() -> ResponseReturnValue:
    """Open a settlement for a period; the same period again shows the one there is."""
    period_from, period_to = _day("period_from"), _day("period_to")
    at = clock.now()
    with unit_of_work() as session:
        code = payments.open_period(session, period_from, period_to, by=_me(), at=at)
        audit.record(session, act("settlement_opened", f"settlement:{code}", at=at))
    return _to(code)


@pages.post("/settlements/reissue")
@requires(Role.OPERATOR)
def reissue() -> ResponseReturnValue:
    """Open and close a settlement of what the bank returned and somebody looked after."""
    at = clock.now()
    with unit_of_work() as session:
        code = payments.open_reissue(session, by=_me(), at=at)
        period_closed.close(session, code, at=at)
        audit.record(session, act("settlement_reissued", f"settlement:{code}", at=at))
    return _to(code)


@pages.get("/settlements/<code>")
@requires(Role.OPERATOR)
def show(code: str) -> str:
    """Show one settlement: sums by payee and state, who decided, its file, its lines."""
    return render_settlement(code)


def render_settlement(code: str, faults: Sequence[RowFault] = ()) -> str:
    """Render one settlement, with the faulty rows of a list that was refused, if any."""
    kind, state = asked_state(PayeeKind, "kind"), asked_state(LineState)
    after = request.args.get("after", "")
    with unit_of_work() as session:
        period = queries.get_period(session, code)
        lines = queries.list_lines(
            session,
            period.id,
            kind=kind,
            state=state,
            after=decode_key(after, int)[0] if after else 0,
            limit=LINES_SIZE + 1,
        )
        groups = queries.list_groups(session, period.id)
        decisions = queries.list_decisions(session, period.id)
        cancellations = queries.list_cancellations(session, period.id)
        files = queries.list_files(session, period.id)
        imports = queries.list_imports(session, period.id)
        said = [one.person_id for one in decisions]
        said += [one.person_id for one in cancellations]
        people = _people(session, period, said)
    me = _me()
    return render_template(
        "console/settlements/show.html",
        period=period,
        page=cut(lines, LINES_SIZE, lambda row: encode_key(row.number)),
        groups={
            kind: {row.state: row for row in groups if row.kind is kind}
            for kind in PayeeKind
            if any(row.kind is kind for row in groups)
        },
        states=[one for one in LineState if any(row.state is one for row in groups)],
        decisions=decisions,
        cancellations=cancellations,
        me=me,
        files=files,
        imports=imports,
        people=people,
        faults=told(faults),
        kind=str(kind or ""),
        state=str(state or ""),
        is_mine=period.proposed_by == me,
        has_decided=any(one.person_id == me and one.round == period.round for one in decisions),
        today=clock.local_date(clock.now()),
        is_first=not after,
    )


@pages.post("/settlements/<code>/close")
@requires(Role.OPERATOR)
def close(code: str) -> ResponseReturnValue:
    """Take the snapshot of a period that is over."""
    at = clock.now()
    with unit_of_work() as session:
        period_closed.close(session, code, at=at)
        audit.record(session, act("settlement_closed", f"settlement:{code}", at=at))
    flash(_("结算 %(code)s 已关账，金额不再变化。", code=code), "success")
    return _to(code)


@pages.post("/settlements/<code>/propose")
@requires(Role.OPERATOR)
def propose(code: str) -> ResponseReturnValue:
    """Put a closed settlement to two colleagues."""
    at = clock.now()
    with unit_of_work() as session:
        payments.propose(session, code, by=_me(), at=at)
        audit.record(session, act("settlement_proposed", f"settlement:{code}", at=at))
    flash(_("已提议，请另外两位同事批准。"), "success")
    return _to(code)


@pages.post("/settlements/<code>/approve")
@requires(Role.OPERATOR)
def approve(code: str) -> ResponseReturnValue:
    """Approve a proposal of somebody else; the second approval books the payments."""
    at = clock.now()
    with unit_of_work() as session:
        is_last = payout_run.approve(session, code, by=_me(), at=at)
        audit.record(session, act("settlement_approved", f"settlement:{code}", at=at))
    if is_last:
        flash(_("两人已批准，正在生成银行文件。"), "success")
    else:
        flash(_("您已批准，还需要另一位同事批准。"), "success")
    return _to(code)


@pages.post("/settlements/<code>/refuse")
@requires(Role.OPERATOR)
def refuse(code: str) -> ResponseReturnValue:
    """Send a proposal back with a reason."""
    reason = request.form.get("reason", "")
    at = clock.now()
    with unit_of_work() as session:
        payments.refuse(session, code, reason, by=_me(), at=at)
        audit.record(session, act("settlement_refused", f"settlement:{code}", at=at))
    flash(_("已退回，可以处理后重新提议。"), "success")
    return _to(code)


@pages.post("/settlements/<code>/lines/<int:number>/hold")
@requires(Role.OPERATOR)
def hold(code: str, number: int) -> ResponseReturnValue:
    """Take one payee out of a closed settlement."""
    note = request.form.get("reason", "")
    at = clock.now()
    with unit_of_work() as session:
        payments.hold_line(session, code, number, note)
        detail = {"line": str(number)}
        audit.record(
            session, act("settlement_line_held", f"settlement:{code}", at=at, detail=detail)
        )
    flash(_("第 %(number)s 笔已暂缓，欠款不变。", number=number), "success")
    return _to(code)


@pages.post("/settlements/<code>/lines/<int:number>/release")
@requires(Role.OPERATOR)
def release(code: str, number: int) -> ResponseReturnValue:
    """Put one payee that was held by hand back in."""
    at = clock.now()
    with unit_of_work() as session:
        payments.release_line(session, code, number)
        detail = {"line": str(number)}
        audit.record(
            session, act("settlement_line_released", f"settlement:{code}", at=at, detail=detail)
        )
    flash(_("第 %(number)s 笔已恢复。", number=number), "success")
    return _to(code)


@pages.post("/settlements/<code>/submit")
@requires(Role.OPERATOR)
def submit(code: str) -> ResponseReturnValue:
    """Note that the bank has the file; a second time changes nothing."""
    at = clock.now()
    with unit_of_work() as session:
        payout_run.submit(session, code, by=_me(), at=at)
        audit.record(session, act("settlement_submitted", f"settlement:{code}", at=at))
    flash(_("已登记提交银行。"), "success")
    return _to(code)


def _people(session: Session, period: PeriodRow, ids: Sequence[int]) -> dict[int, str]:
    """Return the names of the members of staff who acted on a settlement."""
    known = {*ids, *([period.proposed_by] if period.proposed_by else [])}
    names = party_queries.list_names(session, [f"person:{one}" for one in known])
    return {one: names.get(f"person:{one}", "") for one in known}


def _me() -> int:
    return current_actor().person_id


def _to(code: str) -> ResponseReturnValue:
    return redirect(url_for(".show", code=code))


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, "").strip())
    except ValueError as error:
        raise InvalidError("settlement_day_invalid", f"{name} is not a date") from error
