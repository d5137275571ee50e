"""Selling on terms: no line is passed, every bill stands in the books, two people decided."""

from reporting.invariants.form import Check

CHECKS: tuple[Check, ...] = (
    Check(
        name="credit-lines",
        about="a line counts only when another person than its proposer approved it, and"
        " orders were placed on lines that were in force",
        unit="lines and sales on terms",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE broken) AS broken
            FROM (
                SELECT verdict IS NOT NULL AND (decided_by IS NULL
                    OR decided_by = proposed_by) AS broken FROM credit_lines
                UNION ALL
                SELECT line.verdict IS DISTINCT FROM 'approved'
                    OR line.organisation_code <> sale.organisation_code
                    OR line.decided_at > sale.at OR sale.amount_minor > line.amount_minor
                    OR (sale.at AT TIME ZONE 'Asia/Shanghai')::date NOT BETWEEN
                        line.valid_from AND coalesce(line.valid_until, 'infinity')
                FROM credit_sales sale JOIN credit_lines line ON line.id = sale.line_id
            ) AS decided
        """,
    ),
    Check(
        name="credit-used",
        about="what an organisation uses of its line is its orders under way and open bills",
        unit="credit accounts",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE account.used_minor
                <> coalesce(way.minor, 0) + coalesce(owed.minor, 0)) AS broken
            FROM credit_accounts account
            LEFT JOIN (
                SELECT sale.organisation_code, sum(part.goods_minor + part.shipping_minor
                    - part.discount_minor - coalesce(back.minor, 0)) AS minor
                FROM credit_sales sale
                JOIN seller_orders part ON part.group_number = sale.group_number
                    AND part.state IN ('paid', 'packed', 'shipped')
                LEFT JOIN (
                    SELECT order_number, sum(amount_minor) AS minor FROM refunds
                    GROUP BY order_number
                ) AS back ON back.order_number = part.number
                GROUP BY sale.organisation_code
            ) AS way USING (organisation_code)
            LEFT JOIN (
                SELECT organisation_code,
                    sum(amount_minor - paid_minor - reduced_minor) AS minor
                FROM credit_bills GROUP BY organisation_code
            ) AS owed USING (organisation_code)
        """,
    ),
    Check(
        name="receivables",
        about="what stands on a buyer's receivable is what its open bills come to",
        unit="buyers on terms",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                coalesce(booked.minor, 0) <> coalesce(owed.minor, 0)) AS broken
            FROM (
                SELECT substr(account.code, 6) AS organisation_code,
                    sum(entry.amount_minor) AS minor
                FROM ledger_accounts account
                JOIN ledger_entries entry ON entry.account_id = account.id
                WHERE account.code LIKE 'A:ar:%' AND account.code NOT LIKE 'A:ar:AL-%'
                GROUP BY account.code
            ) AS booked
            FULL JOIN (
                SELECT organisation_code,
                    sum(amount_minor - paid_minor - reduced_minor) AS minor
                FROM credit_bills GROUP BY organisation_code
            ) AS owed USING (organisation_code)
        """,
    ),
    Check(
        name="credit-bills",
        about="each delivered order on terms is billed once with what it cost then; payments"
        " are bank money matched to it, reductions are refunds since",
        unit="delivered orders on terms",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                bill.amount_minor IS DISTINCT FROM booked.minor
                OR coalesce(bill.paid_minor, 0) <> coalesce(matched.minor, 0)
                OR coalesce(bill.reduced_minor, 0) <> coalesce(back.minor, 0)) AS broken
            FROM credit_sales sale
            JOIN seller_orders part ON part.group_number = sale.group_number
                AND part.delivered_at IS NOT NULL
            LEFT JOIN credit_bills bill ON bill.order_number = part.number
            LEFT JOIN (
                SELECT line.order_number, sum(entry.amount_minor) AS minor
                FROM (
                    SELECT order_number, 'line:' || id || '\\:earn\\:v1' AS key FROM order_lines
                    UNION ALL
                    SELECT number, 'order:' || number || '\\:shipping' FROM seller_orders
                ) AS line
                JOIN ledger_txs tx ON tx.posting_key = line.key
                JOIN ledger_entries entry ON entry.tx_id = tx.id
                JOIN ledger_accounts account ON account.id = entry.account_id
                    AND account.code LIKE 'A:ar:%'
                GROUP BY line.order_number
            ) AS booked ON booked.order_number = part.number
            LEFT JOIN (
                SELECT bill_number, sum(amount_minor) AS minor FROM bank_decisions
                WHERE bill_number IS NOT NULL GROUP BY bill_number
            ) AS matched ON matched.bill_number = part.number
            LEFT JOIN (
                SELECT refund.order_number, -sum(entry.amount_minor) AS minor
                FROM refunds refund
                JOIN ledger_txs tx ON tx.posting_key = 'refund:' || refund.id || '\\:offset'
                JOIN ledger_entries entry ON entry.tx_id = tx.id AND entry.amount_minor < 0
                GROUP BY refund.order_number
            ) AS back ON back.order_number = part.number
        """,
    ),
    Check(
        name="refunds-by-hand",
        about="a refund by bank transfer went to an account its buyer gave, released by one"
        " person and paid by another, and is done then",
        unit="refunds by hand",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                (hand.paid_at IS NOT NULL AND refund.state <> 'succeeded')
                OR refund.state NOT IN ('manual_bank', 'succeeded')
                OR (hand.paid_at IS NOT NULL AND (hand.number IS NULL
                    OR hand.released_by IS NULL OR hand.paid_by = hand.released_by))) AS broken
            FROM refunds_by_hand hand JOIN refunds refund ON refund.id = hand.refund_id
        """,
    ),
    Check(
        name="refunds-bounced",
        about="each transfer of a refund the bank sent back is owed again, once",
        unit="refunds with such transfers",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                coalesce(told.times, 0) <> coalesce(booked.times, 0)) AS broken
            FROM (
                SELECT 'refund:' || bounce.refund_id AS source, count(*) AS times
                FROM refund_bounces bounce
                JOIN refunds refund ON refund.id = bounce.refund_id
                JOIN payments payment ON payment.id = refund.payment_id
                WHERE coalesce(payment.captured_currency, payment.currency) = 'CNY'
                GROUP BY 1
            ) AS told
            FULL JOIN (
                SELECT source, count(*) AS times FROM ledger_txs
                WHERE kind = 'refund_paid' AND reverses_tx_id IS NOT NULL
                    AND starts_with(posting_key, 'hand\\:')
                GROUP BY source
            ) AS booked USING (source)
        """,
    ),
)
