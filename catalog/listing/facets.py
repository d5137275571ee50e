"""Facet counts: how many products each further choice would leave, in one statement."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from catalog.listing import filters, fitted
from catalog.listing.filters import PRICE_STEPS, Filter
from catalog.listing.sellable import holds


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet; the count is what choosing it, with all else chosen, would show."""

    code: str
    name: str
    name_en: str
    count: int
    group: str = ""
    """What the value is a word of: the attribute of a tag; empty for other facets."""
    group_en: str = ""


@dataclass(frozen=True, slots=True)
class Facets:
    """The counts of a filtered list."""

    total: int
    """Products that meet every choice."""
    values: Mapping[str, tuple[FacetValue, ...]]
    """Facet → values in display order; those of `price` are numbers of bands, see
    `PRICE_STEPS`."""


@dataclass(frozen=True, slots=True)
class _Facet:
    """How the values of one facet are counted."""

    code: str
    name: str = "''"
    name_en: str = "''"
    joins: str = ""
    order: str = "0"
    only: str = ""
    """What goods have to meet beside the choices in other facets."""
    group: str = "''"
    group_en: str = "''"


# Counting a facet leaves its own choice out.
_FACETS = {
    "category": _Facet(
        "b.category",
        "c.name",
        "c.name_en",
        "JOIN categories c ON c.code = b.category",
        "min(c.sort_order)",
    ),
    "kind": _Facet(
        "k.code",
        "k.name",
        "k.name_en",
        """CROSS JOIN LATERAL unnest(b.kind) AS held (code)
           JOIN categories k ON k.code = held.code""",
        "min(k.sort_order)",
    ),
    "place": _Facet(
        "b.place", "r.short_name", "r.pinyin", "JOIN regions r ON r.code = b.place"
    ),
    "village": _Facet(
        "b.village", "v.short_name", "v.pinyin", "JOIN regions v ON v.code = b.village"
    ),
    "brand": _Facet(
        "n.code",
        "n.name",
        "n.name_en",
        """CROSS JOIN LATERAL unnest(b.brand) AS held (code)
           JOIN brands n ON n.code = held.code""",
        "min(n.sort_order)",
    ),
    "mark": _Facet("held.code", joins="CROSS JOIN LATERAL unnest(b.mark) AS held (code)"),
    "tag": _Facet(
        "a.code || ':' || w.code",
        "w.name",
        "w.name_en",
        """CROSS JOIN LATERAL unnest(b.tag) AS held (tag)
           JOIN attributes a ON a.code = split_part(held.tag, ':', 1)
           JOIN attribute_choices w
               ON w.attribute_code = a.code AND w.code = split_part(held.tag, ':', 2)""",
        "min(a.sort_order * 1000 + w.sort_order)",
        # Of an attribute something was chosen of, the others have to be met.
        """AND cardinality(array_remove(b.tags_met, a.code)) = b.tags_chosen
               - (a.code = ANY(b.tag_names))::int""",
        "a.name",
        "a.name_en",
    ),
    "storage": _Facet(
        "b.storage", "s.name", "s.name_en", "JOIN storage_classes s ON s.code = b.storage"
    ),
    "certificate": _Facet(
        "held.code",
        "t.name",
        "t.name_en",
        """CROSS JOIN LATERAL unnest(b.certificate) AS held (code)
           JOIN certificate_types t ON t.code = held.code""",
    ),
    "recognised": _Facet("'yes'", only="AND b.recognised"),
    "stock": _Facet("'yes'", only="AND b.stock"),
    "price": _Facet(
        "band.code",
        joins=f"""CROSS JOIN LATERAL (
            SELECT width_bucket(b.price, ARRAY{list(PRICE_STEPS)}::bigint[])::text
        ) AS band (code)""",
        order="min(b.price)::int / 100",
    ),
}

# What many products share is read once and not product by product.
_SHARED = """
    LEFT JOIN (
        SELECT k.code, k.lineage[2:] AS lineage FROM categories k
    ) kind ON kind.code = p.kind_code
    LEFT JOIN (
        SELECT m.region_code, array_agg(m.mark ORDER BY m.mark) AS marks FROM region_marks m
        WHERE m.valid_from <= :today AND coalesce(m.valid_to >= :today, true)
        GROUP BY 1
    ) stands ON stands.region_code = p.origin_district_code
    LEFT JOIN (
        SELECT c.product_code, array_agg(DISTINCT c.type_code) AS types,
               array_agg(DISTINCT paper.brand_code)
                   FILTER (WHERE paper.brand_code IS NOT NULL) AS brands
        FROM certificates c LEFT JOIN certificate_papers paper ON paper.id = c.paper_id
        WHERE c.product_code IS NOT NULL AND c.lot_id IS NULL AND {holds}
        GROUP BY 1
    ) papers ON papers.product_code = p.code
"""
_VALUES = filters.VALUES | {
    "kind": "coalesce(kind.lineage, '{}')",
    "mark": "coalesce(stands.marks, '{}')",
    "brand": "coalesce(papers.brands, '{}')",
    "certificate": "coalesce(papers.types, '{}')",
}


def _count(facet: str) -> str:
    how = _FACETS[facet]
    others = " AND ".join(f"b.{name}_ok" for name in _FACETS if name != facet)
    return f"""
        SELECT '{facet}' AS facet, {how.code} AS code, {how.name} AS name,
               {how.name_en} AS name_en, {how.group} AS of_name, {how.group_en} AS of_name_en,
               count(*) FILTER (WHERE {others} {how.only})::int AS products,
               ({how.order})::int AS sort_order
        FROM base b {how.joins}
        GROUP BY 2, 3, 4, 5, 6
    """  # noqa: S608 -- assembled from constants of this module


def _statement() -> Callable[[frozenset[str]], TextClause]:
    values = ", ".join(f"{value} AS {name}" for name, value in _VALUES.items())
    oks = filters.matches({name: f"v.{name}" for name in _VALUES})
    matches = ",\n".join(f"{sql} AS {name}_ok" for name, sql in oks.items())
    counts = "UNION ALL".join(_count(facet) for facet in _FACETS)
    everything = " AND ".join(f"b.{name}_ok" for name in _FACETS)
    sql = f"""
        WITH known AS MATERIALIZED (
            SELECT {values} FROM products p {_SHARED.format(holds=holds("c"))}
            WHERE {filters.COMMON}
        ), base AS MATERIALIZED (
            SELECT v.*, {filters.TAG_NAMES} AS tag_names, {filters.TAGS_CHOSEN} AS tags_chosen,
                   {filters.tags_met("v.tag")} AS tags_met, {matches}
            FROM known v
        )
        SELECT * FROM ({counts}) AS counted WHERE code IS NOT NULL
        UNION ALL
        SELECT 'total', '', '', '', '', '', count(*) FILTER (WHERE {everything})::int, 0
        FROM base b
        ORDER BY facet, sort_order, products DESC, code
    """  # noqa: S608 -- assembled from constants
    return fitted.fitter(sql, filters.BINDS)


_STATEMENT = _statement()


def count_facets(
    session: Session, wanted: Filter, *, at: datetime, person_id: int | None = None
) -> Facets:
    """Return the total and every facet's counts for a filter.

    A value nobody would find stays in the list with zero, so that a choice can be taken back.
    """
    asked = filters.parameters(wanted, at=at, person_id=person_id)
    rows = session.execute(_STATEMENT(fitted.named(asked)), asked).all()
    values: dict[str, list[FacetValue]] = {facet: [] for facet in _FACETS}
    total = 0
    for facet, code, name, name_en, group, group_en, count, _ in rows:
        if facet == "total":
            total = count
        else:
            values[facet].append(FacetValue(code, name, name_en, count, group, group_en))
    return Facets(total, {facet: tuple(found) for facet, found in values.items()})


@dataclass(frozen=True, slots=True)
class Named:
    """What a value of a facet is called, and its place among the others."""

    name: str
    name_en: str
    order: int
    group: str = ""
    group_en: str = ""


NAMED = frozenset({"category", "kind", "place", "village", "brand", "tag"})
"""Facets of which `read_names` knows every value."""

FacetNames = Mapping[str, Mapping[str, Named]]
"""Facet → code → what it is called, for counts that were made elsewhere."""


_NAMES = text("""
    SELECT CASE WHEN code = shelf_code THEN 'category' ELSE 'kind' END, code, name, name_en,
           sort_order, '', ''
    FROM categories
    UNION ALL
    SELECT CASE level WHEN 'village' THEN 'village' ELSE 'place' END, code, short_name, pinyin,
           0, '', ''
    FROM regions WHERE level IN ('district', 'township', 'village')
    UNION ALL
    SELECT 'brand', code, name, name_en, sort_order, '', '' FROM brands
    UNION ALL
    SELECT 'tag', a.code || ':' || w.code, w.name, w.name_en,
           a.sort_order * 1000 + w.sort_order, a.name, a.name_en
    FROM attributes a JOIN attribute_choices w ON w.attribute_code = a.code
""")


def read_names(session: Session) -> FacetNames:
    """Read what values are called that the shop has no words of its own for; one statement."""
    names: dict[str, dict[str, Named]] = {facet: {} for facet in _FACETS}
    for facet, code, *called in session.execute(_NAMES):
        names[facet][code] = Named(*called)
    return names


def named(
    total: int,
    counts: Mapping[str, Mapping[str, int]],
    wanted: Filter,
    names: FacetNames,
) -> Facets:
    """Return counts that were made elsewhere as `count_facets` would give them.

    What was chosen stays in the list with zero, so that the choice can be taken back.
    """
    chosen = {
        "category": wanted.categories,
        "kind": wanted.kinds,
        "place": wanted.places,
        "village": wanted.villages,
        "brand": wanted.brands,
        "mark": wanted.marks,
        "tag": wanted.tags,
        "storage": wanted.storages,
        "certificate": wanted.certificates,
    }
    values = {}
    for facet in _FACETS:
        known = names[facet] if facet in NAMED else None
        kept = [code for code in chosen.get(facet, ()) if known is None or code in known]
        counted = dict.fromkeys(kept, 0) | dict(counts.get(facet, {}))
        found = [
            (code, number, names[facet].get(code) or Named(code, code, _order(facet, code)))
            for code, number in counted.items()
        ]
        found.sort(key=lambda one: (one[2].order, -one[1], one[0]))
        values[facet] = tuple(
            FacetValue(code, told.name, told.name_en, number, told.group, told.group_en)
            for code, number, told in found
        )
    return Facets(total, values)


def _order(facet: str, code: str) -> int:
    return int(code) if facet == "price" else 0
