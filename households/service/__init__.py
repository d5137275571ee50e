"""Commands of the domain: register, look, contract, expect, earn, reverse; none commits."""

from households.service.contracts import (
    activate_version,
    draw_up_contract,
    draw_up_version,
    end_version,
)
from households.service.entitlements import (
    earn,
    expect,
    reattribute,
    reverse,
    reverse_parts,
    void,
)
from households.service.looks import (
    find_policy,
    look,
    open_for_payout,
    open_own_identity,
    review_alert,
)
from households.service.register import (
    change_category,
    eliminate_risk,
    join_cooperative,
    leave_cooperative,
    recognise_risk,
    record_baseline,
    register_households,
    seal_identities,
    seal_identity,
)

__all__ = [
    "activate_version",
    "change_category",
    "draw_up_contract",
    "draw_up_version",
    "earn",
    "eliminate_risk",
    "end_version",
    "expect",
    "find_policy",
    "join_cooperative",
    "leave_cooperative",
    "look",
    "open_for_payout",
    "open_own_identity",
    "reattribute",
    "recognise_risk",
    "record_baseline",
    "register_households",
    "reverse",
    "reverse_parts",
    "review_alert",
    "seal_identities",
    "seal_identity",
    "void",
]
