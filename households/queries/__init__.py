"""Reads of the domain: register, contracts, statements, trails. Rows carry no names."""

from households.queries.allotments import (
    AllotmentRow,
    OwnShareRow,
    ShareRow,
    get_allotment,
    get_notice,
    list_allotments,
    list_attendance,
    list_by_code,
    list_due_allotments,
    list_notices,
    list_own_shares,
    list_payer_contracts,
    list_payroll_households,
    list_shares,
)
from households.queries.contract_lists import (
    count_by_model,
    count_in_region,
    find_assumptions,
    free_code,
    list_joint,
    list_latest,
    list_member_numbers,
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
from households.queries.purchases import list_purchased_lots
from households.queries.register import (
    find_household,
)
from households.queries.statements import (
    audit,
    list_household_months,
)

__all__ = [
    "AllotmentRow",
    "DocumentRow",
    "ObjectionRow",
    "OwnShareRow",
    "ShareRow",
    "audit",
    "count_by_model",
    "count_in_region",
    "count_open_alerts",
    "find_assumptions",
    "find_contract",
    "find_household",
    "find_terms",
    "free_code",
    "get_allotment",
    "get_notice",
    "is_alert_within",
    "list_alerts",
    "list_allotments",
    "list_attendance",
    "list_by_code",
    "list_contracts",
    "list_documents",
    "list_due_allotments",
    "list_household_contracts",
    "list_household_months",
    "list_joint",
    "list_latest",
    "list_looks",
    "list_member_numbers",
    "list_members",
    "list_notices",
    "list_objections",
    "list_outdated_lines",
    "list_own_shares",
    "list_payer_contracts",
    "list_payroll_households",
    "list_purchased_lots",
    "list_shares",
    "open_document",
]
