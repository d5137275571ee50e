"""Reads of what buyers were told of lots: of an order, of a lot, over all lots."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Session

from orders.values import OrderState
from orders.values.notices import NoticeCause

MOST = 500


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """That one order holds packs of an unfit lot."""

    id: int
    group_number: str
    order_number: str
    state: OrderState
    lot_code: str
    name: str
    name_en: str
    packs: int
    cause: NoticeCause
    at: datetime


@dataclass(frozen=True, slots=True)
class UnfitLot:
    """A lot that was recalled or that a laboratory found unfit, with what was sold of it."""

    code: str
    name: str
    name_en: str
    seller_name: str
    quarantined_at: datetime | None
    recalled_at: datetime | None
    has_failed: bool
    orders: int
    """Orders whose buyers were told."""
    packs: int
    open_orders: int
    """Of those, the orders whose money has not been given back."""


_ROWS = """
    SELECT told.id, part.group_number, part.number, part.state, l.code, p.name, p.name_en,
        told.packs, told.cause, told.at
    FROM lot_notices told
    JOIN seller_orders part ON part.number = told.order_number
    JOIN lots l ON l.id = told.lot_id
    JOIN skus s ON s.id = l.sku_id
    JOIN products p ON p.code = s.product_code
"""
_ONE = text(_ROWS + " WHERE told.id = :id")
_OF_GROUP = text(f"""{_ROWS}
    WHERE told.order_number IN (SELECT number FROM seller_orders WHERE group_number = :number)
    ORDER BY told.id
""")  # noqa: S608 -- assembled from constants
_OF_LOT = text(f"""{_ROWS}
    WHERE told.lot_id = (SELECT id FROM lots WHERE code = :code)
    ORDER BY (part.state IN ('paid', 'packed')) DESC, part.number DESC, told.id
    OFFSET :skipped LIMIT :most
""")  # noqa: S608 -- assembled from constants
_LOTS = text("""
    WITH unfit AS (
        SELECT l.id FROM lots l WHERE l.recalled_at IS NOT NULL
        UNION SELECT told.lot_id FROM lot_notices told
        UNION SELECT about.lot_id FROM paper_subjects about
            JOIN certificate_papers report ON report.id = about.paper_id
            WHERE about.lot_id IS NOT NULL AND report.result = 'fail'
                AND report.state IN ('submitted', 'accepted', 'suspended')
    ), told AS (
        SELECT one.lot_id, count(*) AS orders, sum(one.packs) AS packs,
            count(*) FILTER (WHERE part.state <> 'refunded') AS open_orders
        FROM (
            SELECT lot_id, order_number, max(packs) AS packs FROM lot_notices GROUP BY 1, 2
        ) AS one
        JOIN seller_orders part ON part.number = one.order_number GROUP BY one.lot_id
    )
    SELECT l.code, p.name, p.name_en, o.name, l.quarantined_at, l.recalled_at,
        EXISTS (
            SELECT FROM paper_subjects about
            JOIN certificate_papers report ON report.id = about.paper_id
            WHERE about.lot_id = l.id AND report.result = 'fail'
                AND report.state IN ('submitted', 'accepted', 'suspended')),
        coalesce(told.orders, 0), coalesce(told.packs, 0), coalesce(told.open_orders, 0)
    FROM unfit
    JOIN lots l ON l.id = unfit.id
    JOIN skus s ON s.id = l.sku_id
    JOIN products p ON p.code = s.product_code
    JOIN organisations o ON o.code = p.seller_code
    LEFT JOIN told ON told.lot_id = l.id
    WHERE CAST(:code AS text) IS NULL OR l.code = :code
    ORDER BY coalesce(l.recalled_at, l.quarantined_at) DESC NULLS LAST, l.id DESC LIMIT :most
""")
_STOPPED = text("""
    SELECT DISTINCT l.code
    FROM order_lines line
    JOIN lot_allocations taken ON taken.order_line_id = line.id
    JOIN lots l ON l.id = taken.lot_id
    WHERE line.order_number = ANY (:numbers) AND l.quarantined_at IS NOT NULL
    ORDER BY l.code
""").bindparams(bindparam("numbers", type_=ARRAY(TEXT)))


_TOLD_LINES = text("""
    SELECT line.id AS line_id, max(told.at) AS told_at
    FROM lot_notices told
    JOIN order_lines line ON line.order_number = told.order_number
    JOIN lot_allocations taken
        ON taken.order_line_id = line.id AND taken.lot_id = told.lot_id
    WHERE told.order_number = ANY (:numbers) GROUP BY line.id
""").bindparams(bindparam("numbers", type_=ARRAY(TEXT)))


def list_told_lines(session: Session, order_numbers: Collection[str]) -> dict[int, datetime]:
    """Return lines with packs of an unfit lot, and when their buyer was told last."""
    rows = session.execute(_TOLD_LINES, {"numbers": sorted(order_numbers)})
    return {row.line_id: row.told_at for row in rows}


def get_notice(session: Session, notice_id: int) -> NoticeRow:
    """Return one notice by its number."""
    return _notice(session.execute(_ONE, {"id": notice_id}).one())


def list_of_group(session: Session, group_number: str) -> list[NoticeRow]:
    """Return what the buyer of a group is told of its lots: the last word on each."""
    rows = [_notice(row) for row in session.execute(_OF_GROUP, {"number": group_number})]
    latest = {(row.order_number, row.lot_code): row for row in rows}
    return list(latest.values())


def list_of_lot(
    session: Session, lot_code: str, *, skipped: int = 0, most: int = MOST
) -> list[NoticeRow]:
    """Return which orders were told of a lot, those that have not left on top."""
    asked = {"code": lot_code, "skipped": skipped, "most": most}
    return [_notice(row) for row in session.execute(_OF_LOT, asked)]


def list_unfit_lots(session: Session) -> list[UnfitLot]:
    """Return recalled lots and those that failed a test, the latest first."""
    asked = {"code": None, "most": MOST}
    return [UnfitLot(*row) for row in session.execute(_LOTS, asked)]


def find_unfit_lot(session: Session, lot_code: str) -> UnfitLot | None:
    """Return one of those lots, or None for a lot nothing is wrong with."""
    row = session.execute(_LOTS, {"code": lot_code, "most": 1}).one_or_none()
    return None if row is None else UnfitLot(*row)


def list_stopped(session: Session, order_numbers: Collection[str]) -> list[str]:
    """Return the lots of some orders that are stopped or recalled now."""
    return list(session.scalars(_STOPPED, {"numbers": sorted(order_numbers)}))


def is_told(session: Session, order_number: str) -> bool:
    """Say whether the buyer of an order was told of an unfit lot."""
    told = text("SELECT EXISTS (SELECT FROM lot_notices WHERE order_number = :number)")
    return bool(session.scalar(told, {"number": order_number}))


def _notice(row: Any) -> NoticeRow:
    facts = list(row)
    facts[3], facts[8] = OrderState(facts[3]), NoticeCause(facts[8])
    return NoticeRow(*facts)
