"""Bank transfers: every fen of a statement stands somewhere, orders got what was matched."""

from reporting.invariants.form import Check

CHECKS: tuple[Check, ...] = (
    Check(
        name="bank-rows",
        about="what is left of a bank row is what was not decided upon, and stands unapplied",
        unit="bank rows",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                line.left_minor <> line.amount_minor - coalesce(decided.minor, 0)
                OR line.left_minor <> coalesce(-balance.balance_minor, 0)) AS broken
            FROM bank_rows line
            LEFT JOIN (
                SELECT row_id, sum(CASE word WHEN 'released' THEN -1 ELSE 1 END
                    * amount_minor) AS minor
                FROM bank_decisions GROUP BY row_id
            ) AS decided ON decided.row_id = line.id
            LEFT JOIN ledger_accounts account ON account.code = 'L:unapplied:BR' || line.id
            LEFT JOIN account_balances balance ON balance.account_id = account.id
        """,
    ),
    Check(
        name="transfer-money",
        about="what an order received by transfer is what was matched to it; it stands"
        " unapplied until the order is paid, and only when all of it came",
        unit="orders by transfer",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                asked.received_minor <> coalesce(matched.minor, 0)
                OR coalesce(-balance.balance_minor, 0) <> CASE grp.state
                    WHEN 'awaiting_bank' THEN asked.received_minor ELSE 0 END
                OR (attempt.state = 'succeeded')
                    IS DISTINCT FROM (asked.received_minor = asked.amount_minor)
                OR (grp.state IN ('cancelled', 'expired') AND asked.received_minor <> 0)
                OR attempt.amount_minor <> asked.amount_minor) AS broken
            FROM transfer_requests asked
            JOIN order_groups grp ON grp.number = asked.group_number
            LEFT JOIN payments attempt
                ON attempt.provider = 'bank_transfer' AND attempt.reference = asked.code
            LEFT JOIN (
                SELECT group_number, sum(CASE word WHEN 'released' THEN -1 ELSE 1 END
                    * amount_minor) AS minor
                FROM bank_decisions WHERE group_number IS NOT NULL GROUP BY group_number
            ) AS matched ON matched.group_number = asked.group_number
            LEFT JOIN ledger_accounts account
                ON account.code = 'L:unapplied:bank-' || asked.group_number
            LEFT JOIN account_balances balance ON balance.account_id = account.id
        """,
    ),
    Check(
        name="transfer-requests",
        about="each order that waits for a transfer has a code for its total",
        unit="orders waiting for a transfer",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                asked.amount_minor IS DISTINCT FROM grp.total_minor
                OR asked.expires_at IS DISTINCT FROM grp.expires_at) AS broken
            FROM order_groups grp
            LEFT JOIN transfer_requests asked ON asked.group_number = grp.number
            WHERE grp.state = 'awaiting_bank'
        """,
    ),
)
