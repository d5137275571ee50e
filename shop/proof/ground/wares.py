"""Goods that runs put on the shelf: lots of a chosen size, filled by the same households."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import Date, bindparam, text
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.listing.sellable import sellable_lot
from catalog.values import NewLot
from kernel import clock
from kernel.clock import local_date
from kernel.money import allot
from kernel.orm import UtcDateTime
from shop.proof.ground.databases import engine_on

WARES = text(
    f"""
    SELECT DISTINCT ON (product.seller_code, sku.id) sku.id, sku.code, product.seller_code,
        sku.net_weight_g, lot.id AS lot_id, lot.village_code
    FROM lots lot
    JOIN skus sku ON sku.id = lot.sku_id
    JOIN products product ON product.code = sku.product_code
    WHERE {sellable_lot("lot", "product")} AND sku.is_on_sale AND product.state = 'listed'
        AND EXISTS (SELECT FROM lot_contributions given WHERE given.lot_id = lot.id)
        AND (:storage = '' OR product.storage_code = :storage)
    ORDER BY product.seller_code, sku.id, lot.id
    """  # noqa: S608 -- assembled from constants
).bindparams(bindparam("at", type_=UtcDateTime()), bindparam("today", type_=Date))

GIVEN = text(
    "SELECT household_id, weight_g, grade_percent FROM lot_contributions"
    " WHERE lot_id = :lot_id ORDER BY household_id"
)

OTHERS = text(
    "SELECT code FROM lots WHERE sku_id = :sku_id AND quarantined_at IS NULL AND available > 0"
)


@dataclass(frozen=True, slots=True)
class Ware:
    """One SKU with the lot whose households fill its next ones."""

    sku_id: int
    sku: str
    seller: str
    weight_g: int
    lot_id: int
    village_code: str | None


def list_wares(session: Session, *, at: datetime, storage: str = "") -> list[Ware]:
    """Return the SKUs that households filled a lot of and that are on sale now."""
    rows = session.execute(WARES, {"at": at, "today": local_date(at), "storage": storage})
    return [Ware(*row) for row in rows]


def shelve(session: Session, ware: Ware, packs: int, *, code: str, at: datetime) -> int:
    """Make a lot of so many packs the only one of its SKU that is sold; return its id."""
    for (other,) in session.execute(OTHERS, {"sku_id": ware.sku_id}).all():
        catalog.quarantine(session, other, at=at)
    ids = catalog.receive_lots(session, [_new_lot(session, ware, packs, code=code, at=at)])
    return ids[code]


def shelve_all(session: Session, wares: Sequence[Ware], packs: int, *, at: datetime) -> None:
    """Make a lot of so many packs the only one of each SKU."""
    for ware in wares:
        shelve(session, ware, packs, code=f"PROOF-{ware.sku}", at=at)


def prepare(url: str, *, kinds: int, packs: int, storage: str = "") -> list[str]:
    """Make a lot of so many packs the only one of each of so many SKUs; return their codes."""
    with engine_on(url) as engine, Session(engine) as session, session.begin():
        at = clock.now()
        chosen = list_wares(session, at=at, storage=storage)[:kinds]
        shelve_all(session, chosen, packs, at=at)
    return [ware.sku for ware in chosen]


def draw(chance: Random, skus: Sequence[str], *, kinds: int, packs: int) -> dict[str, int]:
    """Return a basket of up to so many kinds of goods, up to so many packs of each."""
    chosen = chance.sample(skus, chance.randint(1, kinds))
    return {sku: chance.randint(1, packs) for sku in chosen}


def _new_lot(session: Session, ware: Ware, packs: int, *, code: str, at: datetime) -> NewLot:
    given = session.execute(GIVEN, {"lot_id": ware.lot_id}).all()
    grams = allot(
        packs * ware.weight_g, [(household, weight) for household, weight, _ in given]
    )
    today = local_date(at)
    return NewLot(
        code=code,
        sku_id=ware.sku_id,
        quantity=packs,
        harvested_on=today,
        best_before=today + timedelta(days=30),
        village_code=ware.village_code,
        batch_certificate_number=f"PROOF-{code}",
        received_at=at - timedelta(minutes=1),
        contributions=tuple(
            (household, grams[household], grade)
            for household, _, grade in given
            if grams[household]
        ),
        is_sample=True,
    )
