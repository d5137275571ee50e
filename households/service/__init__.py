"""Commands of the domain: register, contract, expect, earn, reverse; none commits."""

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
    "join_cooperative",
    "leave_cooperative",
    "reattribute",
    "recognise_risk",
    "record_baseline",
    "register_households",
    "reverse",
    "reverse_parts",
    "seal_identities",
    "seal_identity",
    "void",
]
