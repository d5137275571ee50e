"""The one statement the engine of the database asks, and how tokens are written for it."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    Boolean,
    Integer,
    Text,
    TextClause,
    bindparam,
    text,
)

from catalog.listing.filters import PRICE_STEPS, TAG_NAMES, TAGS_CHOSEN, Sort, tags_met
from catalog.search.columns import shuffle
from catalog.search.port import KEPT, YES, Facet, Group, ParsedQuery, Switch

MAX_POSITION = 16_383
"""PostgreSQL counts no further."""

_COLUMNS = (
    *("code", "title", "tokens", "traits", *KEPT, "price_minor", "listed_us", "shuffle"),
    *("is_in_stock", "is_on_presale", "is_cold", "is_year_round", "season"),
    *("recognised_from", "recognised_to", "limit_hours"),
)
_CASTS = {"tokens": "tsvector", "traits": "jsonb"} | dict.fromkeys(KEPT, "text[]")

INSERT = text(f"""
    INSERT INTO search_documents ({", ".join(_COLUMNS)})
    VALUES ({
    ", ".join(
        f"CAST(:{name} AS {_CASTS[name]})" if name in _CASTS else f":{name}"
        for name in _COLUMNS
    )
})
""")  # noqa: S608 -- assembled from constants

_CHOSEN = "CAST(:recognised AS boolean)"
IN_SEASON = "(d.season & :month) > 0"
IS_RECOGNISED = "(d.recognised_from <= :day AND d.recognised_to >= :day)"

COMMON = f"""
    (CAST(:must AS tsquery) IS NULL OR d.tokens @@ CAST(:must AS tsquery))
    AND (NOT :cold OR d.is_cold)
    AND (NOT :seasonal OR ({IN_SEASON} AND NOT d.is_year_round))
    AND (:way_hours IS NULL OR coalesce(d.limit_hours >= :way_hours, true))
    AND (:without IS NULL OR d.shuffle <> ALL(:without))
"""

_RANK = f"""CASE
    WHEN d.is_in_stock THEN CASE
        WHEN {IN_SEASON} AND NOT d.is_year_round THEN 0
        WHEN {IN_SEASON} OR d.is_year_round THEN 1 ELSE 2 END
    WHEN d.is_on_presale THEN 2
    WHEN {IN_SEASON} OR d.is_year_round THEN 3 ELSE 4 END"""
_SCORE = "coalesce(ts_rank(d.tokens, CAST(:ranked AS tsquery)), 0)"
_KEYS = {
    Sort.RELEVANCE: f"-{_SCORE}",
    Sort.NEWEST: "-d.listed_us",
    Sort.PRICE_UP: "d.price_minor",
    Sort.PRICE_DOWN: "-d.price_minor",
    Sort.RECOMMENDED: _RANK,
}


@cache
def statement(sort: Sort, facets: tuple[Facet, ...]) -> TextClause:
    """Return the statement that finds in one order and counts some facets.

    Every row is `(kind, value, number, score, title, traits)`: hits in their order, the total,
    and a row for every value of every facet.
    """
    oks = ", ".join(f"{_chosen(facet)} AS {facet}_ok" for facet in Facet)
    counts = "".join(f" UNION ALL {_count(facet)}" for facet in facets)
    everything = " AND ".join(f"h.{facet}_ok" for facet in Facet)
    kept = "".join(f", {_KEPT_AS.get(facet, f'd.{facet}')}" for facet in facets)
    return text(f"""
        WITH h AS MATERIALIZED (
            SELECT d.code, d.shuffle, {_KEYS[sort]} AS key, {_SCORE} AS score,
                   {oks}{kept}
            FROM search_documents d WHERE {COMMON}
        ), page AS (
            SELECT h.code, h.key, h.shuffle, h.score FROM h WHERE {everything}
            ORDER BY h.key, h.shuffle LIMIT :limit OFFSET :offset
        ), hits AS (
            SELECT 'hit' AS kind, page.code AS value,
                   (row_number() OVER (ORDER BY page.key, page.shuffle))::int AS number,
                   page.score::float8 AS score,
                   d.title, d.traits
            FROM page JOIN search_documents d ON d.code = page.code
        )
        SELECT * FROM hits
        UNION ALL
        SELECT 'total', '', count(*)::int, 0, '', NULL FROM h WHERE {everything}
        UNION ALL
        SELECT 'state', shelf.generation || ':' || shelf.changes, 0, 0, '', NULL
        FROM search_shelf shelf WHERE shelf.id = 1
        {counts}
    """).bindparams(*_BINDS)  # noqa: S608 -- assembled from constants


def parameters(query: ParsedQuery) -> dict[str, Any]:
    """Return the values of every parameter. Any: as the driver takes them."""
    filters = query.filters
    must = " & ".join(_group(group) for group in query.must)
    ranked = " | ".join(
        _quoted(token)
        for token in dict.fromkeys(
            token
            for group in (*query.must, *query.soft)
            for phrase in group.alternatives
            for token in phrase
        )
    )
    recognised = filters.chosen.get(Facet.RECOGNISED, ())
    return {
        "must": must or None,
        "ranked": ranked or None,
        "in_stock": Switch.IN_STOCK in filters.switches,
        "cold": Switch.COLD in filters.switches,
        "seasonal": Switch.SEASONAL in filters.switches,
        "month": 1 << (query.on.month - 1),
        "day": query.on.toordinal(),
        "min_minor": filters.min_minor,
        "max_minor": filters.max_minor,
        "way_hours": filters.way_hours,
        "without": [shuffle(code) for code in filters.without] or None,
        **{_name(facet): list(filters.chosen.get(facet, ())) or None for facet in KEPT},
        "recognised": YES in recognised if recognised else None,
        "limit": query.limit,
        "offset": query.offset,
    }


def vector(tokens: Sequence[str]) -> str:
    """Return tokens as PostgreSQL writes a vector: each with the places it stands at."""
    places: dict[str, list[str]] = {}
    for place, token in enumerate(tokens, start=1):
        places.setdefault(token, []).append(str(min(place, MAX_POSITION)))
    return " ".join(f"{_quoted(token)}:{','.join(at)}" for token, at in places.items())


def _quoted(token: str) -> str:
    escaped = token.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _group(group: Group) -> str:
    return f"({' | '.join(_phrase(phrase) for phrase in group.alternatives)})"


def _phrase(phrase: Iterable[str]) -> str:
    return f"({' & '.join(_quoted(token) for token in phrase)})"


def _name(facet: Facet) -> str:
    """Return what the parameter of a facet's choice is called."""
    return "tags" if facet is Facet.TAG else facet.value


_KEPT_AS = {
    Facet.RECOGNISED: f"{IS_RECOGNISED} AS is_recognised",
    Facet.STOCK: "d.is_in_stock",
    Facet.PRICE: "d.price_minor",
    Facet.TAG: f"""d.tag, {TAG_NAMES} AS tag_names, {TAGS_CHOSEN} AS tags_chosen,
        CASE WHEN :tags IS NULL THEN ARRAY[]::text[] ELSE {tags_met("d.tag")} END AS tags_met
    """,
}
"""What is taken along to count a facet, where it is not its column."""

_CHOICES = {
    Facet.RECOGNISED: f"({_CHOSEN} IS NULL OR ({_CHOSEN} AND {IS_RECOGNISED}))",
    Facet.STOCK: "(NOT :in_stock OR d.is_in_stock)",
    Facet.PRICE: """(
        (:min_minor IS NULL OR d.price_minor >= :min_minor)
        AND (:max_minor IS NULL OR d.price_minor <= :max_minor)
    )""",
    Facet.TAG: f"(:tags IS NULL OR cardinality({tags_met('d.tag')}) = {TAGS_CHOSEN})",
}


def _chosen(facet: Facet) -> str:
    plain = f"(CAST(:{facet} AS text[]) IS NULL OR d.{facet} && CAST(:{facet} AS text[]))"
    return _CHOICES.get(facet, plain)


_COUNTS = {
    Facet.RECOGNISED: ("", f"'{YES}'", "h.is_recognised"),
    Facet.STOCK: ("", f"'{YES}'", "h.is_in_stock"),
    Facet.PRICE: (
        "",
        f"width_bucket(h.price_minor, ARRAY{list(PRICE_STEPS)}::bigint[])::text",
        "true",
    ),
    Facet.TAG: (
        """CROSS JOIN LATERAL (
            SELECT said.value, split_part(said.value, ':', 1) AS name
            FROM unnest(h.tag) AS said (value)
        ) AS held""",
        "held.value",
        """cardinality(array_remove(h.tags_met, held.name))
           = h.tags_chosen - (held.name = ANY(h.tag_names))::int""",
    ),
}
"""Facet → where its values come from, the value, and what goods have to meet beside."""


def _count(facet: Facet) -> str:
    others = " AND ".join(f"h.{other}_ok" for other in Facet if other is not facet)
    plain = f"CROSS JOIN LATERAL unnest(h.{facet}) AS held (value)", "held.value", "true"
    joins, value, only = _COUNTS.get(facet, plain)
    by_value = "GROUP BY 2" if "." in value else ""
    return f"""
        SELECT '{facet}', {value}, count(*)::int, 0, '', NULL
        FROM h {joins} WHERE {only} AND {others} {by_value}
    """  # noqa: S608 -- assembled from constants


_BINDS: tuple[BindParameter[Any], ...] = (
    *(bindparam(name, type_=Text) for name in ("must", "ranked")),
    *(
        bindparam(name, type_=Boolean)
        for name in ("in_stock", "cold", "seasonal", "recognised")
    ),
    *(bindparam(name, type_=BigInteger) for name in ("min_minor", "max_minor")),
    *(
        bindparam(name, type_=Integer)
        for name in ("month", "day", "way_hours", "limit", "offset")
    ),
    bindparam("without", type_=ARRAY(BigInteger)),
    *(bindparam(_name(facet), type_=ARRAY(Text)) for facet in KEPT),
)
