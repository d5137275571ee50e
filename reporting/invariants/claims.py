"""Claims: nobody is paid twice for a pack, and whoever bears a refund paid for it."""

from reporting.invariants.form import Check

CHECKS: tuple[Check, ...] = (
    Check(
        name="claimed-packs",
        about="the claims of a line that are not let go hold no more packs than were bought",
        unit="claimed order lines",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                held.packs > line.quantity) AS broken
            FROM order_lines line
            JOIN (
                SELECT piece.order_line_id, sum(piece.packs) AS packs
                FROM claim_lines piece JOIN claims claim ON claim.id = piece.claim_id
                WHERE claim.state NOT IN ('rejected', 'dismissed', 'withdrawn')
                GROUP BY piece.order_line_id
            ) AS held ON held.order_line_id = line.id
        """,
    ),
    Check(
        name="claims-settled",
        about="a settled claim has the refund of its lines at its bearer's cost, another none",
        unit="claims",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                (claim.state = 'settled') <> (refund.id IS NOT NULL)
                OR refund.bearer <> claim.bearer OR refund.order_number <> claim.order_number
                OR (claim.state = 'settled' AND EXISTS (
                    SELECT FROM claim_lines asked
                    LEFT JOIN refund_lines given ON given.refund_id = refund.id
                        AND given.order_line_id = asked.order_line_id
                    WHERE asked.claim_id = claim.id
                        AND asked.minor <> coalesce(given.amount_minor, 0)
                ))) AS broken
            FROM claims claim LEFT JOIN refunds refund ON refund.id = claim.refund_id
        """,
    ),
    Check(
        name="claims-told",
        about="the last step told of a claim is the state it is in",
        unit="claims",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                told.state IS DISTINCT FROM claim.state) AS broken
            FROM claims claim
            LEFT JOIN (
                SELECT DISTINCT ON (claim_id) claim_id, state
                FROM claim_events ORDER BY claim_id, id DESC
            ) AS told ON told.claim_id = claim.id
        """,
    ),
    Check(
        name="compensations",
        about="what carrier or platform paid back is booked at their cost and noted",
        unit="order lines and refunds at others' cost",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE noted <> booked) AS broken
            FROM (
                SELECT line.compensated_minor AS noted, coalesce(back.minor, 0) AS booked
                FROM order_lines line
                LEFT JOIN (
                    SELECT piece.order_line_id, sum(piece.amount_minor) AS minor
                    FROM refund_lines piece JOIN refunds refund ON refund.id = piece.refund_id
                    WHERE refund.bearer <> 'seller' GROUP BY piece.order_line_id
                ) AS back ON back.order_line_id = line.id
                WHERE line.compensated_minor > 0 OR back.minor IS NOT NULL
                UNION ALL
                SELECT refund.amount_minor, coalesce(paid.minor, 0)
                FROM refunds refund
                LEFT JOIN (
                    SELECT tx.posting_key, sum(entry.amount_minor) AS minor
                    FROM ledger_txs tx JOIN ledger_entries entry ON entry.tx_id = tx.id
                    WHERE tx.kind = 'compensated' AND entry.amount_minor > 0
                    GROUP BY tx.posting_key
                ) AS paid ON paid.posting_key = 'refund\\:' || refund.id || '\\:bearer'
                WHERE refund.bearer <> 'seller'
            ) AS side
        """,
    ),
)
