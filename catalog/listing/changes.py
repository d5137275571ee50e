"""Listings under way: what a seller wants a page to say, what it says, and every step."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, func, null, select, text
from sqlalchemy.orm import Session

from catalog.errors import ChangeNotFoundError, PhotoNotFoundError
from catalog.models import (
    Attribute,
    AttributeChoice,
    Category,
    CategoryAttribute,
    PhotoSize,
    ProductPhoto,
    StorageClass,
)
from catalog.values import ChangeState, ListingPlan, Taxonomy
from kernel.rows import fill_all


@dataclass(frozen=True, slots=True)
class Named:
    """A code with its names."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A district, a township or a village goods may come from."""

    code: str
    name: str
    pinyin: str | None
    level: str
    parent_code: str | None


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """An attribute with its words, and the categories it was given to."""

    code: str
    name: str
    name_en: str
    choices: tuple[Named, ...]
    categories: frozenset[str]


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category with the codes from its shelf down to itself."""

    code: str
    name: str
    name_en: str
    lineage: list[str]


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """One photo as it is sent."""

    body: bytes
    is_avif: bool
    is_public: bool


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of a change."""

    state: ChangeState
    actor: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A listing under way, in short."""

    id: int
    seller_code: str
    seller_name: str
    product_code: str | None
    state: ChangeState
    plan: ListingPlan
    changed_at: datetime
    submitted_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenedChange:
    """A listing under way with what buyers saw when it was begun, and its steps."""

    head: ChangeRow
    base: ListingPlan | None
    steps: Sequence[StepRow]


_SKUS = text("""
    SELECT s.code, coalesce(s.own_code, '') AS own_code, s.spec, s.pack, s.net_weight_g,
           s.sale_unit, s.piece_min_g, s.piece_max_g, s.price_minor
    FROM skus s WHERE s.product_code = :code AND s.is_on_sale
    ORDER BY s.sort_order, s.price_minor, s.code
""")

_PRODUCT = text("""
    SELECT p.name, p.name_en, p.category_code, coalesce(p.kind_code, '') AS kind_code,
           p.brand, coalesce(series.name, '') AS series, p.description, p.story,
           p.origin_district_code AS district_code,
           coalesce(p.origin_township_code, '') AS township_code,
           coalesce(p.origin_village_code, '') AS village_code, p.storage_code,
           p.shelf_life_days, p.season_months, p.is_year_round, p.is_food, p.attributes,
           p.photos
    FROM products p LEFT JOIN series ON series.id = p.series_id
    WHERE p.code = :code
""")

_HEADS = """
    SELECT change.id, change.seller_code, seller.name, change.product_code, change.state,
           change.plan, change.changed_at, change.submitted_at, change.base
    FROM product_changes change JOIN organisations seller ON seller.code = change.seller_code
"""

_OF_SELLER = text(
    _HEADS + "WHERE change.seller_code = :seller ORDER BY change.id DESC LIMIT 200"
)
_WAITING = text(
    _HEADS + "WHERE change.state = 'submitted' ORDER BY change.submitted_at LIMIT 200"
)
_ONE = text(
    _HEADS + "WHERE change.id = :id"
    " AND (CAST(:seller AS text) IS NULL OR change.seller_code = :seller)"
)
_PLACES = text("""
    SELECT code, short_name, pinyin, level, parent_code FROM regions
    WHERE level IN ('district', 'township', 'village') ORDER BY code
""")
_STEPS = text("""
    SELECT event.state, event.actor, event.at, event.note FROM product_change_events event
    WHERE event.change_id = :id ORDER BY event.id
""")


def get_taxonomy(session: Session) -> Taxonomy:
    """Return what listings may say; four statements."""
    words: defaultdict[str, set[str]] = defaultdict(set)
    given: defaultdict[str, set[str]] = defaultdict(set)
    for attribute, choice in session.execute(
        select(AttributeChoice.attribute_code, AttributeChoice.code)
    ):
        words[attribute].add(choice)
    for category, attribute in session.execute(
        select(CategoryAttribute.category_code, CategoryAttribute.attribute_code)
    ):
        given[category].add(attribute)
    lineages = session.execute(
        select(Category.code, Category.lineage).where(~Category.is_refused)
    )
    return Taxonomy(
        {code: tuple(lineage) for code, lineage in lineages},
        {code: frozenset(choices) for code, choices in words.items()},
        {code: frozenset(attributes) for code, attributes in given.items()},
        frozenset(session.scalars(select(StorageClass.code))),
    )


def list_categories(session: Session) -> list[CategoryRow]:
    """Return shelves and kinds, every kind after what it stands under."""
    found = session.execute(
        select(
            Category.code,
            Category.name,
            Category.name_en,
            Category.lineage,
            Category.sort_order,
        )
    ).all()
    order = {row.code: row.sort_order for row in found}
    rows = sorted(found, key=lambda row: [(order[code], code) for code in row.lineage])
    return fill_all(CategoryRow, [tuple(row)[:4] for row in rows])


def list_attributes(session: Session) -> list[AttributeRow]:
    """Return every attribute with its words; three statements."""
    choices: defaultdict[str, list[Named]] = defaultdict(list)
    given: defaultdict[str, set[str]] = defaultdict(set)
    for one in session.scalars(select(AttributeChoice).order_by(AttributeChoice.sort_order)):
        choices[one.attribute_code].append(Named(one.code, one.name, one.name_en))
    for link in session.scalars(select(CategoryAttribute)):
        given[link.attribute_code].add(link.category_code)
    return [
        AttributeRow(
            one.code,
            one.name,
            one.name_en,
            tuple(choices[one.code]),
            frozenset(given[one.code]),
        )
        for one in session.scalars(select(Attribute).order_by(Attribute.sort_order))
    ]


def list_places(session: Session) -> list[PlaceRow]:
    """Return districts, townships and villages, by code."""
    return fill_all(PlaceRow, session.execute(_PLACES))


def plan_of(session: Session, product_code: str) -> ListingPlan:
    """Return what a product's page says today, as its seller would write it."""
    product = session.execute(_PRODUCT, {"code": product_code}).mappings().one()
    packs = session.execute(_SKUS, {"code": product_code}).mappings().all()
    return read_plan({**product, "skus": [dict(pack) for pack in packs]})


def read_plan(kept: Mapping[str, Any]) -> ListingPlan:
    """Read a listing as it is kept."""
    return msgspec.convert(dict(kept), ListingPlan)


def list_of_seller(session: Session, seller_code: str) -> list[ChangeRow]:
    """Return the changes of a seller, the newest first."""
    return [_head(row) for row in session.execute(_OF_SELLER, {"seller": seller_code})]


def list_waiting(session: Session) -> list[ChangeRow]:
    """Return what waits for a decision, the longest first."""
    return [_head(row) for row in session.execute(_WAITING)]


def get_change(
    session: Session, change_id: int, *, seller_code: str | None = None
) -> OpenedChange:
    """Return one change; raises `ChangeNotFoundError`, also for that of another seller."""
    row = session.execute(_ONE, {"id": change_id, "seller": seller_code}).one_or_none()
    if row is None:
        raise ChangeNotFoundError(change_id)
    steps = [
        StepRow(ChangeState(state), actor, at, note)
        for state, actor, at, note in session.execute(_STEPS, {"id": change_id})
    ]
    base = row[-1]
    return OpenedChange(_head(row), read_plan(base) if base else None, steps)


def read_photo(
    session: Session,
    stem: str,
    pixels: int,
    *,
    seller_codes: Sequence[str] | None,
    is_wide: bool = False,
    takes_avif: bool = False,
) -> PhotoRow:
    """Return a photo in one width, or in the next it has: smaller ones before larger ones.

    A photo that was never cut wide is square. Those nobody approved are shown to their seller
    only, or with `seller_codes` None to reviewers. Raises `PhotoNotFoundError`.
    """
    found = session.execute(
        select(
            PhotoSize.webp,
            PhotoSize.avif if takes_avif else null(),
            ProductPhoto.is_public,
            ProductPhoto.seller_code,
        )
        .join(ProductPhoto, ProductPhoto.stem == PhotoSize.stem)
        .where(PhotoSize.stem == stem)
        .order_by(
            PhotoSize.is_wide != is_wide,
            PhotoSize.pixels > pixels,
            func.abs(PhotoSize.pixels - pixels),
        )
        .limit(1)
    ).one_or_none()
    if found is None:
        raise PhotoNotFoundError
    webp, avif, is_public, seller = found
    if not (is_public or seller_codes is None or seller in seller_codes):
        raise PhotoNotFoundError
    return PhotoRow(avif or webp, is_avif=avif is not None, is_public=is_public)


def _head(row: Row[*tuple[Any, ...]]) -> ChangeRow:
    number, seller, name, product, state, plan, changed_at, submitted_at, _ = row
    return ChangeRow(
        number,
        seller,
        name,
        product,
        ChangeState(state),
        read_plan(plan),
        changed_at,
        submitted_at,
    )
