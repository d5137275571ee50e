"""Commands of the domain: register, look, contract, expect, earn, reverse; none commits."""

from households.service.allotment_drafts import (
    declare,
    draw_up_allotment,
    set_attendance,
)
from households.service.allotment_figures import (
    work_out,
)
from households.service.allotments import (
    Decision,
    finalise_allotment,
    publish_allotment,
    resolve_allotment,
    withdraw_allotment,
)
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
from households.service.imports import apply_plan, lock_households
from households.service.issues import issue_goods, return_goods
from households.service.looks import (
    find_policy,
    look,
    open_for_payout,
    open_own_identity,
    open_phone,
    review_alert,
)
from households.service.objections import (
    Ruling,
    add_document,
    object_to_allotment,
    remove_document,
    rule_on_objection,
)
from households.service.procedures import (
    cancel_procedure,
    open_procedure,
    record_step,
)
from households.service.receipts import (
    PricedWeighing,
    lock_purchases,
    record_receipts,
    take_back_receipt,
)
from households.service.register import (
    change_category,
    correct_identity,
    destroy_contacts,
    destroy_identity,
    eliminate_risk,
    is_registered,
    join_cooperative,
    leave_cooperative,
    recognise_risk,
    record_baseline,
    register_households,
    replace_bank_account,
    seal_identities,
    seal_identity,
)
from households.service.watch import (
    end_measure,
    hold_meeting,
    note_warning,
    raise_warning,
    record_event,
    record_measure,
    record_visit,
)

__all__ = [
    "Decision",
    "PricedWeighing",
    "Ruling",
    "activate_version",
    "add_document",
    "apply_plan",
    "cancel_procedure",
    "change_category",
    "correct_identity",
    "declare",
    "destroy_contacts",
    "destroy_identity",
    "draw_up_allotment",
    "draw_up_contract",
    "draw_up_version",
    "earn",
    "eliminate_risk",
    "end_measure",
    "end_version",
    "expect",
    "finalise_allotment",
    "find_policy",
    "hold_meeting",
    "is_registered",
    "issue_goods",
    "join_cooperative",
    "leave_cooperative",
    "lock_households",
    "lock_purchases",
    "look",
    "note_warning",
    "object_to_allotment",
    "open_for_payout",
    "open_own_identity",
    "open_phone",
    "open_procedure",
    "publish_allotment",
    "raise_warning",
    "reattribute",
    "recognise_risk",
    "record_baseline",
    "record_event",
    "record_measure",
    "record_receipts",
    "record_step",
    "record_visit",
    "register_households",
    "remove_document",
    "replace_bank_account",
    "resolve_allotment",
    "return_goods",
    "reverse",
    "reverse_parts",
    "review_alert",
    "rule_on_objection",
    "seal_identities",
    "seal_identity",
    "set_attendance",
    "take_back_receipt",
    "void",
    "withdraw_allotment",
    "work_out",
]
