"""What payers still have to pay in for final allotments, and the bank lines that pay it."""

from decimal import Decimal, InvalidOperation
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from households import queries as household_queries
from kernel import audit, clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.errors import ConflictError, InvalidError
from ledger import queries as ledger_queries
from parties.values import Role
from shop.console.acting import act
from shop.errors import sentence
from workflows import receivable_collected
from workflows.receivable_collected import BankReceipt

pages = Blueprint("console_receivables", __name__)

FEN: Final = 100
PREFIX: Final = "A:ar:AL-"


@pages.get("/receivables")
@requires(Role.OPERATOR)
def moved() -> ResponseReturnValue:
    """Lead on to where all bank money stands."""
    return redirect(url_for(".index"), code=301)


@pages.get("/bank/payers")
@requires(Role.OPERATOR)
def index() -> str:
    """List what is owed by payers; until it is here the shares are not paid out."""
    with unit_of_work() as session:
        owed = {
            account.removeprefix("A:ar:"): minor
            for account, minor in ledger_queries.list_open(session, PREFIX).items()
        }
        rows = household_queries.list_by_code(session, list(owed))
    return render_template("console/receivables/index.html", rows=rows, owed=owed)


@pages.post("/bank/payers/<code>")
@requires(Role.OPERATOR)
def collect(code: str) -> ResponseReturnValue:
    """Book one line of the bank statement against what a payer owes."""
    at = clock.now()
    try:
        receipt = BankReceipt(
            allotment_code=code,
            reference=request.form.get("reference", "").strip(),
            minor=_amount(request.form.get("amount", "")),
        )
        with unit_of_work() as session:
            left = receivable_collected.record_collection(session, receipt, at=at)
            audit.record(session, act("allotment_collected", f"allotment:{code}"[:64], at=at))
    except (ConflictError, InvalidError) as error:
        flash(sentence(error), "error")
    else:
        words = (
            _("已入账，付款单位已交清。") if left == 0 else _("已入账，付款单位还有未交款项。")
        )
        flash(words, "success")
    return redirect(url_for(".index"))


def _amount(text: str) -> int:
    """Return yuan as fen; zero, which nobody can pay in, for what is no whole number of fen."""
    try:
        fen = Decimal(text.strip().replace(",", "")) * FEN
        return int(fen) if fen.is_finite() and not fen % 1 else 0
    except InvalidOperation:
        return 0
