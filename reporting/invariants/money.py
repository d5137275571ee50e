"""The ledger, payments, refunds: every fen stands somewhere, once, and for a reason."""

from reporting.invariants.form import Check

CHECKS: tuple[Check, ...] = (
    Check(
        name="ledger-books",
        about="the entries of each book sum to zero",
        unit="entries (wrong in fen)",
        statement="""
            SELECT coalesce(sum(entries), 0) AS checked,
                coalesce(sum(abs(balance)), 0) AS broken
            FROM (
                SELECT sum(entry.amount_minor) AS balance, count(*) AS entries
                FROM ledger_entries entry JOIN ledger_txs tx ON tx.id = entry.tx_id
                GROUP BY tx.book
            ) AS book
        """,
    ),
    Check(
        name="ledger-transactions",
        about="the entries of each transaction sum to zero, and none is without entries",
        unit="transactions",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE minor IS DISTINCT FROM 0)
                AS broken
            FROM ledger_txs tx LEFT JOIN (
                SELECT tx_id, sum(amount_minor) AS minor FROM ledger_entries GROUP BY tx_id
            ) AS moved ON moved.tx_id = tx.id
        """,
    ),
    Check(
        name="trial-balance",
        about="assets and expenses equal liabilities and income; both trace sides are equal",
        unit="accounts (wrong in fen)",
        statement="""
            SELECT coalesce(sum(accounts), 0) AS checked,
                coalesce(sum(abs(debits - credits)), 0) AS broken
            FROM (
                SELECT book, count(*) AS accounts,
                    coalesce(sum(minor) FILTER (WHERE normal = 'D'), 0) AS debits,
                    coalesce(-sum(minor) FILTER (WHERE normal = 'C'), 0) AS credits
                FROM (
                    SELECT account.book, account.normal, sum(entry.amount_minor) AS minor
                    FROM ledger_accounts account
                    JOIN ledger_entries entry ON entry.account_id = account.id
                    GROUP BY account.id
                ) AS balance GROUP BY book
            ) AS side
        """,
    ),
    Check(
        name="guarded-balances",
        about="each guarded account has a balance that equals its entries, on its own side",
        unit="guarded accounts",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE balance.account_id IS NULL
                OR (balance.balance_minor, balance.version)
                    IS DISTINCT FROM (coalesce(moved.minor, 0), coalesce(moved.entries, 0))
                OR coalesce(moved.minor, 0) * CASE account.normal WHEN 'D' THEN 1 ELSE -1 END
                    < 0) AS broken
            FROM ledger_accounts account
            LEFT JOIN account_balances balance ON balance.account_id = account.id
            LEFT JOIN (
                SELECT account_id, sum(amount_minor) AS minor, count(*) AS entries
                FROM ledger_entries GROUP BY account_id
            ) AS moved ON moved.account_id = account.id
            WHERE account.guarded
        """,
    ),
    Check(
        name="ledger-reversals",
        about="nothing is taken back of a transaction beyond what it booked",
        unit="reversed postings",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                (original.minor + taken.minor) * sign(original.minor)
                    NOT BETWEEN 0 AND abs(original.minor)) AS broken
            FROM (
                SELECT tx_id, account_id, sum(amount_minor) AS minor FROM ledger_entries
                WHERE tx_id IN (SELECT reverses_tx_id FROM ledger_txs)
                GROUP BY tx_id, account_id
            ) AS original
            JOIN (
                SELECT tx.reverses_tx_id AS tx_id, entry.account_id,
                    sum(entry.amount_minor) AS minor
                FROM ledger_txs tx JOIN ledger_entries entry ON entry.tx_id = tx.id
                WHERE tx.reverses_tx_id IS NOT NULL
                GROUP BY tx.reverses_tx_id, entry.account_id
            ) AS taken USING (tx_id, account_id)
        """,
    ),
    Check(
        name="custodians-apart",
        about="only a sweep moves money from one custodian to another",
        unit="transactions with custody",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE custodians > 1
                AND kind NOT IN ('custodian_sweep', 'payout_confirmed')) AS broken
            FROM (
                SELECT tx.kind, count(DISTINCT account.custodian) AS custodians
                FROM ledger_txs tx
                JOIN ledger_entries entry ON entry.tx_id = tx.id
                JOIN ledger_accounts account ON account.id = entry.account_id
                WHERE account.custodian IS NOT NULL
                GROUP BY tx.id
            ) AS tx
        """,
    ),
    Check(
        name="prepaid-money",
        about="each order's prepaid account holds what was paid and not refunded until it is"
        " delivered, and nothing afterwards",
        unit="orders",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                coalesce(-balance.minor, 0) <> CASE
                    WHEN part.state IN ('paid', 'packed', 'shipped')
                        AND sale.group_number IS NULL
                    THEN part.goods_minor + part.shipping_minor - part.discount_minor
                        - coalesce(back.minor, 0) ELSE 0 END) AS broken
            FROM seller_orders part
            LEFT JOIN credit_sales sale ON sale.group_number = part.group_number
            LEFT JOIN (
                SELECT order_number, sum(amount_minor) AS minor FROM refunds
                GROUP BY order_number
            ) AS back ON back.order_number = part.number
            LEFT JOIN (
                SELECT account.code, sum(entry.amount_minor) AS minor
                FROM ledger_accounts account
                JOIN ledger_entries entry ON entry.account_id = account.id
                WHERE account.code LIKE 'L:prepaid:%' GROUP BY account.code
            ) AS balance ON balance.code = 'L:prepaid:' || part.number
        """,
    ),
    Check(
        name="refund-money",
        about="each refund is owed in full until it has reached the buyer or paid an exchange,"
        " and then not at all",
        unit="refunds",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                coalesce(-balance.minor, 0) <> CASE
                    WHEN refund.state IN ('succeeded', 'applied')
                        OR coalesce(payment.captured_currency, payment.currency) <> 'CNY'
                    THEN 0 ELSE refund.amount_minor - refund.offset_minor END) AS broken
            FROM refunds refund JOIN payments payment ON payment.id = refund.payment_id
            LEFT JOIN (
                SELECT account.code, sum(entry.amount_minor) AS minor
                FROM ledger_accounts account
                JOIN ledger_entries entry ON entry.account_id = account.id
                WHERE account.code LIKE 'L:refund:%' GROUP BY account.code
            ) AS balance ON balance.code = 'L:refund:' || refund.id
        """,
    ),
    Check(
        name="payments-one-to-one",
        about="a group is paid exactly when one attempt of its total succeeded",
        unit="groups",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE CASE grp.state
                WHEN 'paid' THEN (coalesce(paid.attempts, 0), coalesce(paid.minor, 0))
                    <> (1, grp.total_minor)
                ELSE paid.attempts IS NOT NULL END) AS broken
            FROM order_groups grp
            LEFT JOIN (
                SELECT group_number, count(*) AS attempts, sum(amount_minor) AS minor
                FROM payments WHERE state = 'succeeded' GROUP BY group_number
            ) AS paid ON paid.group_number = grp.number
        """,
    ),
    Check(
        name="refunds-within-paid",
        about="the refunds of a payment never exceed it, and the parts of a refund make it up",
        unit="payments with refunds",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                refunded > coalesce(payment.captured_minor, payment.amount_minor)
                OR refunded <> parts OR payment.state NOT IN
                    ('succeeded', 'late', 'duplicate', 'mismatch')) AS broken
            FROM payments payment
            JOIN (
                SELECT refund.payment_id, sum(refund.amount_minor) AS refunded,
                    sum(piece.minor) AS parts
                FROM refunds refund
                JOIN (
                    SELECT refund_id, sum(amount_minor - funded_minor) AS minor
                    FROM refund_lines GROUP BY refund_id
                ) AS piece ON piece.refund_id = refund.id
                GROUP BY refund.payment_id
            ) AS back ON back.payment_id = payment.id
        """,
    ),
)
