"""What a shopper asks of a list of products, and the SQL fragments that answer it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    Boolean,
    Date,
    Integer,
    String,
    bindparam,
)

from catalog.listing.deals import BOX, BOXED_IN_STOCK, DEAL, PRICE
from catalog.listing.sellable import holds, presale_open, sellable_lot
from catalog.listing.transit import limit_hours
from kernel.clock import local_date
from kernel.orm import UtcDateTime


class Sort(StrEnum):
    """In which order products are listed."""

    RECOMMENDED = "recommended"
    """What there is now first, this season's before the rest; then what will come back."""
    NEWEST = "newest"
    PRICE_UP = "price"
    PRICE_DOWN = "-price"
    RELEVANCE = "relevance"
    """As `Filter.codes` has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which products are wanted; empty means all. Values of one facet are alternatives."""

    categories: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    """Townships of the district, or the district where a product's township is unknown."""
    storages: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    """Types of which the product itself holds a certificate that is valid today."""
    kinds: tuple[str, ...] = ()
    """Kinds of goods, each with all kinds below it."""
    villages: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    """Brands of the register for which the goods hold an authorisation that is valid today."""
    marks: tuple[str, ...] = ()
    """Lists on which the district stands where the goods come from; see `DistrictMark`."""
    tags: tuple[str, ...] = ()
    """Words of attributes as `attribute:word`; those of one attribute are alternatives."""
    series: int | None = None
    is_recognised: bool = False
    is_seasonal: bool = False
    """In season this month, and not all the year."""
    is_in_stock: bool = False
    is_cold: bool = False
    is_reachable: bool = False
    """Only what arrives in time where `way_hours` leads; without that, all."""
    way_hours: int | None = None
    """How long the way to the shopper takes; `ENDLESS` where nobody knows."""
    seller: str = ""
    min_minor: int | None = None
    max_minor: int | None = None
    """Bounds of what a pack of the cheapest SKU costs now, in fen, both included."""
    grams: int | None = None
    """What one of its packs weighs, net."""
    codes: tuple[str, ...] | None = None
    """Only these products, in the order of a search."""
    text: str = ""
    """A part of the name or brand, for the time no search index answers."""
    without: tuple[str, ...] = field(default=())
    """Products that stand on the page already."""


PRICE_STEPS = (3_000, 6_000, 10_000, 20_000)
"""Fen at which one band of prices ends and the next begins; the first is band 0."""

ENDLESS = 2**31 - 1
"""Hours of a way nobody knows: longer than anything may travel."""

IN_SEASON = "(p.is_year_round OR :month = ANY(p.season_months))"

SEASONAL = "(NOT p.is_year_round AND :month = ANY(p.season_months))"

IS_RECOGNISED = """(
    p.recognition_status = 'approved'
    AND coalesce(p.recognition_from <= :today, true)
    AND coalesce(p.recognition_to >= :today, true)
)"""

PLACE_CODE = "coalesce(p.origin_township_code, p.origin_district_code)"

SELLABLE_LOT = sellable_lot()
"""A lot `l` of a product `p` from which a pack may be sold now."""

IN_STOCK = f"""(EXISTS (
    SELECT FROM skus s JOIN lots l ON l.sku_id = s.id
    WHERE s.product_code = p.code AND s.is_on_sale AND {SELLABLE_LOT}
) OR {BOXED_IN_STOCK})"""

ON_PRESALE = f"""EXISTS (
    SELECT FROM skus s JOIN presales w ON w.sku_id = s.id
    WHERE s.product_code = p.code AND s.is_on_sale AND w.taken < w.cap AND {presale_open()}
)"""

CHEAPEST = f"""(
    SELECT min({PRICE}) FROM skus s {DEAL} {BOX}
    WHERE s.product_code = p.code AND s.is_on_sale
)"""  # noqa: S608 -- assembled from constants

CERTIFICATES = f"""ARRAY(
    SELECT DISTINCT c.type_code FROM certificates c
    WHERE c.product_code = p.code AND c.lot_id IS NULL AND {holds("c")}
    ORDER BY 1
)"""  # noqa: S608 -- assembled from constants

BRANDS = f"""ARRAY(
    SELECT DISTINCT paper.brand_code FROM certificates c
    JOIN certificate_papers paper ON paper.id = c.paper_id
    WHERE c.product_code = p.code AND c.lot_id IS NULL AND paper.brand_code IS NOT NULL
      AND {holds("c")}
    ORDER BY 1
)"""  # noqa: S608 -- assembled from constants

MARKS = """ARRAY(
    SELECT m.mark FROM region_marks m
    WHERE m.region_code = p.origin_district_code AND m.valid_from <= :today
      AND coalesce(m.valid_to >= :today, true)
    ORDER BY 1
)"""

TAGS = """ARRAY(
    SELECT said.attribute || ':' || said.word
    FROM jsonb_each_text(p.attributes) AS said (attribute, word)
)"""

KINDS = """coalesce((
    SELECT k.lineage[2:] FROM categories k WHERE k.code = p.kind_code
), ARRAY[]::varchar[])"""
"""The kind a product belongs to and all above it, without the shelf."""

TAG_NAMES = """ARRAY(
    SELECT DISTINCT split_part(chosen.tag, ':', 1) FROM unnest(:tags) AS chosen (tag)
)"""
"""The attributes of which something was chosen."""

TAGS_CHOSEN = f"cardinality({TAG_NAMES})"

ON_SALE = """
    p.state = 'listed'
    AND EXISTS (SELECT FROM skus s WHERE s.product_code = p.code AND s.is_on_sale)
    AND EXISTS (
        SELECT FROM organisations o WHERE o.code = p.seller_code AND o.suspended_at IS NULL
    )
"""

# A parameter that is not given is null, and a comparison with it is folded away when planning.
COMMON = f"""
    {ON_SALE}
    AND (:codes IS NULL OR p.code = ANY(:codes))
    AND (:without IS NULL OR p.code <> ALL(:without))
    AND (:grams IS NULL OR EXISTS (
        SELECT FROM skus s
        WHERE s.product_code = p.code AND s.is_on_sale AND s.net_weight_g = :grams
    ))
    AND (:seller IS NULL OR p.seller_code = :seller)
    AND (:series IS NULL OR p.series_id = :series)
    AND (
        :text IS NULL OR p.name ILIKE :text OR p.name_en ILIKE :text OR p.brand ILIKE :text
    )
    AND (:way_hours IS NULL OR coalesce({limit_hours()} >= :way_hours, true))
    AND (NOT :seasonal OR {SEASONAL})
    AND (
        NOT :cold OR p.storage_code IN (
            SELECT sc.code FROM storage_classes sc WHERE sc.needs_cold_chain
        )
    )
"""  # noqa: S608 -- assembled from constants of this module

VALUES = {
    "category": "p.category_code",
    "kind": KINDS,
    "place": PLACE_CODE,
    "village": "p.origin_village_code",
    "brand": BRANDS,
    "mark": MARKS,
    "tag": TAGS,
    "storage": "p.storage_code",
    "certificate": CERTIFICATES,
    "recognised": IS_RECOGNISED,
    "stock": IN_STOCK,
    "price": CHEAPEST,
}
"""Facet → what a product `p` has of it: a value, an array of values, or whether it is so."""


def matches(values: Mapping[str, str]) -> dict[str, str]:
    """Return for each facet whether a product meets what was chosen in it."""
    return {
        "category": f"(:categories IS NULL OR {values['category']} = ANY(:categories))",
        "kind": f"(:kinds IS NULL OR {values['kind']} && :kinds)",
        "place": f"(:places IS NULL OR {values['place']} = ANY(:places))",
        "village": f"(:villages IS NULL OR {values['village']} = ANY(:villages) IS TRUE)",
        "brand": f"(:brands IS NULL OR {values['brand']} && :brands)",
        "mark": f"(:marks IS NULL OR {values['mark']} && :marks)",
        "tag": f"(:tags IS NULL OR cardinality({tags_met(values['tag'])}) = {TAGS_CHOSEN})",
        "storage": f"(:storages IS NULL OR {values['storage']} = ANY(:storages))",
        "certificate": f"(:certificates IS NULL OR {values['certificate']} && :certificates)",
        "recognised": f"(NOT :recognised OR {values['recognised']})",
        "stock": f"(NOT :in_stock OR {values['stock']})",
        "price": f"""(
            (:min_minor IS NULL OR {values["price"]} >= :min_minor)
            AND (:max_minor IS NULL OR {values["price"]} <= :max_minor)
        )""",
    }


def tags_met(tags: str) -> str:
    """Return the attributes of which a product has a word that was chosen."""
    return f"""ARRAY(
        SELECT DISTINCT split_part(met.tag, ':', 1) FROM unnest({tags}) AS met (tag)
        WHERE met.tag = ANY(:tags)
    )"""  # noqa: S608 -- assembled from constants


FACET_MATCHES = matches(VALUES)
"""Facet → whether a product meets what was chosen in it."""

BINDS: tuple[BindParameter[Any], ...] = (
    *(
        bindparam(name, type_=ARRAY(String))
        for name in (
            *("codes", "without", "categories", "places", "storages", "certificates"),
            *("kinds", "villages", "brands", "marks", "tags"),
        )
    ),
    *(bindparam(name, type_=String) for name in ("seller", "text")),
    bindparam("series", type_=Integer),
    *(
        bindparam(name, type_=Boolean)
        for name in ("seasonal", "in_stock", "cold", "recognised")
    ),
    *(bindparam(name, type_=BigInteger) for name in ("min_minor", "max_minor", "grams")),
    bindparam("at", type_=UtcDateTime),
    bindparam("today", type_=Date),
    bindparam("month", type_=Integer),
    bindparam("way_hours", type_=Integer),
    bindparam("person_id", type_=BigInteger),
)


def price_band(number: int) -> tuple[int | None, int | None]:
    """Return the bounds of a band of prices in fen, both included; empty where it is open."""
    low = PRICE_STEPS[number - 1] if number else None
    high = PRICE_STEPS[number] - 1 if number < len(PRICE_STEPS) else None
    return low, high


def parameters(wanted: Filter, *, at: datetime, person_id: int | None = None) -> dict[str, Any]:
    """Return the values of every parameter in `BINDS`; a person has own limits."""
    return {
        "codes": None if wanted.codes is None else list(wanted.codes),
        "without": list(wanted.without) or None,
        "categories": list(wanted.categories) or None,
        "places": list(wanted.places) or None,
        "storages": list(wanted.storages) or None,
        "certificates": list(wanted.certificates) or None,
        "kinds": list(wanted.kinds) or None,
        "villages": list(wanted.villages) or None,
        "brands": list(wanted.brands) or None,
        "marks": list(wanted.marks) or None,
        "tags": list(wanted.tags) or None,
        "seller": wanted.seller or None,
        "series": wanted.series,
        "text": _pattern(wanted.text),
        "seasonal": wanted.is_seasonal,
        "in_stock": wanted.is_in_stock,
        "cold": wanted.is_cold,
        "recognised": wanted.is_recognised,
        "way_hours": wanted.way_hours if wanted.is_reachable else None,
        "min_minor": wanted.min_minor,
        "max_minor": wanted.max_minor,
        "grams": wanted.grams,
        "person_id": person_id,
        **moment(at),
    }


def moment(at: datetime) -> dict[str, datetime | date | int]:
    """Return the parameters that say when: the moment, its Shanghai day and month."""
    today = local_date(at)
    return {"at": at, "today": today, "month": today.month}


def _pattern(text: str) -> str | None:
    """Return an ILIKE pattern that finds the text as it stands, whatever signs are in it."""
    if not text:
        return None
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
