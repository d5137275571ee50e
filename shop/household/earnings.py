"""A household opens one amount and reads how it came to be, step by step."""

from flask import Blueprint, render_template

from kernel import clock
from kernel.db import unit_of_work
from reporting.explanation import reading
from reporting.explanation.values import Reader
from shop.household.statement import own_household
from shop.security import signed_in
from supplier_portal.entitlements import words_of

pages = Blueprint("household_earnings", __name__)


@pages.get("/earnings/<int:entitlement_id>")
@signed_in
def show(entitlement_id: int) -> str:
    """Explain one amount: the sale, the lot, the contract, the split, the ledger."""
    reader = Reader(household_id=own_household())
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        told = reading.explain(session, entitlement_id, reader, on=today)
    return render_template("household/earnings/show.html", told=told, **words_of(told))
