"""Statements: what every party's page says is left is what its accounts say."""

from reporting.invariants.form import Check

# Entitlements, shipping, inputs kept back and the cost of own goods on one side, the party's
# accounts on the other; an open advance stands on its household's accounts like a claim, and a
# waived one is the household's at the payer's cost. What a payer gives by resolution or pays in
# is the ledger's word alone and stands on neither.
AGREES = """
    SELECT count(*) AS checked, count(*) FILTER (WHERE
        coalesce(should.minor, 0) <> coalesce(booked.minor, 0)) AS broken
    FROM (
        SELECT owner, sum(minor) AS minor FROM (
            SELECT CASE party_kind WHEN 'household' THEN 'hh' WHEN 'cooperative' THEN 'coop'
                    ELSE party_kind END || '\\:' || split_part(party_code, '.', 1) AS owner,
                amount_minor - reversed_minor AS minor
            FROM entitlements WHERE earned_at IS NOT NULL
            UNION ALL
            SELECT 'logistics\\:' || carrier_code,
                shipping_minor - shipping_refunded_minor
            FROM seller_orders WHERE state = 'delivered'
            UNION ALL
            SELECT 'logistics\\:' || part.carrier_code, -refund.amount_minor
            FROM refunds refund
            JOIN seller_orders part ON part.number = refund.order_number
            WHERE refund.bearer = 'carrier'
            UNION ALL
            SELECT 'coop\\:' || contract.organisation_code,
                CASE WHEN slip.reverses_id IS NULL THEN 1 ELSE -1 END * slip.withheld_minor
            FROM goods_receipts slip
            JOIN contract_versions version ON version.id = slip.contract_version_id
            JOIN linkage_contracts contract ON contract.id = version.contract_id
            UNION ALL
            SELECT kept.owner, sign * advance.minor
            FROM contract_advances advance
            JOIN linkage_contracts contract ON contract.id = advance.contract_id
            CROSS JOIN LATERAL (VALUES ('hh\\:' || contract.household_id, 1),
                ('coop\\:' || contract.organisation_code, -1)) AS kept (owner, sign)
            WHERE advance.move = 'waived'
            UNION ALL
            SELECT 'coop\\:' || lot.seller_code, -issue.cost_minor
            FROM goods_issues issue JOIN lots lot ON lot.id = issue.lot_id
            UNION ALL
            SELECT split_part(owner, '.', 1), -amount_minor
            FROM settlement_lines WHERE state IN ('inflight', 'paid')
        ) AS told WHERE owner LIKE '{prefix}\\:%' GROUP BY owner
    ) AS should
    FULL JOIN (
        SELECT split_part(account.owner, '.', 1) AS owner, -sum(entry.amount_minor) AS minor
        FROM ledger_accounts account
        JOIN ledger_entries entry ON entry.account_id = account.id
        JOIN ledger_txs tx ON tx.id = entry.tx_id
        WHERE account.owner LIKE '{prefix}\\:%' AND account.book = 'CNY'
            AND (tx.kind IN ('line_earned', 'terms_line_earned', 'shipping_earned',
                    'goods_received', 'refund_earned', 'receipt_taken_back',
                    'own_line_earned', 'goods_written_off', 'settlement_approved',
                    'settlement_cancelled', 'payout_returned', 'recovery_set_off',
                    'compensated', 'advance_paid', 'advance_returned', 'advance_waived')
                OR (tx.kind = 'period_allotted' AND (entry.amount_minor < 0)
                    = (tx.posting_key NOT LIKE '%\\:reversal')))
        GROUP BY split_part(account.owner, '.', 1)
    ) AS booked USING (owner)
"""


def _agrees(prefix: str, unit: str) -> Check:
    return Check(
        name=f"statement-{unit}",
        about=f"what the statements of {unit} come to is what their accounts hold",
        unit=unit,
        statement=AGREES.format(prefix=prefix),
    )


CHECKS: tuple[Check, ...] = (
    _agrees("hh", "households"),
    _agrees("coop", "cooperatives"),
    _agrees("village", "villages"),
    _agrees("logistics", "carriers"),
)
