"""What a payment leaves behind, as questions whose answers do not depend on its order."""

import hashlib
from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

from shop.proof.ground.databases import engine_on

Records = dict[str, str]
"""The digest of every answer by the name of its question."""

RECORDS: dict[str, str] = {
    "groups": "SELECT number, state, paid_at, closed_at FROM order_groups",
    "orders": "SELECT number, state FROM seller_orders",
    "order steps": "SELECT group_number, order_number, state, actor, at FROM order_events",
    "payments": "SELECT reference, state, amount_minor, captured_at FROM payments",
    "messages": "SELECT event_id, status, payload::text, applied_at FROM payment_events",
    "refunds": "SELECT idempotency_key, state, amount_minor, requested_at FROM refunds",
    "lots": "SELECT code, available, held, sold, written_off FROM lots",
    "reservations": """
        SELECT order_line_id, lot_id, quantity, state, settled_at FROM reservations
    """,
    "stock movements": "SELECT lot_id, kind, quantity, order_line_id, at FROM stock_movements",
    "packs by lot": "SELECT order_line_id, lot_id, quantity FROM lot_allocations",
    "entitlements": """
        SELECT order_line_id, party_kind, party_code, amount_minor, stage FROM entitlements
    """,
    "shipments": """
        SELECT order_number, parcel_group, storage_class, profile_code, state FROM shipments
    """,
    "facts": "SELECT fact, occurred_at, payload - 'event_row_id' - 'refund_id' FROM outbox",
    "ledger": """
        SELECT tx.posting_key, tx.book, tx.kind, tx.source, tx.effective_at,
            CASE WHEN account.code LIKE 'L:refund:%' THEN 'L:refund:' || back.idempotency_key
                ELSE account.code END AS account, entry.amount_minor
        FROM ledger_txs tx
        JOIN ledger_entries entry ON entry.tx_id = tx.id
        JOIN ledger_accounts account ON account.id = entry.account_id
        LEFT JOIN refunds back ON account.code = 'L:refund:' || back.id
    """,
}
"""Numbers that tell in which order things were written are left out: refunds and messages are
known by their keys. Lines, lots and orders were there before.
"""


def read_records(url: str, questions: Mapping[str, str] = RECORDS) -> Records:
    """Return a digest of each record, whatever the order in which its rows were written."""
    digests: Records = {}
    with engine_on(url) as engine, Session(engine) as session:
        for name, question in questions.items():
            rows = sorted(repr(tuple(row)) for row in session.execute(text(question)))
            digests[name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return digests


def list_differences(calm: Records, storm: Records) -> list[str]:
    """Return the names of the records in which a run is not like the calm one."""
    return [name for name, digest in calm.items() if storm[name] != digest]
