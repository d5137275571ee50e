"""The books: trial balance by class of account, open accounts of a class, one statement."""

from flask import Blueprint, render_template, request

from kernel import clock
from kernel.access import requires
from kernel.db import unit_of_work
from kernel.errors import ForbiddenError
from kernel.paging import cut, decode_key, encode_key
from ledger import queries as ledger_queries
from ledger.rules import classify
from ledger.values import Book
from parties.values import Role
from reporting.desk import accounts as desk
from reporting.desk.orders import public_code
from shop.console.acting import PAGE_SIZE, asked_word

pages = Blueprint("console_accounts", __name__)


@pages.get("/accounts")
@requires(Role.OPERATOR)
def index() -> str:
    """Show the trial balance of both books."""
    with unit_of_work() as session:
        rows = desk.list_classes(session)
    books = {str(book): [row for row in rows if row.book is book] for book in Book}
    return render_template("console/accounts/index.html", books=books, as_of=clock.now())


@pages.get("/accounts/open")
@requires(Role.OPERATOR)
def opened() -> str:
    """List the accounts of one class that are not at zero; never those of households."""
    account_class = asked_word("class")
    _refuse_households(f"{account_class}:")
    after = request.args.get("after", "")
    with unit_of_work() as session:
        found = desk.list_open(
            session,
            account_class,
            after=decode_key(after, str)[0] if after else "",
            limit=PAGE_SIZE + 1,
        )
    return render_template(
        "console/accounts/opened.html",
        account_class=account_class,
        page=cut(found, PAGE_SIZE, lambda row: encode_key(row.code)),
        is_first=not after,
    )


@pages.get("/accounts/statement")
@requires(Role.OPERATOR)
def statement() -> str:
    """Show the entries of one account, the newest first, with its running balance."""
    code = asked_word("code")
    _refuse_households(code)
    account = classify(code)
    after = request.args.get("after", "")
    with unit_of_work() as session:
        page = ledger_queries.statement(session, code, key=after or None, size=PAGE_SIZE)
    return render_template(
        "console/accounts/statement.html", account=account, page=page, is_first=not after
    )


def _refuse_households(code: str) -> None:
    """Raise `ForbiddenError` for accounts whose code names a household."""
    if public_code(code).endswith("*"):
        raise ForbiddenError("household_account", "accounts of households are not listed")
