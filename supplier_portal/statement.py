"""What the seller is owed, entry by entry, straight from the ledger."""

from flask import Blueprint, render_template, request

from kernel.access import requires
from kernel.db import unit_of_work
from ledger import queries as ledger_queries
from parties import queries as party_queries
from parties.values import SELLER_ROLES
from supplier_portal.access import seller_code
from supplier_portal.earnings import earnings_of, payable_account

pages = Blueprint("supplier_statement", __name__)

PAGE_SIZE = 50


@pages.get("/statement")
@requires(*SELLER_ROLES)
def show() -> str:
    """Show the seller's account, newest entry first, with its running balance."""
    code, key = seller_code(), request.args.get("after")
    with unit_of_work() as session:
        page = ledger_queries.statement(session, payable_account(code), key=key, size=PAGE_SIZE)
        earnings = earnings_of(session, code)
        seller = party_queries.get_organisation(session, code)
    return render_template(
        "supplier_portal/statement/show.html",
        page=page,
        earnings=earnings,
        seller=seller,
        is_first=key is None,
    )
