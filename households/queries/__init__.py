"""Reads of the domain: register, contracts, statements, trails. Rows carry no names."""

from households.queries.contracts import (
    find_contract,
    find_terms,
    list_contracts,
    list_household_contracts,
    list_outdated_lines,
)
from households.queries.looks import (
    count_open_alerts,
    is_alert_within,
    list_alerts,
    list_looks,
    list_members,
)
from households.queries.register import (
    count_by_category,
    count_with_contract,
    find_household,
)
from households.queries.statements import (
    audit,
    cooperative_months,
    count_cooperative_households,
    list_household_entitlements,
    list_household_months,
    party_months,
)
from households.queries.trail import (
    disclosed_trail,
    trail_of_lines,
)

__all__ = [
    "audit",
    "cooperative_months",
    "count_by_category",
    "count_cooperative_households",
    "count_open_alerts",
    "count_with_contract",
    "disclosed_trail",
    "find_contract",
    "find_household",
    "find_terms",
    "is_alert_within",
    "list_alerts",
    "list_contracts",
    "list_household_contracts",
    "list_household_entitlements",
    "list_household_months",
    "list_looks",
    "list_members",
    "list_outdated_lines",
    "party_months",
    "trail_of_lines",
]
