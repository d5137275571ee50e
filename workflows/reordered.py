"""What somebody bought goes into their basket again, as far as it can be bought today."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import Product, Sku
from catalog.values import ProductState
from orders import service as orders
from orders.models import OrderLine
from orders.queries import GroupRow
from orders.values import QuotedItem
from parties.models import Organisation
from workflows import checkout
from workflows.pricing import Wanted


class Why(StrEnum):
    """Why something cannot be bought again, or only in part."""

    SOLD_OUT = "sold_out"
    FEWER = "fewer"
    """Some are left, fewer than were bought."""
    WITHDRAWN = "withdrawn"
    """No longer offered."""
    SELLER_CLOSED = "seller_closed"


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that did not go into the basket as it was bought."""

    name: str
    name_en: str
    wanted: int
    put: int
    why: Why


@dataclass(frozen=True, slots=True)
class Reordered:
    """What became of buying again."""

    put: int
    """Packs and boxes that are in the basket now because of it."""
    missing: tuple[Missing, ...]


def put_again(
    session: Session, group: GroupRow, token: str, *, person_id: int | None, at: datetime
) -> Reordered:
    """Put what a group held into a basket at today's prices; gift boxes as boxes.

    Nothing is held and nothing charged: the basket shows prices before anybody orders.
    """
    wanted = Wanted(person_id=person_id, quantities=_bought(session, group))
    quote = checkout.quote(session, wanted, at=at)
    items = [item for order in quote.orders for item in order.items]
    short = [item.sku_code for item in items if item.available <= 0]
    why = _reasons(session, short)
    put, missing = 0, []
    for item in items:
        count = max(0, min(item.quantity, item.available))
        if count:
            orders.put_in_basket(session, token, item.sku_code, count, at=at)
            put += count
        if count < item.quantity:
            missing.append(_missing(item, count, why.get(item.sku_code, Why.FEWER)))
    return Reordered(put, tuple(missing))


def _bought(session: Session, group: GroupRow) -> dict[str, int]:
    """Return SKU codes and quantities; the goods of a gift box stand for their box."""
    lines = [line for order in group.orders for line in order.lines]
    codes = _codes(session, [line.line_id for line in lines if line.bundle is None])
    bought: dict[str, int] = {}
    for line in lines:
        if line.bundle is not None:
            bought[line.bundle.sku_code] = line.bundle.quantity
        else:
            code = codes[line.line_id]
            bought[code] = bought.get(code, 0) + line.quantity
    return bought


def _codes(session: Session, line_ids: list[int]) -> dict[int, str]:
    """Return the SKU code of each line."""
    rows = session.execute(
        select(OrderLine.id, Sku.code)
        .join(Sku, Sku.id == OrderLine.sku_id)
        .where(OrderLine.id.in_(line_ids))
    )
    return {row.id: row.code for row in rows}


def _reasons(session: Session, codes: list[str]) -> dict[str, Why]:
    """Say of SKUs of which none can be had whether they are sold out or no longer offered."""
    rows = session.execute(
        select(Sku.code, Sku.is_on_sale, Product.state, Organisation.suspended_at)
        .join(Product, Product.code == Sku.product_code)
        .join(Organisation, Organisation.code == Product.seller_code)
        .where(Sku.code.in_(codes))
    )
    found = {}
    for row in rows:
        is_offered = row.is_on_sale and row.state is ProductState.LISTED
        offered = Why.SOLD_OUT if is_offered else Why.WITHDRAWN
        found[row.code] = Why.SELLER_CLOSED if row.suspended_at is not None else offered
    return found


def _missing(item: QuotedItem, put: int, why: Why) -> Missing:
    first = item.bundle or item.lines[0]
    return Missing(first.name, first.name_en, item.quantity, put, why)
