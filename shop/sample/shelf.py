"""Receives the planned lots of the sample, with the certificates that each batch has."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.values import NewLot
from shop.sample import purchases, tables
from shop.sample.checks import Files
from shop.sample.harvests import PlannedLot
from shop.sample.purchases import PlannedReceipt
from shop.sample.tables import Row

AT_ONCE: Final = 200


def load(session: Session, files: Files, lots: Sequence[PlannedLot]) -> None:
    """Receive lots in the order of time, so that older ones have the smaller numbers."""
    goal = tables.table("skus")
    skus = {row.code: row.id for row in session.execute(select(goal.c.code, goal.c.id))}
    kinds = {
        product.id: [one.type for one in product.certificates if one.scope == "batch"]
        for product in files.products
    }
    for begin in range(0, len(lots), AT_ONCE):
        some = lots[begin : begin + AT_ONCE]
        new = [_new_lot(lot, skus[lot.good.sku]) for lot in some]
        ids = catalog.receive_lots(session, new, may_fill_later=True)
        certificates = [
            _certificate(lot, ids[lot.code], kind)
            for lot in some
            for kind in kinds[lot.good.product]
        ]
        tables.put(session, "certificates", certificates, key=["lot_id", "type_code"])
    _weigh(session, lots)


def _weigh(session: Session, lots: Sequence[PlannedLot]) -> None:
    """Buy what is bought of the lots, one cooperative after the other."""
    weighings: dict[str, list[tuple[str, datetime, PlannedReceipt]]] = defaultdict(list)
    for lot in lots:
        weighings[lot.good.seller] += [
            (lot.code, lot.received_at, planned) for planned in lot.bought
        ]
    for seller, planned in sorted(weighings.items()):
        if planned:
            purchases.weigh(session, seller, planned)


def _new_lot(lot: PlannedLot, sku_id: int) -> NewLot:
    return NewLot(
        code=lot.code,
        sku_id=sku_id,
        quantity=lot.quantity - lot.bought_packs,
        harvested_on=lot.harvested_on,
        best_before=lot.best_before,
        village_code=lot.village_code,
        batch_certificate_number=f"样例-CQHGZ-{lot.code}" if lot.needs_certificate else None,
        received_at=lot.received_at,
        contributions=lot.contributions,
        is_sample=True,
    )


def _certificate(lot: PlannedLot, lot_id: int, kind: str) -> Row:
    return {
        "type_code": kind,
        "number": f"样例-{kind}-{lot.code}",
        "product_code": None,
        "lot_id": lot_id,
        "valid_from": lot.harvested_on,
        "valid_to": None,
        "is_sample": True,
    }
