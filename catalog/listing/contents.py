"""What is inside a gift box, for whoever looks at it: every part with its lot and origin."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from catalog.listing import filters
from catalog.listing.sellable import sellable_lot
from kernel.rows import fill_all


@dataclass(frozen=True, slots=True)
class ContentRow:
    """One part of a gift box, and the lot its next pack comes from."""

    box_code: str
    product_code: str
    is_listed: bool
    name: str
    name_en: str
    spec: str
    quantity: int
    picture: str
    category_code: str
    price_minor: int
    """What one pack of it costs alone."""
    district_name: str
    district_pinyin: str
    township_name: str | None
    township_pinyin: str | None
    village_name: str | None
    village_pinyin: str | None
    lot_code: str | None
    """Empty while there is none on the shelf."""
    harvested_on: date | None
    best_before: date | None


_STATEMENT = text(f"""
    SELECT box.code, q.code, q.state = 'listed' AND part.is_on_sale, q.name, q.name_en,
           part.spec, held.quantity, q.picture, q.category_code, part.price_minor,
           district.short_name, district.pinyin, township.short_name, township.pinyin,
           village.short_name, village.pinyin, shelf.code, shelf.harvested_on, shelf.best_before
    FROM skus box
    JOIN bundle_parts held ON held.bundle_sku_id = box.id
    JOIN skus part ON part.id = held.sku_id
    JOIN products q ON q.code = part.product_code
    LEFT JOIN LATERAL (
        SELECT l.code, l.harvested_on, l.best_before, l.village_code FROM lots l
        WHERE l.sku_id = part.id AND {sellable_lot("l", "q")}
        ORDER BY l.best_before NULLS LAST, l.id LIMIT 1
    ) shelf ON true
    JOIN regions district ON district.code = q.origin_district_code
    LEFT JOIN regions village
        ON village.code = coalesce(shelf.village_code, q.origin_village_code)
    LEFT JOIN regions township
        ON township.code = coalesce(village.parent_code, q.origin_township_code)
    WHERE box.product_code = :code AND box.is_on_sale
    ORDER BY box.sort_order, box.code, held.quantity DESC, q.name, part.code
""").bindparams(  # noqa: S608 -- assembled from constants
    *(bind for bind in filters.BINDS if bind.key in {"at", "today"}), bindparam("code")
)


def list_contents(session: Session, code: str, *, at: datetime) -> list[ContentRow]:
    """Return the parts of a product's gift boxes, box by box; one statement."""
    moment = {key: value for key, value in filters.moment(at).items() if key != "month"}
    return fill_all(ContentRow, session.execute(_STATEMENT, {"code": code, **moment}))
