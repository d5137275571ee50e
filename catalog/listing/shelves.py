"""The shelves of the shop: categories with how much stands on them."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from catalog.listing import filters

_STATEMENT = text(f"""
    WITH shown AS (
        SELECT p.code, p.category_code, p.picture, p.seller_code, p.origin_village_code
        FROM products p
        WHERE {filters.ON_SALE}
    )
    SELECT 'category', c.code, c.name, c.name_en, count(*)::int,
           (array_agg(s.picture ORDER BY s.code))[1], c.code, c.sort_order AS sort_order
    FROM shown s JOIN categories c ON c.code = s.category_code GROUP BY c.code
    UNION ALL
    SELECT 'total', '', '', '', count(*)::int, count(DISTINCT seller_code)::text,
           count(DISTINCT origin_village_code)::text, 0
    FROM shown
    ORDER BY 1, sort_order, 2
""")  # noqa: S608 -- assembled from constants


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """One category that has goods on sale, with the picture of its first product."""

    code: str
    name: str
    name_en: str
    products: int
    picture: str
    category_code: str


@dataclass(frozen=True, slots=True)
class Shelves:
    """What the shop sells by category, and from how many it comes."""

    categories: tuple[ShelfRow, ...]
    products: int
    sellers: int
    villages: int


def list_shelves(session: Session) -> Shelves:
    """Return categories in shelf order; one statement."""
    found: dict[str, list[ShelfRow]] = {"category": [], "total": []}
    for kind, *rest, _ in session.execute(_STATEMENT):
        found[kind].append(ShelfRow(*rest))
    (total,) = found["total"]
    return Shelves(
        categories=tuple(found["category"]),
        products=total.products,
        sellers=int(total.picture),
        villages=int(total.category_code),
    )


_CODES = text(f"SELECT p.code FROM products p WHERE {filters.ON_SALE} ORDER BY p.code")  # noqa: S608 -- constants


def list_codes(session: Session) -> list[str]:
    """Return the code of every product on sale."""
    return list(session.scalars(_CODES))
