"""A seller's gift boxes with their parts, and what may be put into one; for the seller."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.orm import Session

from catalog.listing import filters
from catalog.listing.deals import BOX
from catalog.listing.sellable import sellable_lot
from kernel.rows import fill_all


@dataclass(frozen=True, slots=True)
class PartRow:
    """One SKU of a seller: what it costs alone, how much of it is on the shelf."""

    code: str
    name: str
    name_en: str
    spec: str
    picture: str
    price_minor: int
    available: int
    box_code: str | None
    """The gift box it is a part of; empty for what may be put into one."""
    quantity: int


@dataclass(frozen=True, slots=True)
class BoxRow:
    """One gift box: its price, what its parts cost one by one, how many can be packed."""

    code: str
    product_code: str
    name: str
    name_en: str
    description: str
    spec: str
    picture: str
    price_minor: int
    worth_minor: int
    boxes: int
    is_on_sale: bool
    parts: tuple[PartRow, ...] = ()

    @property
    def scarcest(self) -> PartRow | None:
        """Return the part that lasts for the fewest boxes."""
        return min(self.parts, key=lambda part: part.available // part.quantity, default=None)


_BINDS = tuple(bind for bind in filters.BINDS if bind.key in {"at", "today"})


def _bound(sql: str) -> TextClause:
    return text(sql).bindparams(*_BINDS, bindparam("seller"))


_BOXES = _bound(f"""
    SELECT s.code, p.code, p.name, p.name_en, p.description, s.spec, p.picture, s.price_minor,
           box.worth_minor, box.boxes, s.is_on_sale AND p.state = 'listed'
    FROM skus s JOIN products p ON p.code = s.product_code {BOX}
    WHERE p.seller_code = :seller AND box.kinds > 0
    ORDER BY p.name, s.code
""")  # noqa: S608 -- assembled from constants

_STOCK = f"""coalesce((
    SELECT sum(l.available) FROM lots l WHERE l.sku_id = part.id AND {sellable_lot("l", "q")}
), 0)::int"""  # noqa: S608 -- assembled from constants

_PARTS = _bound(f"""
    SELECT part.code, q.name, q.name_en, part.spec, q.picture, part.price_minor, {_STOCK},
           box.code, held.quantity
    FROM bundle_parts held
    JOIN skus box ON box.id = held.bundle_sku_id
    JOIN skus part ON part.id = held.sku_id
    JOIN products q ON q.code = part.product_code
    WHERE q.seller_code = :seller ORDER BY q.name, part.code
""")  # noqa: S608 -- assembled from constants

_FREE = _bound(f"""
    SELECT part.code, q.name, q.name_en, part.spec, q.picture, part.price_minor, {_STOCK},
           NULL, 1
    FROM skus part JOIN products q ON q.code = part.product_code
    WHERE q.seller_code = :seller AND part.is_on_sale AND q.state = 'listed'
      AND NOT EXISTS (SELECT FROM bundle_parts own WHERE own.bundle_sku_id = part.id)
    ORDER BY q.name, part.sort_order, part.code
""")  # noqa: S608 -- assembled from constants


def list_boxes(session: Session, seller_code: str, *, at: datetime) -> list[BoxRow]:
    """Return a seller's gift boxes with their parts; two statements."""
    asked = {"seller": seller_code, **_moment(at)}
    parts = fill_all(PartRow, session.execute(_PARTS, asked))
    heads = session.execute(_BOXES, asked).all()
    return fill_all(
        BoxRow,
        [(*head, tuple(part for part in parts if part.box_code == head[0])) for head in heads],
    )


def list_packable(session: Session, seller_code: str, *, at: datetime) -> list[PartRow]:
    """Return what a seller may put into a gift box: SKUs on sale that are no boxes."""
    asked = {"seller": seller_code, **_moment(at)}
    return fill_all(PartRow, session.execute(_FREE, asked))


def _moment(at: datetime) -> dict[str, object]:
    return {key: value for key, value in filters.moment(at).items() if key != "month"}
