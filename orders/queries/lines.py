"""Reads of orders and lines that workflows decide by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import Lot
from kernel.rows import fill_all
from orders.models import LotAllocation, Order, OrderGroup, OrderLine
from orders.values import GroupState, LineHead


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
            Order.carrier_code,
            OrderLine.sku_id,
            OrderLine.quantity,
            OrderLine.gross_minor,
            OrderLine.refunded_minor,
            OrderLine.snapshot["storage_code"].as_string(),
            OrderLine.snapshot["limit_profile"].as_string(),
            OrderLine.snapshot["needs_cold_chain"].as_boolean(),
            OrderLine.snapshot["net_weight_g"].as_integer(),
            OrderLine.origin_district_code,
            OrderLine.origin_township_code,
            OrderLine.origin_village_code,
        )
        .join(Order, Order.number == OrderLine.order_number)
        .where(wanted)
        .order_by(OrderLine.id)
    )
    return [LineHead(*row) for row in rows]


def list_line_ids(session: Session, order_numbers: Sequence[str]) -> dict[str, list[int]]:
    """Return the ids of the lines of seller orders, by order number."""
    found: dict[str, list[int]] = {number: [] for number in order_numbers}
    rows = session.execute(
        select(OrderLine.order_number, OrderLine.id)
        .where(OrderLine.order_number.in_(order_numbers))
        .order_by(OrderLine.id)
    )
    for number, line_id in rows:
        found[number].append(line_id)
    return found


def list_order_totals(session: Session, group_number: str) -> list[tuple[str, int]]:
    """Return (seller order number, goods and shipping in fen) of a group."""
    rows = session.execute(
        select(Order.number, Order.goods_minor + Order.shipping_minor)
        .where(Order.group_number == group_number)
        .order_by(Order.number)
    )
    return [(row[0], row[1]) for row in rows]


def list_allocations(session: Session, *order_numbers: str) -> list[tuple[int, int, int]]:
    """Return (order line id, lot id, packs) of paid lines, line by line."""
    rows = session.execute(
        select(LotAllocation.order_line_id, LotAllocation.lot_id, LotAllocation.quantity)
        .join(OrderLine, OrderLine.id == LotAllocation.order_line_id)
        .where(OrderLine.order_number.in_(order_numbers))
        .order_by(LotAllocation.order_line_id, LotAllocation.lot_id)
    )
    return [(row[0], row[1], row[2]) for row in rows]


@dataclass(frozen=True, slots=True)
class PickRow:
    """Packs of one lot to take for one line."""

    order_line_id: int
    lot_code: str
    best_before: date | None
    quantity: int


def list_picks(session: Session, order_number: str) -> list[PickRow]:
    """Return the pick list of a paid order: which lot every line comes from."""
    rows = session.execute(
        select(LotAllocation.order_line_id, Lot.code, Lot.best_before, LotAllocation.quantity)
        .join(OrderLine, OrderLine.id == LotAllocation.order_line_id)
        .join(Lot, Lot.id == LotAllocation.lot_id)
        .where(OrderLine.order_number == order_number)
        .order_by(LotAllocation.order_line_id, Lot.code)
    )
    return fill_all(PickRow, rows)


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
