"""Triggers of orders: their history and their lots are only ever added to."""

from kernel.ddl import append_only

STATEMENTS: tuple[str, ...] = (append_only("order_events"), append_only("lot_allocations"))

CLAIM_STATEMENTS: tuple[str, ...] = (append_only("claim_events"),)
