"""Series: goods of one seller that belong together."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from catalog.listing import filters
from kernel.errors import NotFoundError
from kernel.rows import fill


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """One series that has goods on sale."""

    number: int
    name: str
    name_en: str
    seller_code: str
    seller_name: str
    products: int


_ONE = text(f"""
    SELECT series.id, series.name, series.name_en, seller.code, seller.name,
           count(p.code)::int
    FROM series
    JOIN organisations seller ON seller.code = series.seller_code
    JOIN products p ON p.series_id = series.id
    WHERE series.id = :number AND {filters.ON_SALE}
    GROUP BY series.id, seller.code
""")  # noqa: S608 -- assembled from constants
_NUMBERS = text(f"""
    SELECT DISTINCT p.series_id FROM products p
    WHERE p.series_id IS NOT NULL AND {filters.ON_SALE} ORDER BY 1
""")  # noqa: S608 -- assembled from constants


def get_series(session: Session, number: int) -> SeriesRow:
    """Return one series; raises `NotFoundError` for one without goods on sale."""
    row = session.execute(_ONE, {"number": number}).one_or_none()
    if row is None:
        raise NotFoundError("series_not_found", f"no series {number}")
    return fill(SeriesRow, row)


def list_numbers(session: Session) -> list[int]:
    """Return the number of every series that has goods on sale."""
    return list(session.scalars(_NUMBERS))
