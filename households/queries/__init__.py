"""Reads of the domain: register, contracts, statements, trails. Rows carry no names."""

from households.queries.allotments import (
    AllotmentRow,
    OwnShareRow,
    ShareRow,
    count_share_households,
    get_allotment,
    get_notice,
    list_allotments,
    list_attendance,
    list_due_allotments,
    list_notices,
    list_own_shares,
    list_payer_contracts,
    list_payroll_households,
    list_shares,
)
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
from households.queries.objections import (
    DocumentRow,
    ObjectionRow,
    list_documents,
    list_objections,
    open_document,
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
    "AllotmentRow",
    "DocumentRow",
    "ObjectionRow",
    "OwnShareRow",
    "ShareRow",
    "audit",
    "cooperative_months",
    "count_by_category",
    "count_cooperative_households",
    "count_open_alerts",
    "count_share_households",
    "count_with_contract",
    "disclosed_trail",
    "find_contract",
    "find_household",
    "find_terms",
    "get_allotment",
    "get_notice",
    "is_alert_within",
    "list_alerts",
    "list_allotments",
    "list_attendance",
    "list_contracts",
    "list_documents",
    "list_due_allotments",
    "list_household_contracts",
    "list_household_entitlements",
    "list_household_months",
    "list_looks",
    "list_members",
    "list_notices",
    "list_objections",
    "list_outdated_lines",
    "list_own_shares",
    "list_payer_contracts",
    "list_payroll_households",
    "list_shares",
    "open_document",
    "party_months",
    "trail_of_lines",
]
