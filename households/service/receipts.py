"""Buy goods from households: record what was weighed, and take back what was weighed wrong.

Row locks: purchase contracts by id. Whoever receives has locked the lots before.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from households.models import LinkageContract
from households.values import (
    ContractVersionId,
    Priced,
    Received,
    Weighing,
)

RECORD = text(
    """
    WITH given AS (
        SELECT * FROM unnest(CAST(:codes AS text[]), CAST(:versions AS integer[]),
            CAST(:households AS text[]), CAST(:lots AS bigint[]), CAST(:days AS date[]),
            CAST(:weights AS bigint[]), CAST(:grades AS integer[]), CAST(:prices AS bigint[]),
            CAST(:markets AS bigint[]), CAST(:beyond AS bigint[]), CAST(:gross AS bigint[]),
            CAST(:withheld AS bigint[]), CAST(:pays AS bigint[]),
            CAST(:netted AS bigint[]), CAST(:uplifts AS bigint[]),
            CAST(:moments AS timestamptz[]), CAST(:packs AS integer[]))
            AS g (code, version, household, lot, day, weight_g, grade, price, market, beyond,
                gross, withheld, pay, netted, uplift, at, packs)
    ), written AS (
        INSERT INTO goods_receipts (code, contract_version_id, household_id, lot_id,
            received_on, weight_g, grade_percent, price_minor_per_kg, market_minor_per_kg,
            market_weight_g, gross_minor, withheld_minor, pay_minor, netted_minor, uplift_minor,
            recorded_by, recorded_at)
        SELECT code, version, household, lot, day, weight_g, grade, price, market, beyond,
            gross, withheld, pay, netted, uplift, :actor, at FROM given
        RETURNING *
    ), earned AS (
        INSERT INTO entitlements (receipt_id, lot_id, party_kind, party_code, household_id,
            contract_version_id, weight, amount_minor, stage, expected_at, earned_at)
        SELECT id, lot_id, 'household', household_id, household_id, contract_version_id,
            weight_g * grade_percent, pay_minor, 'earned', recorded_at, recorded_at
        FROM written
    ), costed AS (
        INSERT INTO purchased_lots (lot_id, packs, cost_minor, pay_minor)
        SELECT lot, max(packs), sum(gross), sum(pay) FROM given GROUP BY lot ORDER BY lot
        ON CONFLICT (lot_id) DO UPDATE SET packs = excluded.packs,
            cost_minor = purchased_lots.cost_minor + excluded.cost_minor,
            pay_minor = purchased_lots.pay_minor + excluded.pay_minor
    )
    SELECT code, id FROM written
    """
)

TAKE_BACK = text(
    """
    WITH back AS (
        INSERT INTO goods_receipts (code, contract_version_id, household_id, lot_id,
            received_on, weight_g, grade_percent, price_minor_per_kg, market_minor_per_kg,
            market_weight_g, gross_minor, withheld_minor, pay_minor, netted_minor, uplift_minor,
            recorded_by, recorded_at, reverses_id)
        SELECT :code, contract_version_id, household_id, lot_id, received_on, weight_g,
            grade_percent, price_minor_per_kg, market_minor_per_kg, market_weight_g,
            gross_minor, withheld_minor, pay_minor, netted_minor, uplift_minor, :actor, :at, id
        FROM goods_receipts WHERE id = :receipt
        RETURNING lot_id, gross_minor, pay_minor
    ), rest AS (
        SELECT id, amount_minor - reversed_minor AS minor FROM entitlements
        WHERE receipt_id = :receipt FOR UPDATE
    ), taken AS (
        UPDATE entitlements part
        SET stage = 'reversed', reversed_minor = part.amount_minor, reversed_at = :at
        FROM rest WHERE rest.id = part.id
    ), noted AS (
        INSERT INTO entitlement_reversals (entitlement_id, refund_key, minor, at)
        SELECT id, :code, minor, :at FROM rest WHERE minor > 0
    )
    UPDATE purchased_lots lot SET packs = :packs,
        cost_minor = lot.cost_minor - back.gross_minor,
        pay_minor = lot.pay_minor - back.pay_minor
    FROM back WHERE lot.lot_id = back.lot_id
    """
)


@dataclass(frozen=True, slots=True)
class PricedWeighing:
    """A weighing with what it pays and under which terms."""

    weighing: Weighing
    version_id: ContractVersionId
    priced: Priced


def lock_purchases(session: Session, contract_codes: Collection[str]) -> None:
    """Lock purchase contracts: what was delivered under one decides what is paid next."""
    session.execute(
        select(LinkageContract.id)
        .where(LinkageContract.code.in_(contract_codes))
        .order_by(LinkageContract.id)
        .with_for_update(key_share=True)
    )


def record_receipts(
    session: Session,
    bought: Sequence[PricedWeighing],
    *,
    packs: Mapping[int, int],
    actor: str,
) -> dict[str, int]:
    """Record goods received with what their households earn by it; return ids by code.

    `packs` are how many packs each lot has now. One statement for any number of rows; a code
    that exists is refused by the database.
    """
    weighings = [one.weighing for one in bought]
    priced = [one.priced for one in bought]
    rows = session.execute(
        RECORD,
        {
            "actor": actor,
            "codes": [one.code for one in weighings],
            "versions": [one.version_id for one in bought],
            "households": [one.household_id for one in weighings],
            "lots": [one.lot_id for one in weighings],
            "days": [one.received_on for one in weighings],
            "weights": [one.weight_g for one in weighings],
            "grades": [one.grade_percent for one in weighings],
            "prices": [one.price_minor_per_kg for one in priced],
            "markets": [one.market_minor_per_kg for one in priced],
            "beyond": [one.market_weight_g for one in priced],
            "gross": [one.gross_minor for one in priced],
            "withheld": [one.withheld_minor for one in priced],
            "pays": [one.pay_minor for one in priced],
            "netted": [one.netted_minor for one in priced],
            "uplifts": [one.uplift_minor for one in priced],
            "moments": [one.at for one in weighings],
            "packs": [packs[one.lot_id] for one in weighings],
        },
    )
    return {row.code: row.id for row in rows}


def take_back_receipt(
    session: Session, receipt: Received, *, code: str, packs: int, actor: str, at: datetime
) -> None:
    """Record under `code` that a receipt was wrong and take back what it earned.

    `packs` are how many packs its lot has left. The caller has locked the lot and seen that
    the receipt is not taken back yet; the database refuses a second time.
    """
    session.execute(
        TAKE_BACK,
        {
            "receipt": receipt.receipt_id,
            "code": code,
            "packs": packs,
            "actor": actor,
            "at": at,
        },
    )
