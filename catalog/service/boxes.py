"""Commands on gift boxes a seller puts together out of their own goods."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from catalog import rules
from catalog.errors import SkuNotFoundError
from catalog.models import BundlePart, Product, Sku, StorageClass
from catalog.service.offers import set_bundle
from catalog.service.refused import refuse_words
from catalog.values import BoxPlan, ProductState, RecognitionStatus

CATEGORY = "gift"
CODE_BYTES = 4


def make_box(
    session: Session, plan: BoxPlan, *, seller_code: str, at: datetime, code: str = ""
) -> str:
    """List a gift box and return its SKU code; without a code every call makes another one.

    Raises `SkuNotFoundError` for a part that is not the seller's or not on sale, and whatever
    `set_bundle` refuses.
    """
    refuse_words(session, plan.name, at=at)
    parts = _parts(session, plan, seller_code)
    code = code or f"BOX-{seller_code}-{secrets.token_hex(CODE_BYTES).upper()}"
    session.execute(
        insert(Product).values(
            code=code,
            seller_code=seller_code,
            category_code=CATEGORY,
            brand="",
            needs_batch_certificate=False,
            recognition_status=RecognitionStatus.NONE,
            details={},
            state=ProductState.LISTED,
            listed_at=at,
            is_sample=plan.is_sample,
            **_told(plan),
            **_gathered(parts),
        )
    )
    sku_code = f"{code}-1"
    session.execute(
        insert(Sku).values(
            code=sku_code,
            product_code=code,
            spec=plan.spec,
            net_weight_g=_weight(plan, parts),
            price_minor=plan.price_minor,
            is_on_sale=plan.is_on_sale,
        )
    )
    set_bundle(session, sku_code, plan.parts, seller_code=seller_code)
    return sku_code


def change_box(
    session: Session, sku_code: str, plan: BoxPlan, *, seller_code: str, at: datetime
) -> None:
    """Write a gift box anew; orders that were placed keep what was in it.

    Raises `SkuNotFoundError` for what is no gift box of the seller.
    """
    product_code = session.scalar(
        select(Sku.product_code)
        .join(Product, Product.code == Sku.product_code)
        .where(
            Sku.code == sku_code,
            Product.seller_code == seller_code,
            Sku.id.in_(select(BundlePart.bundle_sku_id)),
        )
        .with_for_update(of=Sku)
    )
    if product_code is None:
        raise SkuNotFoundError(sku_code)
    refuse_words(session, plan.name, at=at)
    parts = _parts(session, plan, seller_code)
    session.execute(
        update(Product)
        .where(Product.code == product_code)
        .values(**_told(plan), **_gathered(parts))
    )
    session.execute(
        update(Sku)
        .where(Sku.code == sku_code)
        .values(
            spec=plan.spec,
            net_weight_g=_weight(plan, parts),
            price_minor=plan.price_minor,
            is_on_sale=plan.is_on_sale,
        )
    )
    set_bundle(session, sku_code, plan.parts, seller_code=seller_code)


def _parts(
    session: Session, plan: BoxPlan, seller_code: str
) -> Sequence[Row[*tuple[Any, ...]]]:
    rules.check_box(plan)
    found = session.execute(
        select(
            Sku.code,
            Sku.net_weight_g,
            Product.origin_district_code,
            Product.origin_township_code,
            Product.origin_village_code,
            Product.storage_code,
            Product.season_months,
            Product.is_year_round,
            Product.is_food,
            StorageClass.needs_cold_chain,
            StorageClass.min_centi_celsius,
        )
        .join(Product, Product.code == Sku.product_code)
        .join(StorageClass, StorageClass.code == Product.storage_code)
        .where(
            Sku.code.in_(plan.parts),
            Sku.is_on_sale,
            Product.seller_code == seller_code,
            Product.state == ProductState.LISTED,
        )
        .order_by(Sku.code)
    ).all()
    if missing := sorted(set(plan.parts) - {row.code for row in found}):
        raise SkuNotFoundError(missing[0])
    return found


def _told(plan: BoxPlan) -> dict[str, Any]:
    return {
        "name": plan.name,
        "name_en": plan.name_en,
        "description": plan.description,
        "picture": plan.picture,
    }


def _weight(plan: BoxPlan, parts: Sequence[Row[*tuple[Any, ...]]]) -> int:
    return sum(int(row.net_weight_g) * plan.parts[row.code] for row in parts)


def _gathered(parts: Sequence[Row[*tuple[Any, ...]]]) -> dict[str, Any]:
    """Return what a box takes over from its parts: place, cold and season.

    Each part travels as its own line and keeps its own limits; this is what the page tells.
    """
    coldest = min(
        parts, key=lambda row: (not row.needs_cold_chain, row.min_centi_celsius or 0, row.code)
    )
    seasons = [
        set(range(1, 13)) if row.is_year_round else set(row.season_months) for row in parts
    ]
    months = sorted(set.intersection(*seasons))
    return {
        "origin_district_code": parts[0].origin_district_code,
        "origin_township_code": _same([row.origin_township_code for row in parts]),
        "origin_village_code": _same([row.origin_village_code for row in parts]),
        "storage_code": coldest.storage_code,
        "season_months": months,
        "is_year_round": all(row.is_year_round for row in parts),
        "is_food": any(row.is_food for row in parts),
    }


def _same(codes: Sequence[str | None]) -> str | None:
    return codes[0] if len(set(codes)) == 1 else None
