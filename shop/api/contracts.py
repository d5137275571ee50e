"""Contracts of the caller's own organisation, for its bookkeeping programs."""

from datetime import date
from typing import Any

from flask import Blueprint, Response

from households import queries
from households.queries.contracts import ContractRow
from households.rules.periods import state_of
from households.values import LinkageModel, VersionState
from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import NotFoundError
from parties.values import Role
from shop.api import contract
from shop.api.contract import Caller, Operation, operation
from shop.api.schemas import contracts as shapes
from shop.security import find_actor, public

pages = Blueprint("api_contracts", __name__)

KEEPERS = (Role.MANAGER, Role.CLERK)


@pages.get("/contracts")
@public
@operation(
    Operation(
        summary="List the contracts of one's own organisation",
        description=(
            "For managers and clerks of the paying organisation. Each contract comes with the "
            "version in force today, else with its newest one."
        ),
        tag="contracts",
        query=shapes.ContractQuery,
        answer=shapes.ContractPage,
        refusals={404: "The caller keeps no contracts, or not those of this organisation."},
        caller=Caller.READER,
    )
)
def list_contracts() -> Response:
    """One page of contracts by code; pages follow each other by key."""
    query = contract.read_query(shapes.ContractQuery)
    payer = _payer(query.get("seller"))
    today = clock.local_date(clock.now())
    model = query.get("model")
    with unit_of_work() as session:
        page = queries.list_latest(
            session,
            payer,
            on=today,
            model=LinkageModel(model) if model else None,
            key=query.get("after"),
            size=query["limit"],
        )
    told = {"rows": [_told(row, today) for row in page.rows], "next_key": page.next_key}
    return contract.answer(shapes.ContractPage, told)


def _payer(wanted: str | None) -> str:
    """Return whose contracts are asked for; only the caller's own organisations exist."""
    actor = find_actor()
    own = sorted(actor.organisation_codes(*KEEPERS)) if actor else []
    if not own or (wanted is not None and wanted not in own):
        raise NotFoundError("organisation_not_found", "no such organisation of this caller")
    return wanted or own[0]


def _told(row: ContractRow, today: date) -> dict[str, Any]:
    state = VersionState.DRAFT
    if row.effective_from is not None:
        state = state_of(row.effective_from, row.effective_to, row.activated_at, on=today)
    return {
        "code": row.contract_code,
        "payer": row.organisation_code,
        "model": row.model,
        "income_class": row.income_class,
        "household_id": row.household_id,
        "version": row.version,
        "state": state,
        "effective_from": row.effective_from,
        "effective_to": row.effective_to,
        "terms": row.terms or {},
    }
