"""The events the five measures are counted from, each with the posting that booked it.

An event has two moments: when it happened, by which it stands in a month, and when its posting
was recorded in the ledger. `:known` cuts by the second: what was recorded from then on is not
counted, whatever day it is dated to, and what was taken back later still stands. Postings are
never changed, so figures as known at a moment stay as they are once it has passed. Without a
moment everything recorded counts.

Amounts come from rows that are written once – entitlements, their reversals, settlement lines,
order lines, refund lines, entries, declarations of costs – never from a sum that later events
overwrite.
"""

from collections.abc import Mapping
from enum import StrEnum


class Measure(StrEnum):
    """The five figures, in the order in which they are printed."""

    SALES = "M1"
    TRACED = "M2"
    RECOGNISED = "M3"
    NET = "M4"
    PAID = "M5"


OF_HOUSEHOLDS = (Measure.TRACED, Measure.RECOGNISED, Measure.NET, Measure.PAID)

ALWAYS = "infinity"
"""What `:known` is where everything recorded counts."""

# What households earned and what was taken back, by class; a refund before the delivery lowers
# what the delivery brought.
INCOME = """
    SELECT part.household_id, contract.income_class, moved.at, moved.minor, part.posting_key,
        part.order_line_id, part.receipt_id, part.lot_id, contract.code AS contract_code
    FROM (
        SELECT part.id, part.household_id, part.contract_version_id, part.order_line_id,
            part.receipt_id, part.lot_id, part.earned_at, part.amount_minor,
            CASE WHEN part.order_line_id IS NOT NULL
                THEN 'line\\:' || part.order_line_id || '\\:earn\\:v1'
            WHEN part.receipt_id IS NOT NULL THEN 'grn\\:' || slip.code
            ELSE 'allot\\:' || allotted.code END AS posting_key
        FROM entitlements part
        LEFT JOIN goods_receipts slip ON slip.id = part.receipt_id
        LEFT JOIN allotments allotted ON allotted.id = part.allotment_id
        WHERE part.household_id IS NOT NULL AND part.earned_at IS NOT NULL
    ) AS part
    JOIN ledger_txs booked ON booked.posting_key = part.posting_key
        AND booked.recorded_at < CAST(:known AS timestamptz)
    CROSS JOIN LATERAL (
        SELECT part.earned_at AS at, part.amount_minor AS minor
        UNION ALL
        SELECT greatest(back.at, part.earned_at), -back.minor
        FROM entitlement_reversals back
        WHERE back.entitlement_id = part.id AND EXISTS (
            SELECT FROM ledger_txs taken
            WHERE taken.recorded_at < CAST(:known AS timestamptz)
                AND taken.posting_key = ANY (CASE
                WHEN part.order_line_id IS NOT NULL THEN ARRAY[back.refund_key || '\\:book',
                    back.refund_key || '\\:line\\:' || part.order_line_id]
                WHEN part.receipt_id IS NOT NULL THEN ARRAY['grn\\:' || back.refund_key]
                ELSE ARRAY[back.refund_key || '\\:reversal'] END))
    ) AS moved
    JOIN contract_versions version ON version.id = part.contract_version_id
    JOIN linkage_contracts contract ON contract.id = version.contract_id
    WHERE moved.at >= :since AND moved.at < :until
"""

SOURCED: Mapping[Measure, str] = {
    Measure.TRACED: """
        SELECT substr(account.owner, 4) AS household_id, tx.effective_at AS at,
            entry.amount_minor AS minor, tx.source
        FROM ledger_entries entry
        JOIN ledger_accounts account ON account.id = entry.account_id
        JOIN ledger_txs tx ON tx.id = entry.tx_id
        WHERE account.code LIKE 'T:hh:%' AND tx.effective_at >= :since
            AND tx.effective_at < :until AND tx.recorded_at < CAST(:known AS timestamptz)
    """,
    Measure.RECOGNISED: """
        SELECT household_id, at, minor, CASE
            WHEN order_line_id IS NOT NULL THEN 'line\\:' || order_line_id
            WHEN receipt_id IS NOT NULL THEN 'contract\\:' || contract_code
            ELSE 'allotment\\:' || substr(posting_key, 7) END AS source
        FROM income
    """,
    Measure.PAID: """
        SELECT line.household_id, tx.effective_at AS at,
            word.sign * line.amount_minor AS minor, tx.source
        FROM settlement_lines line
        CROSS JOIN (VALUES ('paid', 1), ('reversed', -1)) AS word (said, sign)
        JOIN settlement_periods period ON period.id = line.period_id
        JOIN ledger_txs tx
            ON tx.posting_key = 'batch\\:' || period.code || '\\:line\\:' || line.number
                || '\\:' || word.said
        WHERE line.household_id IS NOT NULL AND line.state IN ('paid', 'returned', 'reissued')
            AND tx.effective_at >= :since AND tx.effective_at < :until
            AND tx.recorded_at < CAST(:known AS timestamptz)
    """,
}
"""The measures whose events have a source, with it."""

FACTS: Mapping[Measure, str] = {
    Measure.TRACED: SOURCED[Measure.TRACED],
    Measure.RECOGNISED: SOURCED[Measure.RECOGNISED],
    # The declared cost of a month's operating income, by the rate of the latest declared year;
    # a household whose operating income has no such rate is in no net figure.
    Measure.NET: """
        SELECT month.household_id, month.at, month.minor - CASE WHEN month.operating = 0 THEN 0
            ELSE round(month.operating * declared.cost / nullif(declared.gross, 0)) END AS minor
        FROM (
            SELECT household_id, date_trunc('month', at, 'Asia/Shanghai') AS at,
                sum(minor) AS minor,
                coalesce(sum(minor) FILTER (WHERE income_class = 'operating'), 0) AS operating
            FROM income GROUP BY household_id, 2
        ) AS month
        LEFT JOIN LATERAL (
            SELECT operating_cost_minor::numeric AS cost,
                operating_gross_minor::numeric AS gross
            FROM household_baselines baseline
            WHERE baseline.household_id = month.household_id AND baseline.year <= :year
                AND baseline.recorded_at < CAST(:known AS timestamptz)
            ORDER BY baseline.year DESC, baseline.recorded_at DESC LIMIT 1
        ) AS declared ON true
        WHERE month.operating = 0 OR declared.gross > 0
    """,
    Measure.PAID: SOURCED[Measure.PAID],
}
"""Who got how much when, one row an event; the same text for months, the year and a check."""

# A line is linked when households of the register gave the goods, on consignment or sold.
LINKED = """
    SELECT event.*
    FROM volume_events event
    WHERE at >= :since AND at < :until
        AND coalesce(origin_village_code, origin_township_code, origin_district_code)
            LIKE :scope
        AND EXISTS (
            SELECT FROM lot_allocations taken
            WHERE taken.order_line_id = event.order_line_id AND (
                EXISTS (SELECT FROM lot_contributions share WHERE share.lot_id = taken.lot_id)
                OR EXISTS (SELECT FROM goods_receipts slip WHERE slip.lot_id = taken.lot_id)))
        AND (EXISTS (
            SELECT FROM credit_sales sale
            WHERE sale.group_number = event.group_number
                AND event.at < CAST(:known AS timestamptz))
        OR EXISTS (
            SELECT FROM ledger_txs booked
            WHERE booked.recorded_at < CAST(:known AS timestamptz)
                AND booked.effective_at = event.at
                AND booked.source = ANY (CASE event.kind
                    WHEN 'paid' THEN ARRAY['group\\:' || event.group_number]
                    ELSE ARRAY['order\\:' || event.order_number,
                        'line\\:' || event.order_line_id] END)
                AND booked.kind = ANY (CASE event.kind
                    WHEN 'paid' THEN ARRAY['payment_captured']
                    ELSE ARRAY['refund_unearned', 'refund_earned'] END)))
"""


def together(facts: Mapping[Measure, str], columns: str) -> str:
    """Return the events of several measures as one query, each with the measure's number."""
    return " UNION ALL ".join(
        f"SELECT '{measure}' AS measure, {columns} FROM ({events}) AS events"  # noqa: S608 -- constants
        for measure, events in facts.items()
    )
