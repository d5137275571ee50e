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
                WHERE claim.state NOT IN ('rejected', 'dismissed', 'withdrawn', 'lapsed')
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
                (claim.state IN ('settled', 'exchanged')) <> (refund.id IS NOT NULL)
                OR refund.bearer <> claim.bearer OR refund.order_number <> claim.order_number
                OR (refund.id IS NOT NULL AND EXISTS (
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
        name="claims-exchanged",
        about="the money of an exchanged claim paid one order of as many of the same goods, for"
        " exactly what it came to, and no other refund paid an order",
        unit="claims with goods in exchange and refunds that paid an order",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                claim.id IS NULL OR refund.state IS DISTINCT FROM 'applied'
                OR grp.total_minor IS DISTINCT FROM refund.amount_minor
                OR payment.amount_minor IS DISTINCT FROM refund.amount_minor
                OR (grp.buyer_person_id, grp.buyer_organisation_code)
                    IS DISTINCT FROM (old.buyer_person_id, old.buyer_organisation_code)
                OR asked.goods IS DISTINCT FROM sent.goods) AS broken
            FROM (SELECT * FROM claims WHERE state = 'exchanged') AS claim
            FULL JOIN (
                SELECT * FROM refunds WHERE state = 'applied'
            ) AS refund ON refund.id = claim.refund_id
            LEFT JOIN order_groups grp ON grp.number = claim.replacement_number
            LEFT JOIN seller_orders part ON part.number = claim.order_number
            LEFT JOIN order_groups old ON old.number = part.group_number
            LEFT JOIN payments payment ON payment.group_number = grp.number
                AND payment.provider = 'exchange' AND payment.state = 'succeeded'
                AND payment.reference = refund.id::text
            LEFT JOIN LATERAL (
                SELECT array_agg((line.sku_id, piece.packs)
                    ORDER BY line.sku_id, piece.packs) AS goods
                FROM claim_lines piece JOIN order_lines line ON line.id = piece.order_line_id
                WHERE piece.claim_id = claim.id AND piece.minor > 0
            ) AS asked ON true
            LEFT JOIN LATERAL (
                SELECT array_agg((line.sku_id, line.quantity)
                    ORDER BY line.sku_id, line.quantity) AS goods
                FROM order_lines line JOIN seller_orders whole
                    ON whole.number = line.order_number
                WHERE whole.group_number = grp.number
            ) AS sent ON true
        """,
    ),
    Check(
        name="claims-clocked",
        about="only a claim that waits for somebody has a time limit",
        unit="claims",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE due_at IS NOT NULL
                AND state NOT IN ('requested', 'offered', 'awaiting_return', 'in_return',
                    'return_received')) AS broken
            FROM claims
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
