"""Entitlements and promises: what each party is owed is what the sale gave it."""

from reporting.invariants.form import Check

# What the ledger owes a party for delivered lines, less what refunds took back; moving a claim
# to or from `A:recover` changes nothing in the sum, and payouts are other kinds.
EARNED = """
    SELECT count(*) AS checked, count(*) FILTER (WHERE
        coalesce(earned.minor, 0) <> coalesce(owed.minor, 0)) AS broken
    FROM (
        SELECT '{prefix}:' || party_code AS owner, sum(amount_minor - reversed_minor) AS minor
        FROM entitlements
        WHERE party_kind = '{kind}' AND earned_at IS NOT NULL AND order_line_id IS NOT NULL
        GROUP BY party_code
    ) AS earned
    FULL JOIN (
        SELECT account.owner, -sum(entry.amount_minor) AS minor
        FROM ledger_accounts account
        JOIN ledger_entries entry ON entry.account_id = account.id
        JOIN ledger_txs tx ON tx.id = entry.tx_id
        WHERE account.owner LIKE '{prefix}:%'
            AND (account.code LIKE 'L:payable:%' OR account.code LIKE 'L:wage:%'
                OR account.code LIKE 'A:recover:%')
            AND tx.kind IN ('line_earned', 'terms_line_earned', 'refund_earned',
                'recovery_set_off')
        GROUP BY account.owner
    ) AS owed USING (owner)
"""


def _earned(name: str, kind: str, prefix: str, unit: str) -> Check:
    return Check(
        name=name,
        about=f"what {unit} earned by delivered lines is what the ledger came to owe them",
        unit=unit,
        statement=EARNED.format(kind=kind, prefix=prefix),
    )


CHECKS: tuple[Check, ...] = (
    Check(
        name="entitlements-gross",
        about="the entitlements of each paid and harvested line sum to its gross",
        unit="paid order lines",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                shared.minor IS DISTINCT FROM line.gross_minor) AS broken
            FROM order_lines line
            JOIN seller_orders part ON part.number = line.order_number
            JOIN order_groups grp ON grp.number = part.group_number AND grp.state = 'paid'
            LEFT JOIN presale_uses ahead ON ahead.order_line_id = line.id
            LEFT JOIN (
                SELECT order_line_id, sum(amount_minor) AS minor
                FROM entitlements GROUP BY order_line_id
            ) AS shared ON shared.order_line_id = line.id
            WHERE coalesce(ahead.state, 'allotted') = 'allotted'
        """,
    ),
    Check(
        name="entitlements-stage",
        about="delivered lines are earned, refunded ones reversed in full, others expected",
        unit="entitlements",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE CASE
                WHEN part.state = 'delivered' THEN share.stage <> 'earned'
                    AND share.reversed_minor < share.amount_minor
                WHEN part.state = 'refunded' THEN share.reversed_minor < share.amount_minor
                ELSE share.stage <> 'expected' END) AS broken
            FROM entitlements share
            JOIN order_lines line ON line.id = share.order_line_id
            JOIN seller_orders part ON part.number = line.order_number
        """,
    ),
    Check(
        name="reversals-recorded",
        about="what is reversed of an entitlement is what refunds are recorded to have taken",
        unit="entitlements",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                share.reversed_minor <> coalesce(taken.minor, 0)) AS broken
            FROM entitlements share
            LEFT JOIN (
                SELECT entitlement_id, sum(minor) AS minor
                FROM entitlement_reversals GROUP BY entitlement_id
            ) AS taken ON taken.entitlement_id = share.id
        """,
    ),
    _earned("earned-households", "household", "hh", "households"),
    _earned("earned-cooperatives", "cooperative", "coop", "cooperatives"),
    _earned("earned-villages", "village", "village", "villages"),
    Check(
        name="trace-book",
        about="what the trace book leads to a household is what it earned by sales, and what "
        "it had got for its bought goods that were sold",
        unit="households",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                coalesce(earned.minor, 0) <> coalesce(traced.minor, 0)) AS broken
            FROM (
                SELECT owner, sum(minor) AS minor FROM (
                    SELECT 'hh:' || party_code AS owner, amount_minor - reversed_minor AS minor
                    FROM entitlements WHERE party_kind = 'household'
                        AND earned_at IS NOT NULL AND order_line_id IS NOT NULL
                    UNION ALL
                    SELECT 'hh:' || receipt.household_id, part.minor
                    FROM goods_issue_parts part
                    JOIN goods_issues issue ON issue.id = part.issue_id
                        AND issue.kind = 'sold' AND issue.returned_at IS NULL
                    JOIN goods_receipts receipt ON receipt.id = part.receipt_id
                ) AS sold GROUP BY owner
            ) AS earned
            FULL JOIN (
                SELECT account.owner, sum(entry.amount_minor) AS minor
                FROM ledger_accounts account
                JOIN ledger_entries entry ON entry.account_id = account.id
                WHERE account.code LIKE 'T:hh:%' GROUP BY account.owner
            ) AS traced USING (owner)
        """,
    ),
    Check(
        name="drawdowns",
        about="what a line took off a pledge is what it cost less what was refunded",
        unit="lines under a pledge",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                drawn.minor <> line.gross_minor - line.refunded_minor) AS broken
            FROM (
                SELECT pledge_id, order_line_id, sum(amount_minor) AS minor
                FROM drawdowns GROUP BY pledge_id, order_line_id
            ) AS drawn
            JOIN order_lines line ON line.id = drawn.order_line_id
        """,
    ),
)
