"""Contracts in force in a region: how many of which kind, and those that bind all producers.

A contract with one household says what that household owns or earns; officials see here that
it exists, never what it says.
"""

from flask import Blueprint, render_template

from households import queries
from households.rules import examples
from households.rules import terms as rules
from households.rules.periods import state_of
from households.values import VersionState
from kernel import clock
from kernel.access import requires
from kernel.clock import local_date
from kernel.db import unit_of_work
from kernel.disclosure import HouseholdGroup, count_shown
from kernel.errors import NotFoundError
from kernel.policy import find_disclosure
from kernel.regions import is_within
from parties import queries as party_queries
from parties.values import Role
from reporting import volumes
from shop.oversight.scopes import current_scope

pages = Blueprint("oversight_contracts", __name__)


@pages.get("/contracts")
@requires(Role.OFFICIAL)
def index() -> str:
    """Count contracts in force by payer and model; five statements."""
    scope = current_scope()
    now = clock.now()
    today = local_date(now)
    with unit_of_work() as session:
        region = volumes.list_places(session, scope.code)[0]
        rows = queries.count_in_region(session, scope.code, on=today)
        shown = find_disclosure(session, on=today)
        is_sample = volumes.has_sample(session, scope.code)
        payers = sorted({row.organisation_code for row in rows if row.joint_code})
        regions = party_queries.list_organisations(session, payers)
    return render_template(
        "oversight/contracts/index.html",
        scope=scope,
        region=region,
        rows=rows,
        open_payers={code for code, row in regions.items() if _is_below(row.region_code)},
        minimum=shown.minimum,
        counts=[count_shown(HouseholdGroup(row.households), shown) for row in rows],
        is_sample=is_sample,
        as_of=now,
    )


@pages.get("/contracts/<code>")
@requires(Role.OFFICIAL)
def show(code: str) -> str:
    """Show a contract that binds all producers of a payer in the region."""
    today = local_date(clock.now())
    with unit_of_work() as session:
        versions = [
            row
            for row in queries.find_contract(session, code)
            if row.activated_at is not None and row.household_id is None
        ]
        if not versions:
            raise NotFoundError("contract_not_found", "there is no such contract")
        payer = party_queries.get_organisation(session, versions[0].organisation_code)
        if not _is_below(payer.region_code):
            raise NotFoundError("contract_not_found", "there is no such contract")
        holding = queries.find_assumptions(session, [payer.code], on=today)
    states = {
        row.version: state_of(row.effective_from, row.effective_to, row.activated_at, on=today)
        for row in versions
        if row.effective_from is not None
    }
    in_force = [row for row in versions if states[row.version] is VersionState.IN_FORCE]
    shown = (in_force or versions)[0]
    terms = {
        key: value for key, value in (shown.terms or {}).items() if key not in WEIGHT_FIELDS
    }
    return render_template(
        "oversight/contracts/show.html",
        shown=shown,
        versions=versions,
        states=states,
        payer=payer,
        said=rules.describe(shown.model, terms),
        examples=examples.work_out(shown.model, terms, holding.of(payer.code, terms)),
    )


WEIGHT_FIELDS = frozenset(rules.WEIGHTS.values())
"""Who has which part is the payer's and the households' own affair."""


def _is_below(region_code: str | None) -> bool:
    return region_code is not None and is_within(region_code, current_scope().code)
