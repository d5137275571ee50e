"""Writes the tree of categories, what can be said of goods, and what the sample says."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.listing.changes import get_change
from catalog.values import SkuPlan
from kernel.pictures import squares
from shop.sample import tables
from shop.sample.checks import Files
from shop.sample.reading import Fault
from shop.sample.tables import Change, Row
from supplier_portal.listing_forms import PHOTO_WIDTHS

WRITER = "sample"
PICTURES = Path(__file__).parents[2] / "static" / "img" / "kinds"
WRITTEN: Final[tuple[tuple[str, str | None, str, dict[str, Any]], ...]] = (
    (
        "C19",
        None,
        "honey",
        {
            "name": "后坪椴树蜜(样例)",
            "name_en": "Houping linden honey",
            "category_code": "honey",
            "kind_code": "liquidhoney",
            "brand": "寻味武隆",
            "description": "六月椴树花期取一次，中蜂，未加热，结晶细。",
            "story": "<p>后坪的林子里，六月前后开十来天椴树花。</p>",
            "district_code": "500156",
            "storage_code": "COOL",
            "shelf_life_days": 730,
            "season_months": (7, 8, 9),
            "attributes": {"processing": "simple"},
            "skus": (
                SkuPlan(spec="500g/瓶", pack="玻璃瓶", net_weight_g=500, price_minor=13_800),
            ),
        },
    ),
    (
        "C02",
        "P001",
        "",
        {
            "story": "<p>白马山天尺坪，海拔一千三百米，清明前后手采一芽一叶。</p>"
            "<p>全发酵后足火提香，当天的鲜叶当天做完。</p>",
        },
    ),
)
"""Seller, product or none, the drawing that stands for a photo, and what they write."""


def find_faults(files: Files) -> list[Fault]:
    """Return everything amiss in the tree, and products of which something unfit is said."""
    return [*_tree(files), *_attributes(files), *_listings(files)]


def load_reference(session: Session, files: Files) -> list[Change]:
    """Write the tree of categories and the attributes with their words."""
    rows: dict[str, list[Row]] = {
        "attribute_choices": [
            {
                "attribute_code": one.code,
                "code": code,
                "name": name,
                "name_en": name_en,
                "sort_order": place,
            }
            for one in files.attributes
            for place, (code, name, name_en) in enumerate(one.choices, start=1)
        ],
        "category_attributes": [
            {"category_code": category, "attribute_code": one.code}
            for one in files.attributes
            for category in one.categories
        ],
    }
    attributes = [
        {"code": one.code, "name": one.zh, "name_en": one.en, "sort_order": place}
        for place, one in enumerate(files.attributes, start=1)
    ]
    by_attribute = ["attribute_code", "code"], ["category_code", "attribute_code"]
    return [
        tables.put(session, "categories", list(_categories(files)), key=["code"]),
        tables.put(session, "attributes", attributes, key=["code"]),
        *(
            tables.put(session, name, rows[name], key=key)
            for name, key in zip(rows, by_attribute, strict=True)
        ),
    ]


def put_series(session: Session, files: Files) -> Change:
    """Write the series of sample goods."""
    sellers = {product.id: product.producer_id for product in files.products}
    named = {
        (sellers[row.product], row.series): row.series_en
        for row in files.listings
        if row.series
    }
    rows: list[Row] = [
        {"seller_code": seller, "name": name, "name_en": name_en}
        for (seller, name), name_en in named.items()
    ]
    return tables.put(session, "series", rows, key=["seller_code", "name"])


def facts_of(session: Session, files: Files) -> Mapping[str, dict[str, Any]]:
    """Return kind, series and attributes of every sample product, by code."""
    series = tables.table("series")
    ids = {
        (seller, name): number
        for number, seller, name in session.execute(
            select(series.c.id, series.c.seller_code, series.c.name)
        )
    }
    said = {row.product: row for row in files.listings}
    facts = {}
    for product in files.products:
        row = said.get(product.id)
        facts[product.id] = {
            "kind_code": row.kind if row else None,
            "series_id": ids[product.producer_id, row.series] if row and row.series else None,
            "attributes": row.attributes if row else {},
        }
    return facts


def load_changes(session: Session, *, at: datetime) -> None:
    """Write what sample sellers want of their pages: one new product, one page told better."""
    changes = tables.table("product_changes")
    if session.execute(select(changes.c.id).limit(1)).first() is not None:
        return
    for seller, product, picture, said in WRITTEN:
        number = catalog.begin_change(session, seller, product, actor=WRITER, at=at)
        plan = replace(get_change(session, number).head.plan, **said)
        if picture:
            with Image.open(PICTURES / f"{picture}-480.webp") as drawn:
                copies = squares(drawn.convert("RGB"), PHOTO_WIDTHS)
            stem = catalog.keep_photo(session, seller, copies, at=at)
            plan = replace(plan, photos=(stem,))
        catalog.write_change(session, number, plan, seller_code=seller, at=at)
        catalog.submit_change(session, number, seller_code=seller, actor=WRITER, at=at)


def _categories(files: Files) -> Iterator[Row]:
    lineages = _lineages(files)
    for category in files.categories:
        lineage = lineages[category.code]
        yield {
            "code": category.code,
            "name": category.zh,
            "name_en": category.en,
            "sort_order": category.sort_order,
            "parent_code": category.parent,
            "shelf_code": lineage[0],
            "lineage": lineage,
            "raw_needs_certificate": category.raw_needs_certificate,
            "is_refused": category.is_refused,
        }


def _lineages(files: Files) -> dict[str, list[str]]:
    """Return the codes from the shelf down to each category; parents stand before children."""
    found: dict[str, list[str]] = {}
    for row in files.categories:
        found[row.code] = [*(found[row.parent] if row.parent else ()), row.code]
    return found


def _tree(files: Files) -> Iterator[Fault]:
    known: set[str] = set()
    for number, row in files.categories.numbered:
        if row.parent is not None and row.parent not in known:
            yield files.categories.fault(number, "parent", "stands below or is unknown")
        known.add(row.code)


def _attributes(files: Files) -> Iterator[Fault]:
    known = {row.code for row in files.categories}
    for number, row in files.attributes.numbered:
        for code in row.categories:
            if code not in known:
                yield files.attributes.fault(number, "categories", f"{code} is unknown")


def _listings(files: Files) -> Iterator[Fault]:
    shelves = {product.id: product.category for product in files.products}
    parents = {row.code: row.parent for row in files.categories}
    words = {row.code: {code for code, _, _ in row.choices} for row in files.attributes}
    allowed = {row.code: set(row.categories) for row in files.attributes}
    for number, row in files.listings.numbered:
        wrong = files.listings.fault
        above = _above(row.kind or shelves.get(row.product), parents)
        if shelves.get(row.product) not in above:
            yield wrong(number, "kind", f"{row.kind} stands on another shelf or is unknown")
        for attribute, choice in row.attributes.items():
            if choice not in words.get(attribute, ()) or not allowed[attribute] & above:
                yield wrong(number, "attributes", f"{attribute} {choice} does not fit")


def _above(code: str | None, parents: Mapping[str, str | None]) -> set[str]:
    """Return a category with everything above it."""
    found: set[str] = set()
    while code is not None and code not in found and code in parents:
        found.add(code)
        code = parents[code]
    return found
