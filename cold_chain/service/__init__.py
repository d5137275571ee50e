"""Commands of the cold chain; all take the session first, flush, and never commit.

Each takes one or many: many are carried out set by set, in a handful of statements.
"""

from cold_chain.service.calibrations import record_calibrations
from cold_chain.service.captures import (
    MAX_EVENTS,
    hand_in,
    read_document,
    refuse_bad,
    take_captures,
)
from cold_chain.service.clients import authenticate_client, give_client_key, revoke_client_key
from cold_chain.service.clocks import decide_correction, propose_corrections
from cold_chain.service.evaluation import evaluate_dirty, evaluate_shipment, evaluate_shipments
from cold_chain.service.event_store import store_events
from cold_chain.service.files import keep_file, read_next_file
from cold_chain.service.follow_up import decide_gaps, follow_up
from cold_chain.service.gs1_keys import give_keys, register_prefix
from cold_chain.service.intake import authenticate, forget_nonces, ingest_block, ingest_blocks
from cold_chain.service.journey import (
    accept,
    arrive,
    cancel,
    close,
    depart,
    hand_over,
    load,
    resume,
    stop,
)
from cold_chain.service.named_queries import drop_query, name_query
from cold_chain.service.partitions import ensure_partitions
from cold_chain.service.planning import plan_shipment, plan_shipments, reweigh
from cold_chain.service.publishing import publish_limits
from cold_chain.service.register import (
    register_devices,
    register_sites,
    register_vehicles,
    retire_device,
    revoke_device,
)
from cold_chain.service.rollups import roll_up
from cold_chain.service.sealing import seal_days, sign_report
from cold_chain.service.senders import load_sender
from cold_chain.service.stores import book_zone, register_zones, release_booking
from cold_chain.service.templates import save_template
from cold_chain.service.told import lock_told, mark_told

__all__ = [
    "MAX_EVENTS",
    "accept",
    "arrive",
    "authenticate",
    "authenticate_client",
    "book_zone",
    "cancel",
    "close",
    "decide_correction",
    "decide_gaps",
    "depart",
    "drop_query",
    "ensure_partitions",
    "evaluate_dirty",
    "evaluate_shipment",
    "evaluate_shipments",
    "follow_up",
    "forget_nonces",
    "give_client_key",
    "give_keys",
    "hand_in",
    "hand_over",
    "ingest_block",
    "ingest_blocks",
    "keep_file",
    "load",
    "load_sender",
    "lock_told",
    "mark_told",
    "name_query",
    "plan_shipment",
    "plan_shipments",
    "propose_corrections",
    "publish_limits",
    "read_document",
    "read_next_file",
    "record_calibrations",
    "refuse_bad",
    "register_devices",
    "register_prefix",
    "register_sites",
    "register_vehicles",
    "register_zones",
    "release_booking",
    "resume",
    "retire_device",
    "revoke_client_key",
    "revoke_device",
    "reweigh",
    "roll_up",
    "save_template",
    "seal_days",
    "sign_report",
    "stop",
    "store_events",
    "take_captures",
]
