"""Brands of the register: who may carry them now, and what goods they stand on."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import String, bindparam, text
from sqlalchemy.orm import Session

from catalog.listing import filters
from catalog.listing.sellable import holds
from kernel.errors import NotFoundError
from kernel.rows import fill, fill_all


@dataclass(frozen=True, slots=True)
class BrandRow:
    """One brand with how many goods on sale carry it, and the picture of the first."""

    code: str
    name: str
    name_en: str
    is_regional: bool
    """The public brand of the region, and not of one owner."""
    is_sample: bool
    products: int
    picture: str
    category_code: str


@dataclass(frozen=True, slots=True)
class LicenceRow:
    """An authorisation that is valid today: who may put the brand on what."""

    paper_code: str
    """Under which everybody may look it up."""
    number: str
    holder: str
    issuer: str
    valid_from: date
    valid_to: date | None
    products: int


_BRANDS = f"""
    SELECT n.code, n.name, n.name_en, n.is_regional, n.is_sample,
           count(carried.code)::int,
           coalesce((array_agg(carried.picture ORDER BY carried.code))[1], ''),
           coalesce((array_agg(carried.category_code ORDER BY carried.code))[1], '')
    FROM brands n
    LEFT JOIN (
        SELECT DISTINCT paper.brand_code, p.code, p.picture, p.category_code
        FROM certificates c
        JOIN certificate_papers paper ON paper.id = c.paper_id
        JOIN products p ON p.code = c.product_code
        WHERE paper.brand_code IS NOT NULL AND c.lot_id IS NULL AND {holds("c")}
          AND {filters.ON_SALE}
    ) carried ON carried.brand_code = n.code
    WHERE :code IS NULL OR n.code = :code
    GROUP BY n.code
    ORDER BY n.sort_order, n.code
"""  # noqa: S608 -- assembled from constants
_TODAY = tuple(bind for bind in filters.BINDS if bind.key == "today")
_STATEMENT = text(_BRANDS).bindparams(*_TODAY, bindparam("code", type_=String))

_LICENCES = text(f"""
    SELECT paper.code, paper.number, paper.holder, paper.issuer, paper.valid_from,
           paper.valid_to, count(DISTINCT c.product_code)::int
    FROM certificate_papers paper
    JOIN certificates c ON c.paper_id = paper.id
    WHERE paper.brand_code = :code AND {holds("c")}
    GROUP BY paper.id
    ORDER BY paper.holder, paper.valid_from, paper.id
""").bindparams(*_TODAY, bindparam("code"))  # noqa: S608 -- assembled from constants


def list_brands(session: Session, *, at: datetime) -> list[BrandRow]:
    """Return every brand of the register in its order, with goods or without."""
    rows = session.execute(_STATEMENT, {"code": None, **filters.moment(at)})
    return fill_all(BrandRow, rows)


def get_brand(session: Session, code: str, *, at: datetime) -> BrandRow:
    """Return one brand; raises `NotFoundError` for what the register does not know."""
    row = session.execute(_STATEMENT, {"code": code, **filters.moment(at)}).one_or_none()
    if row is None:
        raise NotFoundError("brand_not_found", f"no brand {code}")
    return fill(BrandRow, row)


def list_licences(session: Session, code: str, *, at: datetime) -> list[LicenceRow]:
    """Return the authorisations of a brand that are valid today."""
    rows = session.execute(_LICENCES, {"code": code, **filters.moment(at)})
    return fill_all(LicenceRow, rows)
