"""A household reads what it earned, by month and sale by sale."""

from collections.abc import Sequence
from datetime import date

from flask import Blueprint, render_template, request
from werkzeug.exceptions import Forbidden

from households import queries as household_queries
from households.queries.stages import sum_by_stage
from households.queries.statements import HouseholdMonth
from households.values import HouseholdId, PartyKind
from kernel import clock
from kernel.db import unit_of_work
from reporting import household_sheet
from shop.security import current_actor, signed_in

pages = Blueprint("household_statement", __name__)

PAGE_SIZE = 30


def own_household() -> HouseholdId:
    """Return the signed-in person's own household; nobody else's sheet can be asked for."""
    household_id = current_actor().household_id
    if household_id is None:
        raise Forbidden
    return HouseholdId(household_id)


@pages.get("/")
@signed_in
def show() -> str:
    """Show what the household earned this year, by month and sale by sale."""
    household_id = own_household()
    today = clock.local_date(clock.now())
    key = request.args.get("after")
    with unit_of_work() as session:
        sums = sum_by_stage(session, PartyKind.HOUSEHOLD, household_id)
        months = household_queries.list_household_months(
            session,
            household_id,
            since=date(today.year - 1, 1, 1),
            until=clock.next_month(today.replace(day=1)),
        )
        page = household_sheet.list_sheet(session, household_id, key=key, size=PAGE_SIZE)
    return render_template(
        "household/statement/show.html",
        household_id=household_id,
        sums=sums,
        months=_by_month(months),
        this_year_minor=sum(row.net_minor for row in months if row.month.year == today.year),
        year=today.year,
        page=page,
        is_first=key is None,
    )


def _by_month(rows: Sequence[HouseholdMonth]) -> list[tuple[date, int, int]]:
    """Add up contracts: (month, earned, reversed) in fen, newest first."""
    months: dict[date, tuple[int, int]] = {}
    for row in rows:
        earned, taken = months.get(row.month, (0, 0))
        months[row.month] = (earned + row.earned_minor, taken + row.reversed_minor)
    return [(month, *months[month]) for month in sorted(months, reverse=True)]
