"""Writes the tree of categories, what can be said of goods, and what the sample says."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.sample import tables
from shop.sample.checks import Files
from shop.sample.reading import Fault
from shop.sample.tables import Change, Row


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
