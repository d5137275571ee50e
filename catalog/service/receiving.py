"""Commands on goods that come in: whole harvests, and deliveries weighed one by one.

Row locks are taken on lots by ascending id.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count

from sqlalchemy import Date, Text, insert, literal, select, text
from sqlalchemy.orm import Session

from catalog import rules
from catalog.errors import LotNotFoundError, SkuNotFoundError
from catalog.models import Lot, LotContribution, Product, Sku, StockMovement
from catalog.values import Delivered, EmptyLot, MovementKind, NewLot, ReceivingLot
from kernel.errors import InvalidError
from kernel.orm import UtcDateTime
from kernel.rows import fill

ADD = text("""
    WITH given AS (
        SELECT * FROM unnest(CAST(:lots AS bigint[]), CAST(:households AS text[]),
            CAST(:weights AS bigint[]), CAST(:grades AS integer[]),
            CAST(:moments AS timestamptz[]))
            AS g (lot_id, household_id, weight_g, grade_percent, at)
    ), contributed AS (
        INSERT INTO lot_contributions (lot_id, household_id, weight_g, grade_percent)
        SELECT lot_id, household_id, sum(weight_g), min(grade_percent)
        FROM given GROUP BY lot_id, household_id
        ON CONFLICT (lot_id, household_id)
            DO UPDATE SET weight_g = lot_contributions.weight_g + excluded.weight_g
    ), weighed AS (
        SELECT lot.id, lot.received AS before, lot.weight_g + more.weight_g AS weight_g,
            (lot.weight_g + more.weight_g) / sku.net_weight_g AS packs, more.at
        FROM (
            SELECT lot_id, CAST(sum(weight_g) AS bigint) AS weight_g, max(at) AS at
            FROM given GROUP BY lot_id
        ) more
        JOIN lots lot ON lot.id = more.lot_id JOIN skus sku ON sku.id = lot.sku_id
    ), moved AS (
        INSERT INTO stock_movements (lot_id, kind, quantity, at)
        SELECT id, 'received', packs - before, at FROM weighed WHERE packs <> before
    )
    UPDATE lots SET weight_g = weighed.weight_g, received = weighed.packs,
        available = weighed.packs
    FROM weighed WHERE lots.id = weighed.id
    RETURNING lots.id, lots.received
""")

TAKE_BACK = text("""
    WITH less AS (
        UPDATE lot_contributions SET weight_g = weight_g - :weight_g
        WHERE lot_id = :lot AND household_id = :household AND weight_g > :weight_g
    ), gone AS (
        DELETE FROM lot_contributions
        WHERE lot_id = :lot AND household_id = :household AND weight_g = :weight_g
    ), weighed AS (
        SELECT lot.id, lot.received AS before, lot.weight_g - :weight_g AS weight_g,
            (lot.weight_g - :weight_g) / sku.net_weight_g AS packs
        FROM lots lot JOIN skus sku ON sku.id = lot.sku_id WHERE lot.id = :lot
    ), moved AS (
        INSERT INTO stock_movements (lot_id, kind, quantity, at)
        SELECT id, 'received', packs - before, :at FROM weighed WHERE packs <> before
    )
    UPDATE lots SET weight_g = weighed.weight_g, received = weighed.packs,
        available = weighed.packs
    FROM weighed WHERE lots.id = weighed.id
    RETURNING lots.received
""")


def receive_lots(
    session: Session, lots: Sequence[NewLot], *, may_fill_later: bool = False
) -> dict[str, int]:
    """Put harvests on the shelf with what each household gave; return lot ids by code.

    A lot that may be filled later is allowed to hold nothing yet.
    Raises `InvalidError` kinds for unknown SKUs, missing batch certificates and contributions
    that do not add up; nothing of the batch is written then.
    """
    skus = _skus_of(session, lots)
    for lot in lots:
        if may_fill_later and lot.quantity == 0 and not lot.contributions:
            continue
        sku = skus[lot.sku_id]
        rules.check_new_lot(
            lot, net_weight_g=sku.net_weight_g, needs_certificate=sku.needs_batch_certificate
        )
    rows = session.execute(
        insert(Lot).returning(Lot.id, Lot.code),
        [_lot_values(lot, skus[lot.sku_id].seller_code) for lot in lots],
    )
    ids = {row.code: row.id for row in rows}
    _write_contributions(session, lots, ids)
    moved = [
        {
            "lot_id": ids[lot.code],
            "kind": MovementKind.RECEIVED,
            "quantity": lot.quantity,
            "order_line_id": None,
            "at": lot.received_at,
        }
        for lot in lots
        if lot.quantity
    ]
    if moved:
        session.execute(insert(StockMovement), moved)
    return ids


def _lot_values(lot: NewLot, seller_code: str) -> dict[str, object]:
    return {
        "code": lot.code,
        "sku_id": lot.sku_id,
        "seller_code": seller_code,
        "village_code": lot.village_code,
        "harvested_on": lot.harvested_on,
        "best_before": lot.best_before,
        "batch_certificate_number": lot.batch_certificate_number,
        "weight_g": sum(grams for _, grams, _ in lot.contributions),
        "received": lot.quantity,
        "available": lot.quantity,
        "received_at": lot.received_at,
        "is_sample": lot.is_sample,
    }


def _write_contributions(
    session: Session, lots: Sequence[NewLot], ids: Mapping[str, int]
) -> None:
    contributions = [
        {
            "lot_id": ids[lot.code],
            "household_id": household_id,
            "weight_g": weight_g,
            "grade_percent": grade_percent,
        }
        for lot in lots
        for household_id, weight_g, grade_percent in lot.contributions
    ]
    if contributions:
        session.execute(insert(LotContribution), contributions)


@dataclass(frozen=True, slots=True)
class _SkuFacts:
    net_weight_g: int
    needs_batch_certificate: bool
    seller_code: str


def _skus_of(session: Session, lots: Sequence[NewLot]) -> dict[int, _SkuFacts]:
    wanted = {lot.sku_id for lot in lots}
    rows = session.execute(
        select(Sku.id, Sku.net_weight_g, Product.needs_batch_certificate, Product.seller_code)
        .join(Product, Product.code == Sku.product_code)
        .where(Sku.id.in_(wanted))
    ).all()
    found = {row.id: _SkuFacts(row[1], row[2], row[3]) for row in rows}
    if missing := wanted - found.keys():
        raise InvalidError("sku_unknown", f"no SKU {min(missing)}")
    return found


def open_lot(session: Session, lot: EmptyLot) -> str:
    """Open a lot into which deliveries are weighed one by one; return its code.

    The code is made of the SKU and the day, numbered on from the second lot of a day. Raises
    what `plan_lot` raises.
    """
    planned = plan_lot(session, lot)
    session.execute(
        insert(Lot).from_select(
            [
                *("code", "sku_id", "seller_code", "village_code", "harvested_on"),
                *("best_before", "batch_certificate_number", "weight_g", "received"),
                *("available", "received_at"),
            ],
            select(
                literal(planned.code),
                Sku.id,
                Product.seller_code,
                Product.origin_village_code,
                literal(lot.harvested_on, Date),
                literal(planned.best_before, Date),
                literal(lot.batch_certificate_number or None, Text),
                literal(0),
                literal(0),
                literal(0),
                literal(lot.opened_at, UtcDateTime()),
            )
            .join(Product, Product.code == Sku.product_code)
            .where(Sku.code == lot.sku_code),
        )
    )
    return planned.code


def plan_lot(session: Session, lot: EmptyLot) -> ReceivingLot:
    """Return the lot that would be opened, which has no number yet; locks its SKU.

    Raises `NotFoundError` for an SKU that is not the seller's, `InvalidError` for goods that
    are not sold by weight, a missing batch certificate, and a harvest past its last day.
    """
    sku = session.execute(
        select(
            Sku.product_code,
            Sku.net_weight_g,
            Product.needs_batch_certificate,
            Product.shelf_life_days,
        )
        .join(Product, Product.code == Sku.product_code)
        .where(Sku.code == lot.sku_code, Product.seller_code == lot.seller_code)
        .with_for_update(of=Sku, key_share=True)
    ).one_or_none()
    if sku is None:
        raise SkuNotFoundError(lot.sku_code)
    best_before = rules.check_empty_lot(
        lot,
        net_weight_g=sku.net_weight_g,
        needs_certificate=sku.needs_batch_certificate,
        shelf_life_days=sku.shelf_life_days,
    )
    return ReceivingLot(
        lot_id=0,
        code=_free_code(session, f"{lot.sku_code}-{lot.harvested_on:%y%m%d}"),
        seller_code=lot.seller_code,
        product_code=sku.product_code,
        net_weight_g=sku.net_weight_g,
        weight_g=0,
        received=0,
        available=0,
        harvested_on=lot.harvested_on,
        best_before=best_before,
        is_quarantined=False,
    )


def _free_code(session: Session, first: str) -> str:
    """Return the first code of a day that no lot has; the locked SKU keeps others away."""
    taken = set(session.scalars(select(Lot.code).where(Lot.code.startswith(first))))
    numbered = (f"{first}-{number}" for number in count(2))
    return next(code for code in chain([first], numbered) if code not in taken)


def lock_receiving_lots(session: Session, codes: Collection[str]) -> dict[str, ReceivingLot]:
    """Lock lots that deliveries are to be added to and return them by code; two statements.

    Raises `LotNotFoundError` for a code that no lot has.
    """
    rows = session.execute(
        select(
            Lot.id,
            Lot.code,
            Lot.seller_code,
            Sku.product_code,
            Sku.net_weight_g,
            Lot.weight_g,
            Lot.received,
            Lot.available,
            Lot.harvested_on,
            Lot.best_before,
            Lot.quarantined_at.is_not(None),
        )
        .join(Sku, Sku.id == Lot.sku_id)
        .where(Lot.code.in_(codes))
        .order_by(Lot.id)
        .with_for_update(of=Lot)
    )
    found = {row[1]: fill(ReceivingLot, row) for row in rows}
    if missing := set(codes) - found.keys():
        raise LotNotFoundError(min(missing))
    return found


def add_deliveries(session: Session, deliveries: Sequence[Delivered]) -> dict[int, int]:
    """Add deliveries to locked lots and return how many packs each lot has now, by lot id.

    Whole packs are put on the shelf; grams that do not fill one stay in the lot. Raises
    `ConflictError` `contribution_other_grade` for a household whose earlier delivery to the
    lot was of another grade: such goods belong into a lot of their own.
    """
    rules.check_grades([*_given_before(session, deliveries), *deliveries])
    rows = session.execute(
        ADD,
        {
            "lots": [one.lot_id for one in deliveries],
            "households": [one.household_id for one in deliveries],
            "weights": [one.weight_g for one in deliveries],
            "grades": [one.grade_percent for one in deliveries],
            "moments": [one.at for one in deliveries],
        },
    )
    return {row.id: row.received for row in rows}


def _given_before(session: Session, deliveries: Sequence[Delivered]) -> list[Delivered]:
    rows = session.execute(
        select(
            LotContribution.lot_id,
            LotContribution.household_id,
            LotContribution.weight_g,
            LotContribution.grade_percent,
        ).where(
            LotContribution.lot_id.in_({one.lot_id for one in deliveries}),
            LotContribution.household_id.in_({one.household_id for one in deliveries}),
        )
    )
    at = deliveries[0].at
    return [
        Delivered(lot_id=lot, household_id=who, weight_g=grams, grade_percent=grade, at=at)
        for lot, who, grams, grade in rows
    ]


def take_back_delivery(session: Session, delivery: Delivered) -> int:
    """Take a delivery out of a locked lot again and return how many packs are left."""
    packs = session.execute(
        TAKE_BACK,
        {
            "lot": delivery.lot_id,
            "household": delivery.household_id,
            "weight_g": delivery.weight_g,
            "at": delivery.at,
        },
    ).scalar_one()
    return int(packs)
