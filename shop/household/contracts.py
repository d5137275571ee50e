"""A household reads its contracts: what was agreed, and what it would pay in a plain case."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from households import queries
from households.queries import advances
from households.queries.contract_lists import Assumptions
from households.queries.contracts import ContractRow
from households.rules import examples
from households.rules import terms as rules
from households.rules.examples import Example
from households.rules.terms import Said, Weighed
from households.values import Advance, HouseholdId
from kernel import clock
from kernel.db import unit_of_work
from parties import queries as party_queries
from reporting.explanation import veil
from shop.household.statement import own_household
from shop.security import signed_in

pages = Blueprint("household_contracts", __name__)


@dataclass(frozen=True, slots=True)
class Told:
    """One contract as its household reads it; nobody else's part stands in it."""

    row: ContractRow
    payer: str
    said: Sequence[Said]
    weighed: Weighed | None
    examples: Sequence[Example]
    advance: Advance | None = None


@pages.get("/contracts")
@signed_in
def show() -> str:
    """Show the household's own contracts and those it shares with all producers."""
    household_id = own_household()
    today = clock.local_date(clock.now())
    with unit_of_work() as session:
        own = queries.list_household_contracts(session, household_id, on=today)
        joint = queries.list_joint(session, household_id, on=today)
        told = _tell(session, [*own, *joint], household_id, today)
        minimum = veil.find_minimum(session, on=today)
        paid = advances.list_advances(session, household_id=household_id)
        codes = [one.contract_code for one in paid]
        closings = advances.list_closings(session, codes) if codes else []
    told = [_veiled(one, minimum) for one in _with_advances(told, paid)]
    shown = {one.row.contract_code for one in told}
    return render_template(
        "household/contracts/show.html",
        household_id=household_id,
        own=told[: len(own)],
        joint=told[len(own) :],
        closings=closings,
        past=[one for one in paid if one.contract_code not in shown],
    )


def _tell(
    session: Session, rows: Sequence[ContractRow], household_id: HouseholdId, today: date
) -> list[Told]:
    payers = sorted({row.organisation_code for row in rows})
    holding = queries.find_assumptions(session, payers, on=today)
    names = party_queries.list_organisations(session, payers)
    return [
        _told(row, names[row.organisation_code].name, holding, household_id) for row in rows
    ]


def _with_advances(told: list[Told], paid: Sequence[Advance]) -> list[Told]:
    """Put what was paid in advance beside the contract it was paid under."""
    by_contract = {one.contract_code: one for one in paid}
    return [replace(one, advance=by_contract.get(one.row.contract_code)) for one in told]


def _told(
    row: ContractRow, payer: str, holding: Assumptions, household_id: HouseholdId
) -> Told:
    terms = row.terms or {}
    worked = examples.work_out(row.model, terms, holding.of(row.organisation_code, terms))
    return Told(
        row=row,
        payer=payer,
        said=rules.describe(row.model, terms),
        weighed=rules.describe_weights(row.model, terms, household=household_id),
        examples=[_own_part(example, household_id) for example in worked],
    )


def _veiled(told: Told, minimum: int) -> Told:
    """Leave out what would tell another's weight where too few share a pot."""
    weighed = told.weighed
    if weighed is None or weighed.households >= minimum:
        return told
    examples = [
        replace(one, rows=[row for row in one.rows if row.household_id is None])
        for one in told.examples
    ]
    return replace(told, weighed=replace(weighed, total=None), examples=examples)


def _own_part(example: Example, household_id: HouseholdId) -> Example:
    """Leave out what an example gives other households."""
    rows = [row for row in example.rows if row.household_id in {None, household_id}]
    return replace(example, rows=rows)
