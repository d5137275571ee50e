"""What the platform owes the seller and what its contracts brought to households, by month."""

from datetime import date

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from households.queries.advances import list_advances
from households.values import PartyKind
from kernel import clock
from kernel.access import current_actor, requires
from kernel.clock import offered_years
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from kernel.paging import cut, decode_key, encode_key
from ledger import queries as ledger_queries
from parties import queries as party_queries
from parties.values import SELLER_ROLES, OrganisationKind
from reporting.statements import accounts
from reporting.statements.accounts import AccountYear, EarnedRow, Party
from supplier_portal.access import seller_code
from supplier_portal.earnings import earnings_of, payable_account
from supplier_portal.entitlements import READERS

pages = Blueprint("supplier_statement", __name__)

PAGE_SIZE = 50
FIRST_YEAR = 2020


@pages.get("/statement")
@requires(*SELLER_ROLES)
def show() -> str:
    """Show the seller's year by month and contract, and its account entry by entry."""
    code, key = seller_code(), request.args.get("after")
    this_year = clock.local_date(clock.now()).year
    with unit_of_work() as session:
        told, rows = read_year(session, code)
        page = ledger_queries.statement(session, payable_account(code), key=key, size=PAGE_SIZE)
        earnings = earnings_of(session, code)
        advances = list_advances(session, payer=code)
        seller = party_queries.get_organisation(session, code)
    return render_template(
        "supplier_portal/statement/show.html",
        told=told,
        rows=rows,
        may_open=code in current_actor().organisation_codes(*READERS),
        years=offered_years(told.years, asked=told.year, present=this_year),
        page=page,
        earnings=earnings,
        advances=advances,
        seller=seller,
        is_village=seller.kind is OrganisationKind.VILLAGE_COLLECTIVE,
        is_first=key is None,
    )


@pages.get("/statement/households")
@requires(*READERS)
def households() -> str:
    """List the households' parts behind one month of one contract, by number, never by name."""
    code, after = seller_code(), request.args.get("after", "")
    current_actor().ensure_organisation(code, *READERS)
    contract, month = request.args.get("contract", ""), _month()
    with unit_of_work() as session:
        found = accounts.list_parts(
            session,
            code,
            contract,
            month,
            after=decode_key(after, int)[0] if after else 0,
            limit=PAGE_SIZE + 1,
        )
    return render_template(
        "supplier_portal/statement/households.html",
        contract=contract,
        month=month,
        page=cut(found, PAGE_SIZE, lambda row: encode_key(row.entitlement_id)),
        is_first=not after,
    )


def read_year(session: Session, code: str) -> tuple[AccountYear, list[EarnedRow]]:
    """Return the seller's accounts of the year asked for, and all its contracts brought."""
    year = asked_year()
    told = accounts.read(session, Party(PartyKind.COOPERATIVE, code), year)
    return told, list(accounts.list_earned(session, year, payer=code))


def asked_year() -> int:
    """Return the year asked for; raises `InvalidError` for one that is not offered."""
    this_year = clock.local_date(clock.now()).year
    asked = request.args.get("year", str(this_year))
    if asked not in {str(year) for year in range(FIRST_YEAR, this_year + 1)}:
        raise InvalidError("report_filter_invalid", "this year is not offered", field="year")
    return int(asked)


def _month() -> date:
    try:
        return date.fromisoformat(f"{request.args.get('month', '')}-01")
    except ValueError as error:
        raise InvalidError(
            "report_filter_invalid", "this is no month", field="month"
        ) from error
