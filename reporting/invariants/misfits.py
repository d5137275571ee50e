"""Money not as agreed and money a bank took: each fen stands where its state says it does."""

from reporting.invariants.form import Check

CHECKS: tuple[Check, ...] = (
    Check(
        name="misfits-queued",
        about="every payment or message that is not as agreed is put before a person, and"
        " what was decided is what became of it",
        unit="payments and messages",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE misfit.id IS NULL
                OR CASE WHEN odd.state = 'mismatch'
                    THEN misfit.kind NOT IN ('amount', 'currency', 'order')
                        OR misfit.remedy IN ('applied', 'noted')
                        OR (misfit.remedy IS NOT DISTINCT FROM 'refunded')
                            <> (odd.captured_minor = coalesce(back.minor, 0))
                    WHEN odd.state = 'succeeded' THEN misfit.remedy IS DISTINCT FROM 'applied'
                    WHEN odd.state = 'refused' THEN misfit.kind <> 'account'
                    ELSE misfit.kind <> odd.state OR misfit.remedy NOT IN ('noted') END)
                AS broken
            FROM (
                SELECT payment.id AS payment_id, NULL::bigint AS event_id, payment.state,
                    payment.captured_minor
                FROM payments payment
                WHERE payment.state IN ('mismatch', 'late', 'duplicate')
                    OR (payment.state = 'succeeded' AND EXISTS (
                        SELECT FROM payment_misfits WHERE payment_id = payment.id))
                UNION ALL
                SELECT NULL, id, status, NULL FROM payment_events WHERE status = 'refused'
            ) AS odd
            LEFT JOIN payment_misfits misfit ON misfit.payment_id = odd.payment_id
                OR misfit.event_id = odd.event_id
            LEFT JOIN (
                SELECT payment_id, sum(amount_minor) AS minor FROM refunds GROUP BY payment_id
            ) AS back ON back.payment_id = odd.payment_id
        """,
    ),
    Check(
        name="misfits-money",
        about="what came for a group otherwise than agreed stands unapplied until it paid the"
        " group or is owed back",
        unit="groups with such money",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                coalesce(-stands.balance_minor, 0) <> owed.minor) AS broken
            FROM (
                SELECT payment.group_number, coalesce(sum(payment.captured_minor
                    - coalesce(back.minor, 0)) FILTER (WHERE payment.state = 'mismatch'
                        AND coalesce(payment.captured_currency, payment.currency) = 'CNY'), 0)
                    AS minor
                FROM payment_misfits misfit
                JOIN payments payment ON payment.id = misfit.payment_id
                LEFT JOIN (
                    SELECT payment_id, sum(amount_minor) AS minor FROM refunds
                    GROUP BY payment_id
                ) AS back ON back.payment_id = payment.id
                GROUP BY payment.group_number
            ) AS owed
            LEFT JOIN ledger_accounts account
                ON account.code = 'L:unapplied:' || owed.group_number
            LEFT JOIN account_balances stands ON stands.account_id = account.id
        """,
    ),
    Check(
        name="disputes-money",
        about="what a bank took over a dispute stands aside until the bank has decided, with"
        " its fee among the costs, and is within what was paid",
        unit="disputes",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                coalesce(stands.balance_minor, 0) <> CASE
                    WHEN dispute.withdrawn_at IS NOT NULL
                        AND dispute.state NOT IN ('won', 'lost', 'closed')
                    THEN dispute.amount_minor ELSE 0 END
                OR coalesce(fee.minor, 0) <> CASE WHEN dispute.withdrawn_at IS NULL
                    THEN 0 ELSE dispute.fee_minor END
                OR (dispute.state IN ('won', 'lost', 'closed'))
                    <> (dispute.closed_at IS NOT NULL)
                OR dispute.amount_minor > payment.captured_minor) AS broken
            FROM payment_disputes dispute
            JOIN payments payment ON payment.id = dispute.payment_id
            LEFT JOIN ledger_accounts account ON account.code = 'A:dispute:' || dispute.id
            LEFT JOIN account_balances stands ON stands.account_id = account.id
            LEFT JOIN (
                SELECT tx.posting_key, sum(entry.amount_minor) AS minor FROM ledger_txs tx
                JOIN ledger_entries entry ON entry.tx_id = tx.id
                JOIN ledger_accounts cost ON cost.id = entry.account_id
                    AND cost.code = 'E:dispute_fee'
                WHERE tx.kind = 'dispute_withdrawn' GROUP BY tx.posting_key
            ) AS fee ON fee.posting_key = concat_ws(':', 'dp', dispute.reference, 'withdrawn')
        """,
    ),
    Check(
        name="disputed-unpaid",
        about="nothing earned by a sale whose money a bank holds was put into a settlement"
        " after it was taken",
        unit="parts of disputed sales",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                period.approved_at > dispute.withdrawn_at
                -- What the bank had sent back before is paid again as it was approved.
                AND NOT EXISTS (SELECT FROM settlement_lines returned
                    WHERE returned.reissued_by_id = paid.id)) AS broken
            FROM payment_disputes dispute
            JOIN payments payment ON payment.id = dispute.payment_id
                AND payment.state = 'succeeded'
            JOIN seller_orders part_order ON part_order.group_number = payment.group_number
            JOIN order_lines line ON line.order_number = part_order.number
            JOIN entitlements part ON part.order_line_id = line.id
            LEFT JOIN settlement_lines paid ON paid.id = part.settlement_line_id
            LEFT JOIN settlement_periods period ON period.id = paid.period_id
            WHERE dispute.state IN ('withdrawn', 'under_review')
                AND dispute.withdrawn_at IS NOT NULL
        """,
    ),
)
