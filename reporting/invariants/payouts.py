"""Settlements: what was approved, sent and answered is what the ledger says, fen by fen."""

from reporting.invariants.form import Check

CHECKS: tuple[Check, ...] = (
    Check(
        name="settlements-booked",
        about="each line that was approved is booked once, from its payee, in its amount",
        unit="approved lines and bookings",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                line.id IS NULL OR tx.id IS NULL
                OR taken.amount_minor IS DISTINCT FROM line.amount_minor) AS broken
            FROM (
                SELECT line.id, line.account_code, line.amount_minor,
                    concat_ws(':', 'batch', period.code, 'line', line.number) AS posting_key
                FROM settlement_lines line
                JOIN settlement_periods period ON period.id = line.period_id
                WHERE line.state IN
                    ('inflight', 'paid', 'returned', 'reissued', 'cancelled')
            ) AS line
            FULL JOIN (
                SELECT id, posting_key FROM ledger_txs WHERE kind = 'settlement_approved'
            ) AS tx ON tx.posting_key = line.posting_key
            LEFT JOIN ledger_accounts account ON account.code = line.account_code
            LEFT JOIN ledger_entries taken
                ON taken.tx_id = tx.id AND taken.account_id = account.id
        """,
    ),
    Check(
        name="inflight-unanswered",
        about="money in flight is what was handed over and what the bank has not answered",
        unit="batches",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                -coalesce(balance.balance_minor, 0) <> coalesce(waiting.minor, 0)) AS broken
            FROM payout_batches batch
            LEFT JOIN (
                SELECT period_id, sum(amount_minor) AS minor FROM settlement_lines
                WHERE state = 'inflight' GROUP BY period_id
            ) AS waiting ON waiting.period_id = batch.period_id
            LEFT JOIN ledger_accounts account
                ON account.code = 'L:payout:inflight:' || batch.code
            LEFT JOIN account_balances balance ON balance.account_id = account.id
        """,
    ),
    Check(
        name="payouts-answered",
        about="each answer of the bank is booked once, in its amount, as paid or returned",
        unit="answers and bookings",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                said.line_id IS NULL OR tx.id IS NULL
                OR booked.minor IS DISTINCT FROM said.amount_minor
                OR said.state NOT IN ('reissued', CASE WHEN said.is_back
                    OR said.outcome = 'reversed' THEN 'returned' ELSE said.outcome END))
                AS broken
            FROM (
                SELECT answer.line_id, answer.amount_minor, answer.outcome, answer.is_back,
                    line.state,
                    concat_ws(':', 'batch', period.code, 'line', line.number, answer.outcome)
                        AS posting_key
                FROM (
                    SELECT answer.line_id, answer.amount_minor, answer.outcome,
                        late.line_id IS NOT NULL AS is_back
                    FROM payout_confirmations answer
                    LEFT JOIN payout_late_returns late ON late.line_id = answer.line_id
                    UNION ALL
                    SELECT late.line_id, paid.amount_minor, word.said, false
                    FROM payout_late_returns late
                    JOIN payout_confirmations paid ON paid.line_id = late.line_id
                    CROSS JOIN (VALUES ('returned'), ('reversed')) AS word (said)
                ) AS answer
                JOIN settlement_lines line ON line.id = answer.line_id
                JOIN settlement_periods period ON period.id = line.period_id
            ) AS said
            FULL JOIN (
                SELECT id, posting_key FROM ledger_txs
                WHERE kind IN ('payout_confirmed', 'payout_returned', 'payout_reversed')
            ) AS tx ON tx.posting_key = said.posting_key
            LEFT JOIN LATERAL (
                SELECT sum(amount_minor) FILTER (WHERE amount_minor > 0) AS minor
                FROM ledger_entries WHERE tx_id = tx.id
            ) AS booked ON true
        """,
    ),
    Check(
        name="settlements-four-eyes",
        about="two people other than the proposer have approved what was paid",
        unit="approved settlements",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE approvers < 2) AS broken
            FROM (
                SELECT period.id, count(DISTINCT decision.person_id) FILTER (WHERE
                    decision.decision = 'approved' AND decision.round = period.round
                    AND decision.person_id <> period.proposed_by) AS approvers
                FROM settlement_periods period
                LEFT JOIN settlement_decisions decision ON decision.period_id = period.id
                WHERE period.approved_at IS NOT NULL GROUP BY period.id
            ) AS approved
        """,
    ),
    Check(
        name="settlements-cancelled",
        about="one asked and another confirmed what was cancelled; it is owed again",
        unit="cancelled settlements and lines",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE period.state <> 'cancelled'
                OR line.state IN ('ready', 'inflight', 'paid') OR word.people IS DISTINCT FROM 2
                OR (line.state = 'cancelled' AND back.id IS NULL)) AS broken
            FROM settlement_periods period
            JOIN settlement_lines line ON line.period_id = period.id
            LEFT JOIN ledger_txs back ON back.posting_key
                = concat_ws(':', 'batch', period.code, 'line', line.number, 'cancelled')
            LEFT JOIN LATERAL (
                SELECT count(DISTINCT person_id) AS people FROM (
                    SELECT word, person_id FROM settlement_cancellations
                    WHERE period_id = period.id ORDER BY id DESC LIMIT 2
                ) AS last
            ) AS word ON true
            WHERE period.state = 'cancelled' OR line.state = 'cancelled'
        """,
    ),
    Check(
        name="settled-to-the-right-payee",
        about="an entitlement is paid by a line of its own party that was really sent",
        unit="settled entitlements",
        statement="""
            SELECT count(*) AS checked, count(*) FILTER (WHERE
                line.owner <> concat_ws(':', CASE part.party_kind
                    WHEN 'household' THEN 'hh' WHEN 'cooperative' THEN 'coop'
                    ELSE part.party_kind END, part.party_code)
                OR line.state NOT IN ('inflight', 'paid', 'returned')
                OR part.stage = 'expected') AS broken
            FROM entitlements part
            JOIN settlement_lines line ON line.id = part.settlement_line_id
        """,
        is_cheap=False,
    ),
)
