"""Reads of orders and lines that workflows decide by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from catalog.models import Lot, StockMovement
from catalog.values import MovementKind
from kernel.rows import fill_all
from orders import rules
from orders.models import LotAllocation, Order, OrderEvent, OrderGroup, OrderLine
from orders.rules import TIMED
from orders.values import GroupState, LineHead
from payments.models import TransferRequest


def list_line_heads(
    session: Session,
    *,
    group_number: str = "",
    order_number: str = "",
    line_ids: Sequence[int] = (),
) -> list[LineHead]:
    """Return the lines of a group or of one order, or those with some ids, by id."""
    wanted = (
        OrderLine.order_number == order_number
        if order_number
        else Order.group_number == group_number
    )
    if line_ids:
        wanted = OrderLine.id.in_(line_ids)
    rows = session.execute(
        select(
            OrderLine.id,
            OrderLine.order_number,
            Order.seller_code,
            Order.carrier_code,
            OrderLine.sku_id,
            OrderLine.quantity,
            OrderLine.gross_minor,
            OrderLine.platform_discount_minor,
            OrderLine.refunded_minor,
            OrderLine.compensated_minor,
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
    return fill_all(LineHead, rows)


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


def list_funded(session: Session, order_numbers: Sequence[str]) -> dict[int, int]:
    """Return what the platform still pays of each discounted line, in fen by line id."""
    rows = session.execute(
        select(
            OrderLine.id,
            OrderLine.platform_discount_minor,
            OrderLine.gross_minor,
            OrderLine.refunded_minor,
        ).where(
            OrderLine.order_number.in_(order_numbers), OrderLine.platform_discount_minor > 0
        )
    )
    return {
        row.id: row.platform_discount_minor
        - rules.funded_of(
            row.platform_discount_minor, row.gross_minor, taken_minor=row.refunded_minor
        )
        for row in rows
    }


def list_order_totals(session: Session, group_number: str) -> list[tuple[str, int]]:
    """Return (seller order number, what the buyer pays for it in fen) of a group."""
    rows = session.execute(
        select(Order.number, Order.goods_minor + Order.shipping_minor - Order.discount_minor)
        .where(Order.group_number == group_number)
        .order_by(Order.number)
    )
    return [(row[0], row[1]) for row in rows]


def list_allocations(session: Session, *order_numbers: str) -> list[tuple[int, int, int]]:
    """Return (order line id, lot id, packs) of paid lines, line by line.

    Packs that went back on the shelf before the order left the store are not among them.
    """
    left = _packs_left()
    rows = session.execute(
        select(LotAllocation.order_line_id, LotAllocation.lot_id, left)
        .join(OrderLine, OrderLine.id == LotAllocation.order_line_id)
        .where(OrderLine.order_number.in_(order_numbers), left > 0)
        .order_by(LotAllocation.order_line_id, LotAllocation.lot_id)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def list_with_buyer(session: Session, order_number: str) -> list[tuple[int, int, int]]:
    """Return (order line id, lot id, packs) that went neither back on the shelf nor off it."""
    left = _packs_left(MovementKind.RESTOCKED, MovementKind.WRITTEN_OFF)
    rows = session.execute(
        select(LotAllocation.order_line_id, LotAllocation.lot_id, left)
        .join(OrderLine, OrderLine.id == LotAllocation.order_line_id)
        .where(OrderLine.order_number == order_number, left > 0)
        .order_by(LotAllocation.order_line_id, LotAllocation.lot_id)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _packs_left(*gone: MovementKind) -> ColumnElement[int]:
    """Return the packs of an allocation less those that went back on the shelf."""
    restocked = (
        select(func.coalesce(func.sum(StockMovement.quantity), 0))
        .where(
            StockMovement.order_line_id == LotAllocation.order_line_id,
            StockMovement.lot_id == LotAllocation.lot_id,
            StockMovement.kind.in_(gone or (MovementKind.RESTOCKED,)),
        )
        .scalar_subquery()
    )
    return LotAllocation.quantity - restocked


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
        select(
            LotAllocation.order_line_id,
            Lot.code,
            Lot.best_before,
            _packs_left(),
        )
        .join(OrderLine, OrderLine.id == LotAllocation.order_line_id)
        .join(Lot, Lot.id == LotAllocation.lot_id)
        .where(
            OrderLine.order_number == order_number,
            _packs_left() > 0,
        )
        .order_by(LotAllocation.order_line_id, Lot.code)
    )
    return fill_all(PickRow, rows)


def find_cancel_actor(session: Session, group_number: str) -> str | None:
    """Return who asked last that a group be cancelled."""
    return session.scalar(
        select(OrderEvent.actor)
        .where(
            OrderEvent.group_number == group_number,
            OrderEvent.state == GroupState.CANCEL_REQUESTED,
        )
        .order_by(OrderEvent.id.desc())
        .limit(1)
    )


def list_expired(session: Session, *, at: datetime, limit: int = 100) -> list[str]:
    """Return numbers of unpaid groups whose time is over, oldest first.

    A group that waits for a bank transfer is not among them once part of it has come.
    """
    has_received = (
        select(TransferRequest.group_number)
        .where(
            TransferRequest.group_number == OrderGroup.number,
            TransferRequest.received_minor > 0,
        )
        .exists()
    )
    return list(
        session.scalars(
            select(OrderGroup.number)
            .where(OrderGroup.state.in_(TIMED), OrderGroup.expires_at <= at, ~has_received)
            .order_by(OrderGroup.expires_at)
            .limit(limit)
        )
    )
