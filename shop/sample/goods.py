"""Writes the products of the sample catalogue with their SKUs and certificates."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy.orm import Session

from catalog.values import ProductState, RecognitionStatus, SaleUnit
from kernel.clock import at_local_midnight
from shop.sample import listings, market, tables
from shop.sample.checks import Files
from shop.sample.organisations import NOT_ON_SALE
from shop.sample.reference import centi, put_limits
from shop.sample.schemas_goods import ProductEntry
from shop.sample.tables import Change, Row

OPENED_ON: Final = date(2025, 1, 2)
"""The day on which the products of the sample were listed."""
FIRST_CERTIFICATE: Final = date(2024, 3, 1)
SPREAD_DAYS: Final = 300
"""Certificates begin on different days so that they do not all end at once."""

SHOWN_FACTS: Final = (
    "harvest_months",
    "traceability",
    "pre_cool_hours",
    "food_use_allowed",
    "bundle",
    "presale",
    "net_unit",
    "note_832",
    "multi_zone",
)


def load(session: Session, files: Files, *, today: date) -> list[Change]:
    """Write products, SKUs and the certificates that hold for a product."""
    return [
        listings.put_series(session, files),
        tables.put(session, "products", list(_products(session, files)), key=["code"]),
        tables.put(session, "skus", list(_skus(files)), key=["code"]),
        tables.put(
            session,
            "certificates",
            list(_certificates(files, today=today)),
            key=["product_code", "type_code", "number", "valid_from"],
        ),
        put_limits(
            session,
            "product_code",
            {product.id: product.max_transit_hours for product in files.products},
        ),
    ]


def _products(session: Session, files: Files) -> Iterator[Row]:
    listed_at = at_local_midnight(OPENED_ON)
    told = listings.facts_of(session, files)
    for product in files.products:
        yield _product(product, files.pictures[product.id], listed_at) | told[product.id]


def _product(product: ProductEntry, picture: str, listed_at: datetime) -> Row:
    recognition = product.assist
    is_listed = recognition.status not in NOT_ON_SALE
    return {
        "code": product.id,
        "seller_code": product.producer_id,
        "category_code": product.category,
        "name": product.name,
        "name_en": product.name_en,
        "brand": product.brand,
        "description": product.description,
        "origin_district_code": product.origin.district_code,
        "origin_township_code": product.origin.township_code,
        "origin_village_code": product.origin.village_code,
        "storage_code": product.storage.class_,
        "min_centi_celsius": centi(product.storage.temp_min_c),
        "max_centi_celsius": centi(product.storage.temp_max_c),
        "shelf_life_days": product.shelf_life_days,
        "season_months": product.season_months,
        "is_year_round": product.year_round,
        "needs_batch_certificate": product.batch_certificate_required is not None,
        "is_food": product.is_food,
        "recognition_status": RecognitionStatus(recognition.status),
        "recognition_code": recognition.code,
        "recognition_from": recognition.valid_from,
        "recognition_to": recognition.valid_to,
        "details": _details(product),
        "picture": picture,
        "state": ProductState.LISTED if is_listed else ProductState.SUSPENDED,
        "listed_at": listed_at,
        "is_sample": True,
    }


def _details(product: ProductEntry) -> dict[str, Any]:
    facts = {name: getattr(product, name) for name in SHOWN_FACTS}
    facts["limit_profile"] = market.special_profile(product)
    return {
        **{name: fact for name, fact in facts.items() if fact is not None},
        "price_basis": msgspec.to_builtins(product.price_basis),
        "eligibility": product.eligibility,
    }


def _skus(files: Files) -> Iterator[Row]:
    for product in files.products:
        for position, sku in enumerate(product.skus, start=1):
            yield {
                "code": sku.sku,
                "product_code": product.id,
                "spec": sku.spec,
                "pack": sku.pack,
                "net_weight_g": sku.net_weight_g,
                "sale_unit": SaleUnit.PACK if sku.piece_min_g is None else SaleUnit.WEIGHT,
                "piece_min_g": sku.piece_min_g,
                "piece_max_g": sku.piece_max_g,
                "price_minor": sku.price_fen,
                "sort_order": position,
                "is_on_sale": True,
            }


def _certificates(files: Files, *, today: date) -> Iterator[Row]:
    years = {row.code: row.valid_years for row in files.certificate_types}
    for position, product in enumerate(files.products):
        begins = FIRST_CERTIFICATE + timedelta(
            days=position * SPREAD_DAYS // len(files.products)
        )
        for certificate in product.certificates:
            if certificate.scope == "batch":
                continue
            for valid_from, valid_to in _periods(begins, years[certificate.type], today):
                yield {
                    "type_code": certificate.type,
                    "number": certificate.number,
                    "product_code": product.id,
                    "lot_id": None,
                    "valid_from": valid_from,
                    "valid_to": valid_to,
                    "is_sample": True,
                }


def _periods(
    begins: date, years: int | None, today: date
) -> Iterator[tuple[date, date | None]]:
    """Return one period without end, or renewals one after the other until today is covered."""
    if years is None:
        yield begins, None
        return
    while begins <= today:
        follows = begins.replace(year=begins.year + years)
        yield begins, follows - timedelta(days=1)
        begins = follows
