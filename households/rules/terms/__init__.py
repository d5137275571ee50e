"""What a contract says: its numbers and bounds, its ratios, exact values, and the refusals.

`read_order(terms)`, `read_rent(terms)` … return the frozen values the formulas take;
`check_terms(model, terms, limits)` refuses terms that cannot be carried out.
"""

from households.rules.terms.checks import check_terms, weighed_households
from households.rules.terms.describing import Said, Weighed, describe, describe_weights
from households.rules.terms.fields import (
    FIELDS,
    WEIGHTS,
    FieldUnit,
    Number,
    Terms,
    read_number,
)
from households.rules.terms.ratios import (
    COOPERATIVE_SHARE,
    HOUSEHOLD_POT,
    PREMIUM_FUND,
    VILLAGE_SHARE,
    percent_of,
    read_ratios,
)
from households.rules.terms.reading import (
    read_asset,
    read_consignment,
    read_equity,
    read_guaranteed,
    read_inkind,
    read_order,
    read_patronage,
    read_premium,
    read_reliefwork,
    read_rent,
    read_trust,
    read_wage,
)

__all__ = [
    "COOPERATIVE_SHARE",
    "FIELDS",
    "HOUSEHOLD_POT",
    "PREMIUM_FUND",
    "VILLAGE_SHARE",
    "WEIGHTS",
    "FieldUnit",
    "Number",
    "Said",
    "Terms",
    "Weighed",
    "check_terms",
    "describe",
    "describe_weights",
    "percent_of",
    "read_asset",
    "read_consignment",
    "read_equity",
    "read_guaranteed",
    "read_inkind",
    "read_number",
    "read_order",
    "read_patronage",
    "read_premium",
    "read_ratios",
    "read_reliefwork",
    "read_rent",
    "read_trust",
    "read_wage",
    "weighed_households",
]
