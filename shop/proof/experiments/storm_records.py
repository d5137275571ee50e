"""What a storm leaves behind, as questions whose answers do not depend on its order."""

from typing import Final

from shop.proof.experiments.records import RECORDS

STORM: Final[dict[str, str]] = {
    **{
        name: RECORDS[name]
        for name in (
            *("groups", "orders", "order steps", "payments", "lots", "reservations"),
            *("stock movements", "packs by lot", "entitlements", "shipments"),
        )
    },
    "refunds": """
        SELECT idempotency_key, state, amount_minor, bearer, reason, tries, failure_code
        FROM refunds
    """,
    "refund parts": """
        SELECT refund.idempotency_key, part.order_line_id, part.amount_minor
        FROM refund_lines part JOIN refunds refund ON refund.id = part.refund_id
    """,
    "messages": "SELECT kind, reference, status, count(*) FROM payment_events GROUP BY 1, 2, 3",
    "disputes": """
        SELECT reference, state, amount_minor, fee_minor, withdrawn_at FROM payment_disputes
    """,
    "exceptions": """
        SELECT misfit.kind, misfit.detail, misfit.remedy,
            coalesce(payment.reference, event.reference)
        FROM payment_misfits misfit
        LEFT JOIN payments payment ON payment.id = misfit.payment_id
        LEFT JOIN payment_events event ON event.id = misfit.event_id
    """,
    "ledger": """
        WITH named AS (
            SELECT 'refund:' || id AS short, 'refund:' || idempotency_key AS name FROM refunds
            UNION ALL SELECT 'dispute:' || id, 'dispute:' || reference FROM payment_disputes
            UNION ALL SELECT 're:' || id, 're:' || idempotency_key FROM refunds
        )
        SELECT tx.book, tx.kind, tx.effective_at,
            coalesce(keyed.name || ':' || split_part(tx.posting_key, ':', 3), tx.posting_key)
                AS key,
            coalesce(source.name, tx.source) AS source,
            coalesce(left(account.code, 2) || owner.name, account.code) AS account,
            entry.amount_minor
        FROM ledger_txs tx
        JOIN ledger_entries entry ON entry.tx_id = tx.id
        JOIN ledger_accounts account ON account.id = entry.account_id
        LEFT JOIN named keyed ON keyed.short = regexp_replace(
            tx.posting_key, '^(re|refund):([0-9]+)[.:].*$', '\\1:\\2')
        LEFT JOIN named source ON source.short = tx.source
        LEFT JOIN named owner ON owner.short = substr(account.code, 3)
    """,
}
"""Refunds and disputes are known by their keys: their numbers tell the order of writing."""
