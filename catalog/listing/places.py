"""Townships and villages with the goods that come from them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from catalog.listing import filters
from kernel.errors import NotFoundError
from kernel.regions import RegionLevel
from kernel.rows import fill_all
from parties.values import SELLER_KINDS

FOCUS_TIERS = ("1", "3", "10", "12")
"""The 1+3+10+12 list: key townships, then key villages."""


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A township or village with how many products on sale come from it."""

    code: str
    name: str
    pinyin: str
    level: RegionLevel
    kind: str
    parent_code: str
    parent_name: str
    parent_pinyin: str
    focus_tier: str
    cold_chain_area: str
    products: int
    pictures: tuple[tuple[str, str], ...] = ()
    """Pictures of some goods from there, with their categories."""

    @property
    def is_focus(self) -> bool:
        """Say whether the place itself is on the 1+3+10+12 list."""
        return self.focus_tier in FOCUS_TIERS


def _statement(condition: str) -> TextClause:
    return text(f"""
        SELECT r.code, r.name, r.pinyin, r.level, r.kind, r.parent_code,
               parent.short_name, parent.pinyin, r.focus_tier,
               coalesce(nullif(r.cold_chain_area, ''), parent.cold_chain_area),
               coalesce(goods.products, 0), coalesce(goods.pictures, '[]')
        FROM regions r
        JOIN regions parent ON parent.code = r.parent_code
        LEFT JOIN (
            SELECT place.code, count(*)::int AS products,
                   jsonb_path_query_array(
                       jsonb_agg(jsonb_build_array(p.picture, p.category_code) ORDER BY p.code),
                       '$[0 to 2]'
                   ) AS pictures
            FROM products p
            CROSS JOIN LATERAL (
                VALUES (p.origin_village_code), (p.origin_township_code)
            ) AS place (code)
            WHERE place.code IS NOT NULL AND {filters.ON_SALE}
            GROUP BY place.code
        ) goods ON goods.code = r.code
        WHERE r.level IN ('township', 'village') AND {condition}
        ORDER BY r.code
    """)  # noqa: S608 -- assembled from constants


_ALL = _statement("true")
_FOCUS = _statement("r.focus_tier IN ('1', '3', '10', '12')")
_ONE = _statement("r.code = :code")
_INSIDE = _statement("r.parent_code = :code")


@dataclass(frozen=True, slots=True)
class PlaceSellerRow:
    """A seller that sits in a place or sells goods from there."""

    code: str
    name: str
    kind: str
    is_local: bool
    """Whether it sits there itself."""
    products: int
    """How many products on sale it has from there."""


_SELLERS = text(f"""
    SELECT seller.code, seller.name, seller.kind,
           :code IN (seller.village_code, seller.region_code) IS TRUE AS is_local,
           count(goods.code)::int AS products
    FROM organisations seller
    LEFT JOIN (
        SELECT p.code, p.seller_code FROM products p
        WHERE :code IN (p.origin_village_code, p.origin_township_code) AND {filters.ON_SALE}
    ) goods ON goods.seller_code = seller.code
    WHERE seller.suspended_at IS NULL AND seller.kind = ANY(:kinds)
    GROUP BY seller.code
    HAVING count(goods.code) > 0 OR :code IN (seller.village_code, seller.region_code)
    ORDER BY is_local DESC, products DESC, seller.code
""")  # noqa: S608 -- assembled from constants


def list_places(session: Session) -> list[PlaceRow]:
    """Return every township and village, by code."""
    return _rows(session.execute(_ALL))


def list_focus_places(session: Session) -> list[PlaceRow]:
    """Return the townships and villages of the 1+3+10+12 list, by code."""
    return _rows(session.execute(_FOCUS))


def list_villages(session: Session, township_code: str) -> list[PlaceRow]:
    """Return the villages of one township, by code."""
    rows = session.execute(_INSIDE, {"code": township_code})
    return _rows(rows)


def list_sellers(session: Session, code: str) -> list[PlaceSellerRow]:
    """Return who sits in a township or village or sells from there, its own first."""
    kinds = sorted(SELLER_KINDS)
    return fill_all(PlaceSellerRow, session.execute(_SELLERS, {"code": code, "kinds": kinds}))


def get_place(session: Session, code: str, level: RegionLevel) -> PlaceRow:
    """Return one township or village; raises `NotFoundError` for anything else."""
    row = session.execute(_ONE, {"code": code}).one_or_none()
    if row is None or row[3] != level:
        raise NotFoundError("region_not_found", f"no {level} {code}", code=code)
    (place,) = _rows([row])
    return place


def _rows(found: Iterable[Sequence[Any]]) -> list[PlaceRow]:
    """Any: rows of one of the statements above."""
    return fill_all(
        PlaceRow, [(*row[:-1], tuple((stem, kind) for stem, kind in row[-1])) for row in found]
    )
