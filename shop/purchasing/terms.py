"""What a buying organisation may owe, uses and has to pay: its credit line and bills."""

from dataclasses import dataclass

from flask import Blueprint, render_template
from werkzeug.exceptions import Forbidden

from kernel import clock
from kernel.db import unit_of_work
from parties import queries as party_queries
from parties.values import BUYER_ROLES, OrganisationRow
from payments.queries import terms as queries
from payments.queries import transfers
from payments.rules.transfers import spoken
from payments.values.terms import BillRow, Standing
from shop.security import current_actor, requires

pages = Blueprint("purchasing_terms", __name__)


@dataclass(frozen=True, slots=True)
class CreditSheet:
    """One organisation with its credit and its bills."""

    organisation: OrganisationRow
    standing: Standing
    bills: list[BillRow]


@pages.get("/terms")
@requires(*BUYER_ROLES)
def index() -> str:
    """Show line, used, left, and every bill with its due day and code."""
    codes = sorted(current_actor().organisation_codes(*BUYER_ROLES))
    if not codes:
        raise Forbidden
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        organisations = party_queries.list_organisations(session, codes)
        sheets = [
            CreditSheet(
                organisations[code],
                queries.get_standing(session, code, on=today),
                queries.list_bills(session, code),
            )
            for code in codes
        ]
        account = transfers.find_account(session, on=today)
    return render_template(
        "purchasing/terms/index.html",
        sheets=sheets,
        account=account,
        today=today,
        spoken=spoken,
    )
