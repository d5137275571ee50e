"""Everything that can be suggested to somebody who types: goods, shelves, places, brands."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from catalog.listing import filters
from catalog.listing.sellable import holds
from catalog.search import editing
from catalog.search.suggesting import Suggested, SuggestedKind
from kernel.clock import local_date

MOST_PRODUCTS = 20_000
POPULAR = 300
POPULAR_DAYS = 30

_PRODUCTS = text(f"""
    SELECT p.code, p.name, p.name_en, p.picture, coalesce(sold.packs, 0)::float
    FROM products p
    LEFT JOIN (
        SELECT s.product_code AS code, -sum(m.quantity) AS packs
        FROM stock_movements m JOIN lots l ON l.id = m.lot_id JOIN skus s ON s.id = l.sku_id
        WHERE m.kind = 'sold' AND m.at > CAST(:at AS timestamptz) - interval '90 days'
        GROUP BY 1
    ) sold ON sold.code = p.code
    WHERE {filters.ON_SALE}
    ORDER BY 5 DESC, p.code LIMIT :limit
""").bindparams(*(bind for bind in filters.BINDS if f":{bind.key}" in filters.ON_SALE))  # noqa: S608 -- assembled from constants
_OTHERS = text(f"""
    WITH here AS (
        SELECT p.code, p.category_code, {filters.PLACE_CODE} AS place FROM products p
        WHERE {filters.ON_SALE}
    )
    SELECT 'category', c.code, c.name, c.name_en, '', count(*)::float
    FROM here JOIN categories c ON c.code = here.category_code GROUP BY c.code
    UNION ALL
    SELECT 'brand', n.code, n.name, n.name_en, '', count(DISTINCT here.code)::float
    FROM here JOIN certificates c ON c.product_code = here.code AND c.lot_id IS NULL
    JOIN certificate_papers paper ON paper.id = c.paper_id
    JOIN brands n ON n.code = paper.brand_code
    WHERE {holds("c")} GROUP BY n.code
    UNION ALL
    SELECT 'place', r.code, r.short_name, '', r.pinyin, count(*)::float
    FROM here JOIN regions r ON r.code = here.place GROUP BY r.code
""").bindparams(*(bind for bind in filters.BINDS if bind.key == "today"))  # noqa: S608 -- assembled from constants


def list_things(session: Session, *, at: datetime, least: int | None) -> list[Suggested]:
    """Return everything that can be suggested; three statements.

    What others searched for is shown only if it was asked at least so often; None for none.
    """
    given = filters.moment(at)
    things = [
        Suggested(SuggestedKind.PRODUCT, code, name, name_en, picture, packs)
        for code, name, name_en, picture, packs in session.execute(
            _PRODUCTS, {**given, "limit": MOST_PRODUCTS}
        )
    ]
    things += [
        Suggested(SuggestedKind(kind), code, name, name_en, "", count, spelled)
        for kind, code, name, name_en, spelled, count in session.execute(_OTHERS, given)
    ]
    if least is not None:
        popular = editing.list_popular(
            session, on=local_date(at), days=POPULAR_DAYS, least=least, limit=POPULAR
        )
        things += [
            Suggested(SuggestedKind.QUERY, query, query, weight=float(POPULAR - place))
            for place, query in enumerate(popular)
        ]
    return things
