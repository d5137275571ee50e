"""A household reads its year: month by month, contract by contract, sale by sale."""

from datetime import date, datetime

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import Forbidden

from households.queries import memberships
from households.values import HouseholdId
from kernel import clock
from kernel.clock import at_local_midnight, offered_years
from kernel.db import unit_of_work
from kernel.errors import InvalidError
from reporting import household_sheet
from reporting.statements import household
from reporting.statements.household import HouseholdYear
from shop.security import current_actor, signed_in

pages = Blueprint("household_statement", __name__)

PAGE_SIZE = 12


def own_household() -> HouseholdId:
    """Return the signed-in person's own household; nobody else's sheet can be asked for."""
    household_id = current_actor().household_id
    if household_id is None:
        raise Forbidden
    return HouseholdId(household_id)


def read_year(session: Session, household_id: HouseholdId) -> HouseholdYear:
    """Return the year asked for in the address, else the present one."""
    this_year = clock.local_date(clock.now()).year
    asked = request.args.get("year", str(this_year))
    if not (asked.isascii() and asked.isdigit() and date.min.year < int(asked) <= this_year):
        raise InvalidError("report_filter_invalid", "this year is not offered", field="year")
    return household.read(session, household_id, int(asked))


@pages.get("/")
@signed_in
def show() -> str:
    """Show what the household earned in a year, what was paid, and what each amount is."""
    household_id = own_household()
    key = request.args.get("after")
    this_year = clock.local_date(clock.now()).year
    with unit_of_work() as session:
        told = read_year(session, household_id)
        month = _month(told)
        page = household_sheet.list_sheet(
            session, household_id, within=_within(told.year, month), key=key, size=PAGE_SIZE
        )
        asked = memberships.count_asked(session, household_id)
    return render_template(
        "household/statement/show.html",
        told=told,
        years=offered_years(told.years, asked=told.year, present=this_year),
        month=month,
        page=page,
        asked=asked,
        is_first=key is None,
    )


def _month(told: HouseholdYear) -> date | None:
    """Return the month asked for, if it is one of the statement's."""
    asked = request.args.get("month", "")
    return next((month for month in told.months if f"{month:%Y-%m}" == asked), None)


def _within(year: int, month: date | None) -> tuple[datetime, datetime]:
    first = month or date(year, 1, 1)
    until = clock.next_month(first) if month else date(year + 1, 1, 1)
    return at_local_midnight(first), at_local_midnight(until)
