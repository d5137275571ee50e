"""Reads of lines sold by weight."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from catalog.models import StockMovement
from catalog.values import MovementKind
from kernel.rows import fill_all
from orders.models import LotAllocation, OrderLine, WeighedLine, Weighing
from orders.values import LineToWeigh, Weighed, WeighTerms

FACTS = (
    WeighedLine.jin_minor,
    WeighedLine.estimate_g,
    WeighedLine.min_g,
    WeighedLine.max_g,
    WeighedLine.most_g,
    WeighedLine.weight_g,
    WeighedLine.settled_at,
    WeighedLine.pieces,
    WeighedLine.charged_minor,
    WeighedLine.settled_minor,
)
"""The columns `read_weighed` reads, for statements that join the table."""


def read_weighed(row: Sequence[Any]) -> Weighed | None:
    """Return what `FACTS` say of a line, or None for one that is not sold by weight."""
    return None if row[0] is None else Weighed(WeighTerms(*row[:5]), *row[5:])


def _packs_left() -> ColumnElement[int]:
    taken = (
        select(func.sum(LotAllocation.quantity))
        .where(LotAllocation.order_line_id == OrderLine.id)
        .scalar_subquery()
    )
    restocked = (
        select(func.sum(StockMovement.quantity))
        .where(
            StockMovement.order_line_id == OrderLine.id,
            StockMovement.kind == MovementKind.RESTOCKED,
        )
        .scalar_subquery()
    )
    return func.coalesce(taken, OrderLine.quantity) - func.coalesce(restocked, 0)


def list_to_weigh(session: Session, order_numbers: Sequence[str]) -> list[LineToWeigh]:
    """Return the lines sold by weight of orders that pieces are left of, by id."""
    last = (
        select(Weighing.pieces_g)
        .where(Weighing.order_line_id == WeighedLine.order_line_id)
        .order_by(Weighing.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    left = _packs_left()
    rows = session.execute(
        select(
            OrderLine.id,
            OrderLine.order_number,
            *FACTS[:7],
            last,
            left,
            OrderLine.unit_price_minor,
            OrderLine.gross_minor,
            OrderLine.platform_discount_minor,
            OrderLine.refunded_minor,
        )
        .join(WeighedLine, WeighedLine.order_line_id == OrderLine.id)
        .where(OrderLine.order_number.in_(order_numbers), left > 0)
        .order_by(OrderLine.id)
    )
    return [
        LineToWeigh(
            row[0],
            row[1],
            WeighTerms(*row[2:7]),
            row[7],
            row[8],
            tuple(row[9] or ()),
            *row[10:],
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class WeighingRow:
    """One reading of the scale for one line."""

    order_line_id: int
    pieces_g: list[int]
    weight_g: int
    actor: str
    at: datetime


def list_weighings(session: Session, order_number: str) -> list[WeighingRow]:
    """Return everything that was weighed of an order, line by line, the latest first."""
    rows = session.execute(
        select(
            Weighing.order_line_id,
            Weighing.pieces_g,
            Weighing.weight_g,
            Weighing.actor,
            Weighing.at,
        )
        .join(OrderLine, OrderLine.id == Weighing.order_line_id)
        .where(OrderLine.order_number == order_number)
        .order_by(Weighing.order_line_id, Weighing.id.desc())
    )
    return fill_all(WeighingRow, rows)
