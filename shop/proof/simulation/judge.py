"""What must hold after every run, and the records by which two runs are compared."""

import hashlib
import re
from functools import cache

from sqlalchemy import text
from sqlalchemy.orm import Session

from households import queries as household_queries
from ledger import queries as ledger_queries

Records = dict[str, str]
"""The digest of every record by its name."""

# Earned less reversed less paid is what a party is owed now, or what it owes back; never both,
# but for wages, from which nothing is kept back.
# What it was paid in advance it owes in goods; a waived advance it keeps at its payer's cost.
# Goods a cooperative bought stand on its account at cost, besides what it earns by sales.
POSITIONS = """
WITH earned AS (
    SELECT CASE party_kind WHEN 'household' THEN 'hh:' WHEN 'cooperative' THEN 'coop:'
        ELSE 'village:' END || party_code AS owner, sum(amount_minor - reversed_minor) AS minor
    FROM entitlements
    WHERE party_kind IN ('household', 'cooperative', 'village') AND earned_at IS NOT NULL
    GROUP BY 1
), paid AS (
    SELECT owner, sum(amount_minor) AS minor FROM settlement_lines
    WHERE state = 'paid' GROUP BY owner
), stands AS (
    SELECT account.owner,
        coalesce(-sum(amount_minor) FILTER (WHERE code LIKE 'L:payable:%'), 0) AS payable,
        coalesce(-sum(amount_minor) FILTER (WHERE code LIKE 'L:wage:%'), 0) AS wage,
        coalesce(sum(amount_minor) FILTER (WHERE code LIKE 'A:recover:%'), 0) AS claim,
        coalesce(sum(amount_minor) FILTER (WHERE code LIKE 'A:advance:%'), 0) AS advance
    FROM ledger_accounts account JOIN ledger_entries entry ON entry.account_id = account.id
    WHERE account.owner ~ '^(hh|coop|village):' AND code NOT LIKE 'T:%' GROUP BY account.owner
), goods AS (
    SELECT account.owner, -sum(amount_minor) AS minor
    FROM ledger_accounts account JOIN ledger_entries entry ON entry.account_id = account.id
    JOIN ledger_txs tx ON tx.id = entry.tx_id
    WHERE (account.owner LIKE 'coop:%' AND tx.kind IN ('goods_received', 'receipt_taken_back',
        'own_line_earned', 'own_line_returned', 'goods_written_off'))
        OR (account.owner ~ '^(hh|coop):' AND tx.kind = 'advance_waived')
    GROUP BY account.owner
)
SELECT owner, coalesce(earned.minor, 0) + coalesce(goods.minor, 0) AS earned,
    coalesce(paid.minor, 0) AS paid,
    coalesce(payable, 0) AS payable, coalesce(wage, 0) AS wage, coalesce(claim, 0) AS claim,
    coalesce(advance, 0) AS advance
FROM earned FULL JOIN paid USING (owner) FULL JOIN stands USING (owner)
FULL JOIN goods USING (owner)
WHERE coalesce(payable, 0) < 0 OR coalesce(wage, 0) < 0 OR coalesce(claim, 0) < 0
    OR least(coalesce(payable, 0), coalesce(claim, 0)) <> 0
    OR coalesce(advance, 0) < 0
    OR coalesce(payable, 0) + coalesce(wage, 0) - coalesce(claim, 0) - coalesce(advance, 0)
        <> coalesce(earned.minor, 0) + coalesce(goods.minor, 0) - coalesce(paid.minor, 0)
ORDER BY owner
"""
OVER_REVERSED = """
SELECT count(*) FROM entitlements WHERE reversed_minor NOT BETWEEN 0 AND amount_minor
"""
TRACED = """
SELECT coalesce(sum(abs(traced.minor - earned.minor)), 0) FROM (
    SELECT owner, sum(amount_minor) AS minor FROM ledger_accounts account
    JOIN ledger_entries entry ON entry.account_id = account.id
    WHERE code LIKE 'T:hh:%' GROUP BY owner
) AS traced FULL JOIN (
    SELECT owner, sum(minor) AS minor FROM (
        SELECT 'hh:' || party_code AS owner, amount_minor - reversed_minor AS minor
        FROM entitlements WHERE party_kind = 'household' AND earned_at IS NOT NULL
            AND order_line_id IS NOT NULL
        UNION ALL
        SELECT 'hh:' || receipt.household_id, part.minor
        FROM goods_issue_parts part
        JOIN goods_receipts receipt ON receipt.id = part.receipt_id
        JOIN goods_issues issue ON issue.id = part.issue_id
        WHERE issue.kind = 'sold' AND issue.returned_at IS NULL
    ) AS parts GROUP BY owner
) AS earned USING (owner)
"""

LEDGER = """
SELECT tx.posting_key, tx.book, tx.kind, tx.source, tx.effective_at, account.code,
    entry.amount_minor
FROM ledger_txs tx
JOIN ledger_entries entry ON entry.tx_id = tx.id
JOIN ledger_accounts account ON account.id = entry.account_id
"""
OTHERS = {
    "entitlements": """
        SELECT order_line_id, party_kind, party_code, amount_minor, reversed_minor, stage,
            earned_at, reversed_at
        FROM entitlements
    """,
    "orders": "SELECT number, state FROM seller_orders",
    "refunds": "SELECT idempotency_key, state, amount_minor, requested_at FROM refunds",
    "settlements": """
        SELECT period.code, period.state, line.number, line.account_code, line.amount_minor,
            line.state
        FROM settlement_periods period LEFT JOIN settlement_lines line
            ON line.period_id = period.id
    """,
}
REFUNDS = "SELECT id, idempotency_key FROM refunds"
NUMBERED = re.compile(r"\b(refund|re):(\d+)")
IMPORTED = re.compile(r"answers:\d+")
"""Numbers that tell in which order rows were written, and nothing else."""


def list_wrong(session: Session) -> list[str]:
    """Return a sentence for everything that does not hold now."""
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    wrong = [
        f"{one.code} {one.name}: {one.figure}"
        for one in ledger_queries.audit(session)
        if one.figure
    ]
    wrong += [
        f"{code} {name}: {figure}"
        for code, name, figure in household_queries.audit(session)
        if figure
    ]
    wrong += [
        f"{row.owner} earned {row.earned}, was paid {row.paid}, stands at {row.payable} and "
        f"{row.wage} of wages, owes {row.claim}, and has {row.advance} in advance"
        for row in session.execute(text(POSITIONS))
    ]
    for name, count in (("reversed beyond earned", OVER_REVERSED), ("traced amiss", TRACED)):
        if figure := int(session.execute(text(count)).scalar_one()):
            wrong.append(f"{name}: {figure}")
    return wrong


def read(session: Session) -> Records:
    """Return a digest of every record, whatever the order in which its rows were written."""
    refunds = {str(row.id): row.idempotency_key for row in session.execute(text(REFUNDS))}
    named = cache(lambda value: _named(value, refunds))
    rows = [
        tuple(named(value) if isinstance(value, str) else value for value in row)
        for row in session.execute(text(LEDGER))
    ]
    digests = {"ledger": _digest(rows)}
    for name, question in OTHERS.items():
        digests[name] = _digest([tuple(row) for row in session.execute(text(question))])
    return digests


def _named(value: str, refunds: dict[str, str]) -> str:
    value = IMPORTED.sub("answers", value)
    return NUMBERED.sub(lambda found: f"{found[1]}:{refunds.get(found[2], found[2])}", value)


def _digest(rows: list[tuple[object, ...]]) -> str:
    return hashlib.sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()
