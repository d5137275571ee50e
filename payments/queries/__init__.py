"""Reads of payments: what buyers paid, what is settled and paid out."""

from payments.queries.buyers import (
    StoredEvent,
    find_successful,
    list_attempts,
    list_parked_events,
    list_refunds,
    lock_event,
)
from payments.queries.stages import list_pay_stages, pay_stage, settled_by

__all__ = [
    "StoredEvent",
    "find_successful",
    "list_attempts",
    "list_parked_events",
    "list_pay_stages",
    "list_refunds",
    "lock_event",
    "pay_stage",
    "settled_by",
]
