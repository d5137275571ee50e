"""Money that came by bank transfer: statements are taken in, what fits no order is decided."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kernel import audit, clock
from kernel.access import current_actor, requires
from kernel.db import unit_of_work
from kernel.errors import InvalidError, NotFoundError
from kernel.paging import encode_key
from parties.values import Role
from payments.errors import RowFault, StatementRefusedError
from payments.queries import transfers as queries
from payments.queries.transfers import OpenRow
from payments.rules import transfers as rules
from payments.values.transfers import Decider, TransferRow
from shop.console.acting import act, actor_code, asked_id
from shop.console.bank_words import fault_words
from shop.tasks.bank import match_row
from shop.uploads import read_rows
from workflows import transfer_received
from workflows.transfer_received import Seen

pages = Blueprint("console_bank", __name__)

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Suggested:
    """A waiting order a row may be meant for, and why."""

    transfer: TransferRow
    is_named: bool
    """Its code stands in what the payer wrote; otherwise the amount is the same."""


@pages.get("/bank")
@requires(Role.OPERATOR)
def index() -> str:
    """List what nobody has decided on, with suggestions, and what is paid in part."""
    return _render([])


def _render(faults: Sequence[RowFault]) -> str:
    with unit_of_work() as session:
        found = queries.list_open_rows(session, after=asked_id(), limit=SHOWN + 1)
        rows, next_key = found[:SHOWN], None
        if len(found) > SHOWN:
            next_key = encode_key(rows[-1].row_id)
        codes = {row.row_id: rules.find_codes(row.remark) for row in rows}
        named = queries.list_by_code(
            session, [code for some in codes.values() for code in some]
        )
        alike = queries.list_waiting_for(session, [row.left_minor for row in rows])
        count, minor = queries.count_open_rows(session)
        partly = queries.list_partly_paid(session)
        statements = queries.list_statements(session)
    return render_template(
        "console/bank/index.html",
        rows=rows,
        next_key=next_key,
        is_first="after" not in request.args,
        suggested={row.row_id: _suggest(row, codes[row.row_id], named, alike) for row in rows},
        count=count,
        minor=minor,
        partly=partly,
        statements=statements,
        columns=rules.COLUMNS,
        faults=[(fault.row, fault_words(fault.code), fault.value) for fault in faults],
    )


def _suggest(
    row: OpenRow,
    codes: Sequence[str],
    named: Mapping[str, TransferRow],
    alike: Sequence[TransferRow],
) -> list[Suggested]:
    found = [Suggested(named[code], is_named=True) for code in codes if code in named]
    numbers = {one.transfer.group_number for one in found}
    return found + [
        Suggested(one, is_named=False)
        for one in alike
        if one.amount_minor - one.received_minor == row.left_minor
        and one.group_number not in numbers
    ]


@pages.post("/bank/statements")
@requires(Role.OPERATOR)
def take() -> ResponseReturnValue:
    """Take a statement in whole or not at all; what carries a code is matched at once."""
    at = clock.now()
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise InvalidError("file_missing", "choose a file")
    body = upload.read()
    table = read_rows(body)
    if missing := rules.missing_columns(list(table[0]) if table else []):
        raise InvalidError(
            "bank_columns_missing", "columns are missing", columns="、".join(missing)
        )
    if len(table) > rules.MAX_ROWS:
        raise InvalidError("bank_too_many_rows", "too many rows", maximum=rules.MAX_ROWS)
    read = rules.read_statement(table, today=clock.local_date(at))
    digest = hashlib.sha256(body).hexdigest()
    try:
        with unit_of_work() as session:
            taken = transfer_received.take_statement(
                session, read, digest, by=current_actor().person_id, at=at
            )
            audit.record(
                session,
                act(
                    "bank_statement_taken",
                    f"bank-statement:{taken.statement_id}",
                    at=at,
                    detail={"taken": str(len(taken.rows)), "repeated": str(taken.repeated)},
                ),
            )
    except StatementRefusedError as refused:
        return _render(refused.faults), 422
    matched = sum(match_row(row_id) > 0 for row_id in taken.rows)
    flash(
        _(
            "新到账 %(taken)s 笔，其中 %(matched)s 笔凭识别码认领；%(repeated)s 笔以前已导入。",
            taken=len(taken.rows),
            matched=matched,
            repeated=taken.repeated,
        ),
        "success",
    )
    return redirect(url_for(".index"))


@pages.get("/bank/rows/<int:row_id>")
@requires(Role.OPERATOR)
def show(row_id: int) -> str:
    """Show one row with everything that was decided on it."""
    with unit_of_work() as session:
        row = queries.find_row(session, row_id)
        decisions = queries.list_decisions(session, [row_id])
    if row is None:
        raise NotFoundError("bank_row_not_found", f"no bank row {row_id}")
    return render_template(
        "console/bank/show.html", row=row, decisions=decisions.get(row_id, [])
    )


@pages.post("/bank/rows/<int:row_id>/assign")
@requires(Role.OPERATOR)
def assign(row_id: int) -> ResponseReturnValue:
    """Give money of a row to an order that waits for it."""
    at = clock.now()
    number = request.form.get("number", "").strip()[:64]
    with unit_of_work() as session:
        is_paid = transfer_received.assign(
            session, _seen(row_id), number, _minor("amount"), _decider(), at=at
        )
        audit.record(
            session,
            act("bank_row_assigned", f"bank-row:{row_id}", at=at, detail={"to": number}),
        )
    flash(
        _("订单 %(number)s 已付清。", number=number)
        if is_paid
        else _("已记到订单 %(number)s，尚未付清。", number=number),
        "success",
    )
    return redirect(url_for(".index"))


@pages.post("/bank/rows/<int:row_id>/return")
@requires(Role.OPERATOR)
def send_back(row_id: int) -> ResponseReturnValue:
    """Note that what is left of a row went back to its payer."""
    at = clock.now()
    reference = request.form.get("reference", "").strip()
    with unit_of_work() as session:
        transfer_received.send_back(session, _seen(row_id), reference, _decider(), at=at)
        audit.record(session, act("bank_row_returned", f"bank-row:{row_id}", at=at))
    flash(_("已记录退回。"), "success")
    return redirect(url_for(".index"))


@pages.post("/bank/orders/<number>/give-up")
@requires(Role.OPERATOR)
def give_up(number: str) -> ResponseReturnValue:
    """Close an order that was paid in part; its money waits to be decided on again."""
    at = clock.now()
    with unit_of_work() as session:
        transfer_received.give_up(session, number, _decider(), at=at)
        audit.record(session, act("transfer_given_up", f"group:{number}"[:64], at=at))
    flash(_("订单 %(number)s 已关闭，款项回到待处理。", number=number), "success")
    return redirect(url_for(".index"))


def _seen(row_id: int) -> Seen:
    left = request.form.get("left", "")
    if not (left.isascii() and left.isdigit()):
        raise InvalidError("bank_amount_not_positive", "the amount must be above zero")
    return Seen(row_id, int(left))


def _decider() -> Decider:
    return Decider(actor_code(), request.form.get("reason", ""))


def _minor(name: str) -> int:
    minor = rules.read_minor(request.form.get(name, ""))
    if minor is None or not 0 < minor < rules.MAX_MINOR:
        raise InvalidError("bank_amount_not_positive", "the amount must be above zero")
    return minor
