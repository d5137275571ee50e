"""Closed periods: what was decided is what the shares say and what the ledger owes."""

from reporting.invariants.form import Check

CHECKS: tuple[Check, ...] = (
    Check(
        name="allotment-shares",
        about="the shares of an allotment sum to its total, and are earned once it is final",
        unit="decided allotments",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                coalesce(shared.minor, 0) <> closed.total_minor
                OR (closed.state = 'final' AND coalesce(shared.expected, 0) > 0)
                OR (closed.state IN ('objected', 'withdrawn')
                    AND coalesce(shared.standing, 0) > 0)) AS broken
            FROM allotments closed
            LEFT JOIN (
                SELECT allotment_id, sum(amount_minor) AS minor,
                    count(*) FILTER (WHERE stage = 'expected') AS expected,
                    count(*) FILTER (WHERE stage <> 'reversed') AS standing
                FROM entitlements WHERE allotment_id IS NOT NULL GROUP BY allotment_id
            ) AS shared ON shared.allotment_id = closed.id
            WHERE closed.resolved_at IS NOT NULL
        """,
    ),
    Check(
        name="allotment-postings",
        about="what a final allotment gives each party is what its posting owes it",
        unit="shares of final allotments",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                coalesce(shared.minor, 0) <> coalesce(owed.minor, 0)) AS broken
            FROM (
                SELECT closed.code, CASE part.party_kind WHEN 'household' THEN 'hh:'
                    WHEN 'village' THEN 'village:' ELSE 'coop:' END || part.party_code AS owner,
                    sum(part.amount_minor) AS minor
                FROM entitlements part JOIN allotments closed ON closed.id = part.allotment_id
                WHERE closed.state = 'final' GROUP BY 1, 2
            ) AS shared
            FULL JOIN (
                SELECT substr(tx.posting_key, 7) AS code, account.owner,
                    -sum(entry.amount_minor) AS minor
                FROM ledger_txs tx
                JOIN ledger_entries entry ON entry.tx_id = tx.id AND entry.amount_minor < 0
                JOIN ledger_accounts account ON account.id = entry.account_id
                WHERE tx.kind = 'period_allotted' AND tx.reverses_tx_id IS NULL GROUP BY 1, 2
            ) AS owed USING (code, owner)
        """,
    ),
)
