"""What a shopper asks of a list of products, and the SQL fragments that answer it."""

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
    is_recognised: bool = False
    is_seasonal: bool = False
    """In season this month, and not all the year."""
    is_in_stock: bool = False
    is_cold: bool = False
    is_reachable: bool = False
    """Only what arrives in time where `way_hours` leads; without that, all."""
    way_hours: int | None = None
    """How long the way to the shopper takes; `ENDLESS` where nobody knows."""
    brand: str = ""
    kind: str = ""
    """A kind of goods, with all kinds below it."""
    seller: str = ""
    village: str = ""
    min_minor: int | None = None
    max_minor: int | None = None
    """Bounds of what a pack of the cheapest SKU costs now, in fen, both included."""
    codes: tuple[str, ...] | None = None
    """Only these products, in the order of a search."""
    text: str = ""
    """A part of the name or brand, for the time no search index answers."""
    without: tuple[str, ...] = field(default=())
    """Products that stand on the page already."""


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
    AND (:brand IS NULL OR p.brand = :brand)
    AND (:kind IS NULL OR p.kind_code IN (
        SELECT k.code FROM categories k WHERE :kind = ANY(k.lineage)
    ))
    AND (:seller IS NULL OR p.seller_code = :seller)
    AND (:village IS NULL OR p.origin_village_code = :village)
    AND (
        :text IS NULL OR p.name ILIKE :text OR p.name_en ILIKE :text OR p.brand ILIKE :text
    )
    AND (:way_hours IS NULL OR coalesce({limit_hours()} >= :way_hours, true))
    AND (NOT :seasonal OR {SEASONAL})
    AND (NOT :in_stock OR {IN_STOCK})
    AND (
        NOT :cold OR p.storage_code IN (
            SELECT sc.code FROM storage_classes sc WHERE sc.needs_cold_chain
        )
    )
    AND (:min_minor IS NULL OR {CHEAPEST} >= :min_minor)
    AND (:max_minor IS NULL OR {CHEAPEST} <= :max_minor)
"""  # noqa: S608 -- assembled from constants of this module

FACET_MATCHES = {
    "category": "(:categories IS NULL OR p.category_code = ANY(:categories))",
    "place": f"(:places IS NULL OR {PLACE_CODE} = ANY(:places))",
    "storage": "(:storages IS NULL OR p.storage_code = ANY(:storages))",
    "certificate": f"(:certificates IS NULL OR {CERTIFICATES} && :certificates)",
    "recognised": f"(NOT :recognised OR {IS_RECOGNISED})",
}
"""Facet → whether a product meets what was chosen in it."""

BINDS: tuple[BindParameter[Any], ...] = (
    *(
        bindparam(name, type_=ARRAY(String))
        for name in ("codes", "without", "categories", "places", "storages", "certificates")
    ),
    *(bindparam(name, type_=String) for name in ("brand", "kind", "seller", "village", "text")),
    *(
        bindparam(name, type_=Boolean)
        for name in ("seasonal", "in_stock", "cold", "recognised")
    ),
    *(bindparam(name, type_=BigInteger) for name in ("min_minor", "max_minor")),
    bindparam("at", type_=UtcDateTime),
    bindparam("today", type_=Date),
    bindparam("month", type_=Integer),
    bindparam("way_hours", type_=Integer),
    bindparam("person_id", type_=BigInteger),
)


def parameters(wanted: Filter, *, at: datetime, person_id: int | None = None) -> dict[str, Any]:
    """Return the values of every parameter in `BINDS`; a person has own limits."""
    return {
        "codes": None if wanted.codes is None else list(wanted.codes),
        "without": list(wanted.without) or None,
        "categories": list(wanted.categories) or None,
        "places": list(wanted.places) or None,
        "storages": list(wanted.storages) or None,
        "certificates": list(wanted.certificates) or None,
        "brand": wanted.brand or None,
        "kind": wanted.kind or None,
        "seller": wanted.seller or None,
        "village": wanted.village or None,
        "text": _pattern(wanted.text),
        "seasonal": wanted.is_seasonal,
        "in_stock": wanted.is_in_stock,
        "cold": wanted.is_cold,
        "recognised": wanted.is_recognised,
        "way_hours": wanted.way_hours if wanted.is_reachable else None,
        "min_minor": wanted.min_minor,
        "max_minor": wanted.max_minor,
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
