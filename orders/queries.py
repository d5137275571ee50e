"""Reads of baskets and orders that workflows decide by; page reads stand in `views`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from catalog.models import Lot, Product, Sku, StorageClass
from catalog.values import ProductState
from orders.models import Basket, BasketLine, LotAllocation, Order, OrderGroup, OrderLine
from orders.values import GroupState, LineHead, QuotedLine
from parties.models import Organisation


def _stock_on(on: date) -> Select[tuple[int, int]]:
    return (
        select(Lot.sku_id, func.sum(Lot.available).label("available"))
        .where(
            Lot.available > 0,
            Lot.quarantined_at.is_(None),
            or_(Lot.best_before.is_(None), Lot.best_before >= on),
        )
        .group_by(Lot.sku_id)
    )


def _quotable(on: date) -> Select[tuple[object, ...]]:
    stock = _stock_on(on).lateral("stock")
    sellable = and_(
        Sku.is_on_sale,
        Product.state == ProductState.LISTED,
        Organisation.suspended_at.is_(None),
    )
    available = func.coalesce(stock.c.available, 0)
    return (
        select(
            Sku.id,
            Sku.code,
            Product.code,
            Product.name,
            Product.name_en,
            Sku.spec,
            Product.picture,
            Product.category_code,
            Sku.price_minor,
            Sku.net_weight_g,
            Product.seller_code,
            Organisation.name,
            Product.storage_code,
            StorageClass.needs_cold_chain,
            Product.origin_district_code,
            Product.origin_township_code,
            Product.origin_village_code,
            available,
            Product.is_sample,
            sellable.label("is_sellable"),
        )
        .join(Product, Product.code == Sku.product_code)
        .join(StorageClass, StorageClass.code == Product.storage_code)
        .join(Organisation, Organisation.code == Product.seller_code)
        .outerjoin(stock, stock.c.sku_id == Sku.id)
    )


def _quoted(row: Sequence[object], quantity: int) -> QuotedLine:
    *facts, available, is_sample, is_sellable = row
    return QuotedLine(  # type: ignore[misc] -- columns stand in the order of the fields
        *facts[:8],
        quantity,
        *facts[8:],
        available if is_sellable else 0,
        is_sample,
    )


def list_basket(session: Session, token: str, *, on: date) -> list[QuotedLine]:
    """Return a basket's lines with today's prices and stock; one statement."""
    rows = session.execute(
        _quotable(on)
        .add_columns(BasketLine.quantity)
        .join(BasketLine, BasketLine.sku_id == Sku.id)
        .join(Basket, Basket.id == BasketLine.basket_id)
        .where(Basket.token == token)
        .order_by(Product.seller_code, Sku.code)
    )
    return [_quoted(row[:-1], row[-1]) for row in rows]


def list_wanted(
    session: Session, quantities: Mapping[str, int], *, on: date
) -> list[QuotedLine]:
    """Return lines for SKU codes and quantities; unknown codes are absent; one statement."""
    rows = session.execute(
        _quotable(on)
        .where(Sku.code.in_(list(quantities)))
        .order_by(Product.seller_code, Sku.code)
    )
    return [_quoted(row, quantities[row[1]]) for row in rows]


def count_basket(session: Session, token: str) -> int:
    """Return how many packs are in a basket."""
    return (
        session.scalar(
            select(func.coalesce(func.sum(BasketLine.quantity), 0))
            .join(Basket, Basket.id == BasketLine.basket_id)
            .where(Basket.token == token)
        )
        or 0
    )


def list_line_heads(
    session: Session, *, group_number: str = "", order_number: str = ""
) -> list[LineHead]:
    """Return the lines of a group or of one order, by id."""
    wanted = (
        OrderLine.order_number == order_number
        if order_number
        else Order.group_number == group_number
    )
    rows = session.execute(
        select(
            OrderLine.id,
            OrderLine.order_number,
            Order.seller_code,
            OrderLine.sku_id,
            OrderLine.quantity,
            OrderLine.gross_minor,
            OrderLine.refunded_minor,
            OrderLine.snapshot["storage_code"].as_string(),
            OrderLine.snapshot["needs_cold_chain"].as_boolean(),
            OrderLine.snapshot["net_weight_g"].as_integer(),
            OrderLine.origin_township_code,
            OrderLine.origin_village_code,
        )
        .join(Order, Order.number == OrderLine.order_number)
        .where(wanted)
        .order_by(OrderLine.id)
    )
    return [LineHead(*row) for row in rows]


def list_order_totals(session: Session, group_number: str) -> list[tuple[str, int]]:
    """Return (seller order number, goods and shipping in fen) of a group."""
    rows = session.execute(
        select(Order.number, Order.goods_minor + Order.shipping_minor)
        .where(Order.group_number == group_number)
        .order_by(Order.number)
    )
    return [(row[0], row[1]) for row in rows]


def list_allocations(session: Session, order_number: str) -> list[tuple[int, int, int]]:
    """Return (order line id, lot id, packs) of an order's paid lines."""
    rows = session.execute(
        select(LotAllocation.order_line_id, LotAllocation.lot_id, LotAllocation.quantity)
        .join(OrderLine, OrderLine.id == LotAllocation.order_line_id)
        .where(OrderLine.order_number == order_number)
        .order_by(LotAllocation.order_line_id, LotAllocation.lot_id)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def list_expired(session: Session, *, at: datetime, limit: int = 100) -> list[str]:
    """Return numbers of unpaid groups whose time is over, oldest first."""
    return list(
        session.scalars(
            select(OrderGroup.number)
            .where(OrderGroup.state == GroupState.PENDING_PAYMENT, OrderGroup.expires_at <= at)
            .order_by(OrderGroup.expires_at)
            .limit(limit)
        )
    )
