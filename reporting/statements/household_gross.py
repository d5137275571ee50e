"""The gross behind a household's income: what was paid before anything was taken off.

For a sale that is the household's part of the lot's price by what it delivered, for goods it
sold at the scale the slip before inputs are withheld, for everything that is allotted the share
as it was allotted.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from households.rules import gross
from households.rules.gross import LotRefund, SoldLot
from households.values import IncomeClass, LinkageModel
from reporting.statements.household_rows import Asked, Figures, Under, month_of

# A slip is taken back as a whole, whatever its household earned by it; an allotted share has
# no gross but itself.
SIMPLE = text(
    """
    SELECT CAST(date_trunc('month', moved.at AT TIME ZONE 'Asia/Shanghai') AS date) AS month,
        contract.code, contract.model_code, contract.income_class, payer.name,
        CAST(sum(moved.gross) AS bigint), CAST(sum(moved.taken) AS bigint)
    FROM (
        SELECT part.contract_version_id, part.earned_at AS at,
            coalesce(slip.gross_minor, part.amount_minor) AS gross, 0 AS taken
        FROM entitlements part LEFT JOIN goods_receipts slip ON slip.id = part.receipt_id
        WHERE part.household_id = :household AND part.order_line_id IS NULL
            AND part.earned_at IS NOT NULL
        UNION ALL
        SELECT part.contract_version_id, greatest(back.recorded_at, part.earned_at), 0,
            back.gross_minor
        FROM entitlements part JOIN goods_receipts back ON back.reverses_id = part.receipt_id
        WHERE part.household_id = :household
        UNION ALL
        SELECT part.contract_version_id, greatest(back.at, part.earned_at), 0, back.minor
        FROM entitlements part JOIN entitlement_reversals back ON back.entitlement_id = part.id
        WHERE part.household_id = :household AND part.allotment_id IS NOT NULL
            AND part.earned_at IS NOT NULL
    ) AS moved
    JOIN contract_versions version ON version.id = moved.contract_version_id
    JOIN linkage_contracts contract ON contract.id = version.contract_id
    JOIN organisations payer ON payer.code = contract.organisation_code
    WHERE moved.at >= :since AND moved.at < :until
    GROUP BY month, contract.code, contract.model_code, contract.income_class, payer.name
    """
)

# The household's lots in delivered lines of the period, and in earlier ones that were refunded
# in it. All parties' parts of a lot in a line sum to what of its price falls on the lot.
SOLD = text(
    """
    WITH own AS (
        SELECT part.order_line_id, part.lot_id, part.earned_at, part.amount_minor,
            contract.code, contract.model_code, contract.income_class, payer.name
        FROM entitlements part
        JOIN contract_versions version ON version.id = part.contract_version_id
        JOIN linkage_contracts contract ON contract.id = version.contract_id
        JOIN organisations payer ON payer.code = contract.organisation_code
        WHERE part.household_id = :household AND part.order_line_id IS NOT NULL
            AND part.earned_at < :until
            AND (part.earned_at >= :since OR EXISTS (
                SELECT FROM entitlements other
                JOIN entitlement_reversals back ON back.entitlement_id = other.id
                WHERE other.order_line_id = part.order_line_id
                    AND other.lot_id = part.lot_id
                    AND back.at >= :since AND back.at < :until))
    ), whole AS (
        SELECT lot_id, CAST(sum(weight_g * grade_percent) AS bigint) AS weight
        FROM lot_contributions WHERE lot_id IN (SELECT lot_id FROM own) GROUP BY lot_id
    ), lots AS (
        SELECT part.order_line_id, part.lot_id, CAST(sum(part.amount_minor) AS bigint) AS gross,
            CAST(sum(part.amount_minor) FILTER (WHERE part.household_id IS NOT NULL) AS bigint)
                AS pot,
            array_agg(part.party_code ORDER BY part.id)
                FILTER (WHERE part.household_id IS NOT NULL) AS codes,
            array_agg(part.weight ORDER BY part.id)
                FILTER (WHERE part.household_id IS NOT NULL) AS weights,
            bool_or(part.reversed_minor > 0) AS is_refunded
        FROM entitlements part
        JOIN own ON own.order_line_id = part.order_line_id AND own.lot_id = part.lot_id
        GROUP BY part.order_line_id, part.lot_id
    )
    SELECT own.order_line_id, own.lot_id, own.earned_at, own.amount_minor, own.code,
        own.model_code, own.income_class, own.name, lots.gross, lots.pot, lots.codes,
        lots.weights, coalesce(whole.weight, 0) AS whole_weight, lots.is_refunded
    FROM own
    JOIN lots ON lots.order_line_id = own.order_line_id AND lots.lot_id = own.lot_id
    LEFT JOIN whole ON whole.lot_id = own.lot_id
    ORDER BY own.order_line_id, own.lot_id
    """
)

REFUNDS = text(
    """
    SELECT part.order_line_id, part.lot_id, back.refund_key, min(back.at) AS at,
        CAST(sum(back.minor) AS bigint) AS minor,
        CAST(coalesce(sum(back.minor) FILTER (WHERE part.household_id IS NOT NULL), 0)
            AS bigint) AS pot,
        CAST(coalesce(sum(back.minor) FILTER (WHERE part.household_id = :household), 0)
            AS bigint) AS own
    FROM entitlements part JOIN entitlement_reversals back ON back.entitlement_id = part.id
    WHERE part.order_line_id = ANY (CAST(:lines AS bigint[]))
    GROUP BY part.order_line_id, part.lot_id, back.refund_key
    ORDER BY at, back.refund_key
    """
)


@dataclass(frozen=True, slots=True)
class _Refund:
    at: datetime
    of_lot: LotRefund
    own_minor: int


def list_gross(session: Session, asked: Asked) -> Sequence[Figures]:
    """Return gross and what refunds took of it, by month and contract; three statements."""
    names = ("gross_earned_minor", "gross_taken_minor")
    simple = {
        Under(row[0], row[1], LinkageModel(row[2]), IncomeClass(row[3]), row[4]): dict(
            zip(names, row[5:], strict=True)
        )
        for row in session.execute(SIMPLE, asked.params)
    }
    return [simple, _sold(session, asked)]


def _sold(session: Session, asked: Asked) -> Figures:
    household = asked.household_id
    rows = session.execute(SOLD, asked.params).all()
    refunds = _refunds(
        session, household, {row.order_line_id for row in rows if row.is_refunded}
    )
    known: dict[SoldLot, dict[str, int]] = {}
    found: dict[Under, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        weights = tuple(zip(row.codes, row.weights, strict=True))
        sold = SoldLot(row.gross, row.pot, weights, row.whole_weight)
        if sold not in known:
            known[sold] = gross.between(sold)
        parts = known[sold]
        moves = [(row.earned_at, "gross_earned_minor", row.amount_minor + parts[household])]
        back = refunds.get((row.order_line_id, row.lot_id), [])
        before = gross.taken_between(parts, [one.of_lot for one in back], household)
        for one, minor in zip(back, before, strict=True):
            at = max(one.at, row.earned_at)
            moves.append((at, "gross_taken_minor", one.own_minor + minor))
        contract = (row.code, LinkageModel(row.model_code), IncomeClass(row.income_class))
        for at, name, minor in moves:
            if minor and asked.holds(at):
                found[Under(month_of(at), *contract, row.name)][name] += minor
    return found


def _refunds(
    session: Session, household: str, lines: set[int]
) -> Mapping[tuple[int, int], list[_Refund]]:
    found: dict[tuple[int, int], list[_Refund]] = defaultdict(list)
    if lines:
        asked = {"household": household, "lines": sorted(lines)}
        for row in session.execute(REFUNDS, asked):
            refund = _Refund(row.at, LotRefund(row.minor, row.pot), row.own)
            found[row.order_line_id, row.lot_id].append(refund)
    return found
