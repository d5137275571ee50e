"""Commands on tiers and gift boxes of a seller's own SKUs."""

from collections.abc import Mapping

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from catalog import rules
from catalog.errors import SkuNotFoundError
from catalog.models import BundlePart, Lot, PriceTier, Product, Sku
from kernel.errors import ConflictError, InvalidError


def set_tiers(
    session: Session, sku_code: str, tiers: Mapping[int, int], *, seller_code: str
) -> None:
    """Set what a pack costs from so many packs on; no tiers takes them all away.

    Raises `SkuNotFoundError` for an unknown SKU and for somebody else's alike, `InvalidError`
    for tiers that do not become cheaper with the quantity.
    """
    sku = session.execute(
        select(Sku.id, Sku.price_minor)
        .join(Product, Product.code == Sku.product_code)
        .where(Sku.code == sku_code, Product.seller_code == seller_code)
        .with_for_update(of=Sku)
    ).one_or_none()
    if sku is None:
        raise SkuNotFoundError(sku_code)
    rules.check_tiers(tiers, price_minor=sku.price_minor)
    session.execute(delete(PriceTier).where(PriceTier.sku_id == sku.id))
    if tiers:
        session.execute(
            insert(PriceTier).values(
                [
                    {"sku_id": sku.id, "from_quantity": quantity, "price_minor": minor}
                    for quantity, minor in sorted(tiers.items())
                ]
            )
        )


def set_bundle(
    session: Session, sku_code: str, parts: Mapping[str, int], *, seller_code: str
) -> None:
    """Say which other SKUs of the same seller, and how many of each, a gift box holds.

    A box has no lots of its own: its stock is what its parts have. Raises `InvalidError` for a
    box in a box and for one that costs more than its parts, `ConflictError` for an SKU with
    lots.
    """
    rows = session.execute(
        select(Sku.code, Sku.id, Sku.price_minor)
        .join(Product, Product.code == Sku.product_code)
        .where(Sku.code.in_([sku_code, *parts]), Product.seller_code == seller_code)
        .order_by(Sku.id)
        .with_for_update(of=Sku)
    )
    known = {row.code: row for row in rows}
    if missing := sorted({sku_code, *parts} - known.keys()):
        raise SkuNotFoundError(missing[0])
    ids = {code: row.id for code, row in known.items()}
    if session.scalar(select(Lot.id).where(Lot.sku_id == ids[sku_code]).limit(1)):
        raise ConflictError("bundle_has_lots", f"{sku_code} has lots of its own")
    inner = [ids[code] for code in parts]
    nested = select(BundlePart.sku_id).where(
        BundlePart.bundle_sku_id.in_(inner) | (BundlePart.sku_id == ids[sku_code])
    )
    if session.scalar(nested.limit(1)):
        raise InvalidError("bundle_in_bundle", "a gift box holds no gift box")
    worth = sum(known[code].price_minor * count for code, count in parts.items())
    rules.check_bundle(parts, worth_minor=worth, price_minor=known[sku_code].price_minor)
    session.execute(delete(BundlePart).where(BundlePart.bundle_sku_id == ids[sku_code]))
    session.execute(
        insert(BundlePart).values(
            [
                {"bundle_sku_id": ids[sku_code], "sku_id": ids[code], "quantity": count}
                for code, count in sorted(parts.items())
            ]
        )
    )
