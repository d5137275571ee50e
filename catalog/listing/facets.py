"""Facet counts: how many products each further choice would leave, in one statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from catalog.listing import filters
from catalog.listing.filters import Filter


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet; the count is what choosing it, with all else chosen, would show."""

    code: str
    name: str
    name_en: str
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """The counts of a filtered list."""

    total: int
    """Products that meet every choice."""
    values: Mapping[str, tuple[FacetValue, ...]]
    """Facet (category, place, storage, certificate, recognised) → values in display order."""


# Facet → (value, name, English name, joins, order). Counting a facet leaves its own choice out.
_FACETS = {
    "category": (
        "b.category_code",
        "c.name",
        "c.name_en",
        "JOIN categories c ON c.code = b.category_code",
        "min(c.sort_order)",
    ),
    "place": (
        "b.place_code",
        "r.short_name",
        "r.pinyin",
        "JOIN regions r ON r.code = b.place_code",
        "0",
    ),
    "storage": (
        "b.storage_code",
        "s.name",
        "s.name_en",
        "JOIN storage_classes s ON s.code = b.storage_code",
        "0",
    ),
    "certificate": (
        "held.code",
        "t.name",
        "t.name_en",
        """CROSS JOIN LATERAL unnest(b.certificates) AS held (code)
           JOIN certificate_types t ON t.code = held.code""",
        "0",
    ),
    "recognised": ("'yes'", "''", "''", "", "0"),
}


def _count(facet: str) -> str:
    value, name, name_en, joins, order = _FACETS[facet]
    others = " AND ".join(f"b.{name}_ok" for name in _FACETS if name != facet)
    only = "AND b.is_recognised" if facet == "recognised" else ""
    return f"""
        SELECT '{facet}' AS facet, {value} AS code, {name} AS name, {name_en} AS name_en,
               count(*) FILTER (WHERE {others} {only})::int AS products,
               ({order})::int AS sort_order
        FROM base b {joins}
        GROUP BY 2, 3, 4
    """  # noqa: S608 -- assembled from constants of this module


def _statement() -> TextClause:
    matches = ",\n".join(f"{sql} AS {name}_ok" for name, sql in filters.FACET_MATCHES.items())
    counts = "UNION ALL".join(_count(facet) for facet in _FACETS)
    everything = " AND ".join(f"b.{name}_ok" for name in _FACETS)
    return text(f"""
        WITH base AS MATERIALIZED (
            SELECT p.category_code, {filters.PLACE_CODE} AS place_code, p.storage_code,
                   {filters.CERTIFICATES} AS certificates,
                   {filters.IS_RECOGNISED} AS is_recognised, {matches}
            FROM products p WHERE {filters.COMMON}
        )
        SELECT * FROM ({counts}) AS counted WHERE code IS NOT NULL
        UNION ALL
        SELECT 'total', '', '', '', count(*) FILTER (WHERE {everything})::int, 0 FROM base b
        ORDER BY facet, sort_order, products DESC, code
    """).bindparams(*filters.BINDS)  # noqa: S608 -- assembled from constants


_STATEMENT = _statement()


def count_facets(
    session: Session, wanted: Filter, *, at: datetime, person_id: int | None = None
) -> Facets:
    """Return the total and every facet's counts for a filter.

    A value nobody would find stays in the list with zero, so that a choice can be taken back.
    """
    rows = session.execute(
        _STATEMENT, filters.parameters(wanted, at=at, person_id=person_id)
    ).all()
    values: dict[str, list[FacetValue]] = {facet: [] for facet in _FACETS}
    total = 0
    for facet, code, name, name_en, count, _ in rows:
        if facet == "total":
            total = count
        else:
            values[facet].append(FacetValue(code, name, name_en, count))
    return Facets(total, {facet: tuple(found) for facet, found in values.items()})


@dataclass(frozen=True, slots=True)
class FacetNames:
    """What the values of facets are called, for counts that were made elsewhere."""

    categories: Mapping[str, tuple[str, str, int]]
    """Code → name, English name and place on the shelf."""
    places: Mapping[str, tuple[str, str, int]]
    """Code → short name, pinyin and zero."""


_NAMES = text("""
    SELECT 'category', code, name, name_en, sort_order FROM categories
    UNION ALL
    SELECT 'place', code, short_name, pinyin, 0 FROM regions
    WHERE level IN ('district', 'township')
""")


def read_names(session: Session) -> FacetNames:
    """Read what categories and places are called; one statement."""
    names: dict[str, dict[str, tuple[str, str, int]]] = {"category": {}, "place": {}}
    for facet, code, name, name_en, sort_order in session.execute(_NAMES):
        names[facet][code] = name, name_en, sort_order
    return FacetNames(names["category"], names["place"])


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
        "place": wanted.places,
        "storage": wanted.storages,
        "certificate": wanted.certificates,
    }
    called = {"category": names.categories, "place": names.places}
    values = {}
    for facet in _FACETS:
        known = called.get(facet)
        kept = [code for code in chosen.get(facet, ()) if known is None or code in known]
        counted = dict.fromkeys(kept, 0) | dict(counts.get(facet, {}))
        described = {code: (known or {}).get(code, (code, code, 0)) for code in counted}
        order = sorted((described[code][2], -number, code) for code, number in counted.items())
        values[facet] = tuple(
            FacetValue(code, described[code][0], described[code][1], -number)
            for _, number, code in order
        )
    return Facets(total, values)
