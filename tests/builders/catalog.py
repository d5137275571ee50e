"""Short builders of products, SKUs, certificates and lots.

Everything a row needs is made on the way and only once: the same code names the same row.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from catalog import service
from catalog.models import (
    Category,
    Certificate,
    CertificateType,
    Product,
    Sku,
    StorageClass,
    TransitLimit,
    TransitTime,
)
from catalog.values import NewLot, ProductState, RecognitionStatus
from tests.builders.places import (
    DISTRICT,
    TOWNSHIP,
    VILLAGE,
    a_household,
    a_place,
    a_seller,
    once,
)

NOON = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
"""Twelve o'clock in Shanghai on the first of June."""
TODAY = date(2026, 6, 1)
ALL_YEAR = tuple(range(1, 13))
NUMBERS = count(1)


def a_category(session: Session, code: str = "tea", **changes: Any) -> str:
    """Make a category."""
    values = {
        "code": code,
        "name": f"类{code}",
        "name_en": code.title(),
        "sort_order": 1,
        "shelf_code": code,
        "lineage": [code],
    }
    return once(session, Category, values | changes, key="code")


def a_storage_class(session: Session, code: str = "COOL", **changes: Any) -> str:
    """Make a storage class; codes of chilled and frozen goods need the cold chain."""
    is_cold = code.startswith(("CHILL", "FROZEN", "ICED"))
    values = {
        "code": code,
        "name": f"存{code}",
        "name_en": code.title(),
        "min_centi_celsius": 0,
        "max_centi_celsius": 400 if is_cold else 2000,
        "needs_cold_chain": is_cold,
    }
    return once(session, StorageClass, values | changes, key="code")


def a_product(session: Session, code: str | None = None, **changes: Any) -> str:
    """Make a listed product in season all year; return its code."""
    code = code or f"X{next(NUMBERS):04}"
    values: dict[str, Any] = {
        "code": code,
        "seller_code": changes.pop("seller_code", None) or a_seller(session),
        "category_code": a_category(session, changes.pop("category_code", "tea")),
        "name": f"商品{code}",
        "name_en": f"Product {code}",
        "brand": "",
        "description": f"{code}的说明。",
        "origin_district_code": DISTRICT,
        "origin_township_code": TOWNSHIP,
        "origin_village_code": VILLAGE,
        "storage_code": a_storage_class(session, changes.pop("storage_code", "COOL")),
        "season_months": list(ALL_YEAR),
        "is_year_round": True,
        "needs_batch_certificate": False,
        "is_food": True,
        "recognition_status": RecognitionStatus.NONE,
        "picture": "green-tea",
        "state": ProductState.LISTED,
        "listed_at": NOON - timedelta(days=30),
    }
    values |= changes
    for place in ("origin_district_code", "origin_township_code", "origin_village_code"):
        if values[place]:
            a_place(session, values[place])
    return once(session, Product, values, key="code")


def a_sku(session: Session, product_code: str | None = None, **changes: Any) -> Sku:
    """Make an SKU on sale: 500 g for 50.00 yuan, of a new product unless one is named."""
    product_code = product_code or a_product(session)
    values: dict[str, Any] = {
        "code": f"{product_code}-{next(NUMBERS)}",
        "product_code": product_code,
        "spec": "500g/袋",
        "net_weight_g": 500,
        "price_minor": 5_000,
    }
    sku = Sku(**(values | changes))
    session.add(sku)
    session.flush()
    return sku


def a_lot(
    session: Session,
    sku: Sku | None = None,
    *,
    on_hand: int = 10,
    households: int | Mapping[str, int] = 0,
    at: datetime = NOON,
    **changes: Any,
) -> str:
    """Receive a lot of so many packs; return its code.

    `households` is how many share it evenly, or grams by household.
    """
    sku = sku or a_sku(session)
    values: dict[str, Any] = {
        "code": f"L{next(NUMBERS):05}",
        "sku_id": sku.id,
        "quantity": on_hand,
        "harvested_on": TODAY - timedelta(days=3),
        "best_before": TODAY + timedelta(days=30),
        "village_code": a_place(session, VILLAGE),
        "batch_certificate_number": None,
        "received_at": at - timedelta(days=1),
        "contributions": _contributions(session, households, on_hand * sku.net_weight_g),
    }
    lot = NewLot(**(values | changes))
    service.receive_lots(session, [lot])
    return lot.code


def a_certificate(session: Session, product_code: str, **changes: Any) -> None:
    """Make a certificate of a product, valid over 2026 unless changed."""
    values: dict[str, Any] = {
        "type_code": "ORGANIC",
        "number": f"证-{next(NUMBERS)}",
        "product_code": product_code,
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2026, 12, 31),
    }
    values |= changes
    code = values["type_code"]
    kind = {"code": code, "name": f"证{code}", "name_en": code.title(), "is_per_lot": False}
    once(session, CertificateType, kind, key="code")
    session.add(Certificate(**values))
    session.flush()


def a_transit_limit(session: Session, hours: int, **of: str) -> None:
    """Let a product or a storage class be on its way for so many hours at most."""
    session.add(TransitLimit(hours=hours, valid_from=date(2020, 1, 1), basis="test", **of))
    session.flush()


def a_way(session: Session, hours: int, province: str, city: str = "") -> None:
    """Make the way to a province, or to one city of it, take so many hours."""
    session.add(
        TransitTime(
            province=province,
            city=city,
            hours=hours,
            valid_from=date(2020, 1, 1),
            source="test",
        )
    )
    session.flush()


def _contributions(
    session: Session, households: int | Mapping[str, int], weight_g: int
) -> tuple[tuple[str, int, int], ...]:
    if isinstance(households, int):
        if not households:
            return ()
        share, rest = divmod(weight_g, households)
        households = {
            f"HX{index:04}": share + (rest if index == 0 else 0) for index in range(households)
        }
    for household_id in households:
        a_household(session, household_id)
    return tuple((household_id, grams, 100) for household_id, grams in households.items())
