"""Commands on stock: reserve, take, release, restock, write off, price.

Row locks are taken on lots by ascending id. Every change of a lot's packs writes a movement in
the same statement, so that the shelf can be recounted from its history.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Date, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT, INTEGER
from sqlalchemy.orm import Session

from catalog import rules
from catalog.errors import SkuNotFoundError
from catalog.listing.sellable import offered, sellable_lot
from catalog.models import Lot, Product, Reservation, Sku
from catalog.values import LotOnShelf, Pick, ReservationState, Want
from kernel.clock import local_date
from kernel.orm import UtcDateTime

HOLD_LONGER = text(
    """
    UPDATE reservations SET expires_at = :expires_at
    WHERE group_number = :group_number AND state = 'held' AND expires_at < :expires_at
    """
).bindparams(bindparam("expires_at", type_=UtcDateTime()))


@dataclass(frozen=True, slots=True)
class LineWant:
    """A quantity of one SKU for one order line."""

    order_line_id: int
    sku_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class LinePick:
    """Packs of one lot that belong to one order line."""

    order_line_id: int
    lot_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class DiscardedLot:
    """Packs of one lot that were written off on the shelf."""

    lot_id: int
    code: str
    quantity: int


HOLD = text("""
    WITH picked AS (
        SELECT * FROM unnest(:lot_ids, :line_ids, :quantities) AS p (lot_id, line_id, quantity)
    ), moved AS (
        UPDATE lots SET available = available - s.quantity, held = held + s.quantity
        FROM (SELECT lot_id, sum(quantity) AS quantity FROM picked GROUP BY lot_id) AS s
        WHERE lots.id = s.lot_id
    ), held AS (
        INSERT INTO reservations
            (lot_id, group_number, order_line_id, quantity, state, expires_at)
        SELECT lot_id, :group_number, line_id, quantity, 'held', :expires_at FROM picked
    )
    INSERT INTO stock_movements (lot_id, kind, quantity, order_line_id, at)
    SELECT lot_id, 'held', quantity, line_id, :at FROM picked
""").bindparams(
    bindparam("lot_ids", type_=ARRAY(BIGINT)),
    bindparam("line_ids", type_=ARRAY(BIGINT)),
    bindparam("quantities", type_=ARRAY(INTEGER)),
    bindparam("expires_at", type_=UtcDateTime()),
    bindparam("at", type_=UtcDateTime()),
)

LOCK_SHELF = text(f"""
    SELECT l.id, l.sku_id, l.best_before, l.available
    FROM lots l
    JOIN skus s ON s.id = l.sku_id
    JOIN products p ON p.code = s.product_code
    JOIN organisations o ON o.code = p.seller_code
    WHERE l.sku_id = ANY (:sku_ids) AND {sellable_lot()} AND {offered()}
    ORDER BY l.id
    FOR UPDATE OF l
""").bindparams(  # noqa: S608 -- assembled from constants
    bindparam("sku_ids", type_=ARRAY(INTEGER)),
    bindparam("at", type_=UtcDateTime()),
    bindparam("today", type_=Date),
)

LOCK_HELD = text("""
    SELECT id FROM lots WHERE id IN (
        SELECT lot_id FROM reservations WHERE group_number = :group_number AND state = 'held'
    ) ORDER BY id FOR UPDATE
""")

TAKE = text("""
    WITH settled AS (
        UPDATE reservations SET state = 'taken', settled_at = :at
        WHERE group_number = :group_number AND state = 'held'
        RETURNING lot_id, order_line_id, quantity
    ), moved AS (
        UPDATE lots SET held = held - s.quantity, sold = sold + s.quantity
        FROM (SELECT lot_id, sum(quantity) AS quantity FROM settled GROUP BY lot_id) AS s
        WHERE lots.id = s.lot_id
    )
    INSERT INTO stock_movements (lot_id, kind, quantity, order_line_id, at)
    SELECT lot_id, 'sold', quantity, order_line_id, :at FROM settled
    RETURNING order_line_id, lot_id, quantity
""").bindparams(bindparam("at", type_=UtcDateTime()))

RELEASE = text("""
    WITH settled AS (
        UPDATE reservations SET state = 'released', settled_at = :at
        WHERE group_number = :group_number AND state = 'held'
        RETURNING lot_id, order_line_id, quantity
    ), moved AS (
        UPDATE lots SET held = held - s.quantity, available = available + s.quantity
        FROM (SELECT lot_id, sum(quantity) AS quantity FROM settled GROUP BY lot_id) AS s
        WHERE lots.id = s.lot_id
    )
    INSERT INTO stock_movements (lot_id, kind, quantity, order_line_id, at)
    SELECT lot_id, 'released', quantity, order_line_id, :at FROM settled
    RETURNING lot_id
""").bindparams(bindparam("at", type_=UtcDateTime()))

GIVE_BACK = """
    WITH returned AS (
        SELECT * FROM unnest(:lot_ids, :line_ids, :quantities) AS p (lot_id, line_id, quantity)
    ), moved AS (
        UPDATE lots SET sold = sold - s.quantity, {column} = {column} + s.quantity
        FROM (SELECT lot_id, sum(quantity) AS quantity FROM returned GROUP BY lot_id) AS s
        WHERE lots.id = s.lot_id
    )
    INSERT INTO stock_movements (lot_id, kind, quantity, order_line_id, at)
    SELECT lot_id, '{kind}', quantity, line_id, :at FROM returned
"""
GIVE_BACK_TYPES = (
    bindparam("lot_ids", type_=ARRAY(BIGINT)),
    bindparam("line_ids", type_=ARRAY(BIGINT)),
    bindparam("quantities", type_=ARRAY(INTEGER)),
    bindparam("at", type_=UtcDateTime()),
)
RESTOCK = text(GIVE_BACK.format(column="available", kind="restocked")).bindparams(
    *GIVE_BACK_TYPES
)
WRITE_OFF = text(GIVE_BACK.format(column="written_off", kind="written_off")).bindparams(
    *GIVE_BACK_TYPES
)


DISCARD = text("""
    WITH gone AS (
        SELECT id, available AS quantity FROM lots WHERE id = ANY (:lot_ids)
    ), moved AS (
        UPDATE lots SET written_off = written_off + gone.quantity, available = 0
        FROM gone WHERE lots.id = gone.id
    )
    INSERT INTO stock_movements (lot_id, kind, quantity, order_line_id, at)
    SELECT id, 'written_off', quantity, NULL, :at FROM gone ORDER BY id
    RETURNING lot_id, quantity
""").bindparams(bindparam("lot_ids", type_=ARRAY(BIGINT)), bindparam("at", type_=UtcDateTime()))


def reserve(
    session: Session,
    group_number: str,
    wants: Sequence[LineWant],
    *,
    expires_at: datetime,
    at: datetime,
) -> list[LinePick]:
    """Hold packs for the lines of one group until `expires_at`; two statements.

    Only lots that may be sold now are touched, as `catalog.listing.sellable` says. Raises
    `NotEnoughStockError` and changes nothing when one line cannot be served.
    """
    shelf = _lock_shelf(session, [want.sku_id for want in wants], at=at)
    by_sku: dict[int, int] = {}
    for want in wants:
        by_sku[want.sku_id] = by_sku.get(want.sku_id, 0) + want.quantity
    picks = rules.allocate([Want(*one) for one in by_sku.items()], shelf)
    chosen = _by_line(wants, picks)
    session.execute(
        HOLD,
        {**_columns(chosen), "group_number": group_number, "expires_at": expires_at, "at": at},
    )
    return chosen


def _by_line(wants: Sequence[LineWant], picks: Sequence[Pick]) -> list[LinePick]:
    """Hand picks to the lines that want them; goods in gift boxes share an SKU with others."""
    left = [[pick.sku_id, pick.lot_id, pick.quantity] for pick in picks]
    chosen = []
    for want in wants:
        missing = want.quantity
        for pick in left:
            taken = min(missing, pick[2]) if pick[0] == want.sku_id else 0
            if taken:
                chosen.append(LinePick(want.order_line_id, pick[1], taken))
                pick[2] -= taken
                missing -= taken
    return chosen


def _lock_shelf(session: Session, sku_ids: Sequence[int], *, at: datetime) -> list[LotOnShelf]:
    rows = session.execute(
        LOCK_SHELF, {"sku_ids": list(sku_ids), "at": at, "today": local_date(at)}
    )
    return [LotOnShelf(*row) for row in rows]


def _columns(picks: Sequence[LinePick]) -> dict[str, list[int]]:
    return {
        "lot_ids": [pick.lot_id for pick in picks],
        "line_ids": [pick.order_line_id for pick in picks],
        "quantities": [pick.quantity for pick in picks],
    }


def hold_until(session: Session, group_number: str, expires_at: datetime) -> None:
    """Hold a group's packs until another moment."""
    session.execute(
        update(Reservation)
        .where(
            Reservation.group_number == group_number,
            Reservation.state == ReservationState.HELD,
        )
        .values(expires_at=expires_at)
    )


def take_reserved(session: Session, group_number: str, *, at: datetime) -> list[LinePick]:
    """Turn a group's holds into sales; a second call finds nothing and returns no picks."""
    session.execute(LOCK_HELD, {"group_number": group_number})
    rows = session.execute(TAKE, {"group_number": group_number, "at": at}).all()
    return [LinePick(*row) for row in rows]


def hold_longer(session: Session, group_number: str, expires_at: datetime) -> None:
    """Hold a group's packs for longer; never for less."""
    session.execute(HOLD_LONGER, {"group_number": group_number, "expires_at": expires_at})


def release(session: Session, group_number: str, *, at: datetime) -> int:
    """Put a group's holds back on the shelf; return how many lots were touched."""
    session.execute(LOCK_HELD, {"group_number": group_number})
    return len(session.execute(RELEASE, {"group_number": group_number, "at": at}).all())


def restock(session: Session, picks: Sequence[LinePick], *, at: datetime) -> None:
    """Put sold packs that never left the store back on the shelf."""
    _give_back(session, picks, is_restock=True, at=at)


def write_off(session: Session, picks: Sequence[LinePick], *, at: datetime) -> None:
    """Write off sold packs that left the store and cannot be sold again."""
    _give_back(session, picks, is_restock=False, at=at)


def _give_back(
    session: Session, picks: Sequence[LinePick], *, is_restock: bool, at: datetime
) -> None:
    if not picks:
        return
    lot_ids = sorted({pick.lot_id for pick in picks})
    session.execute(
        select(Lot.id).where(Lot.id.in_(lot_ids)).order_by(Lot.id).with_for_update()
    )
    session.execute(RESTOCK if is_restock else WRITE_OFF, {**_columns(picks), "at": at})


def discard(
    session: Session, seller_code: str, lot_codes: Sequence[str], *, at: datetime
) -> list[DiscardedLot]:
    """Write off what is still on the shelf of a seller's lots; return what of which.

    Somebody else's lots and unknown ones are passed over. Repeating finds nothing left.
    """
    lots = dict(
        session.execute(
            select(Lot.id, Lot.code)
            .where(Lot.code.in_(lot_codes), Lot.seller_code == seller_code, Lot.available > 0)
            .order_by(Lot.id)
            .with_for_update()
        ).all()
    )
    rows = session.execute(DISCARD, {"lot_ids": list(lots), "at": at}).all()
    return [DiscardedLot(row.lot_id, lots[row.lot_id], row.quantity) for row in rows]


def change_sku(
    session: Session,
    code: str,
    *,
    seller_code: str,
    price_minor: int,
    is_on_sale: bool,
) -> int:
    """Set price and sale of a seller's SKU and return the price before, both in fen.

    Placed orders keep the price they were placed at. Raises `SkuNotFoundError` for an unknown
    SKU and for somebody else's alike.
    """
    before = session.execute(
        select(Sku.id, Sku.price_minor)
        .join(Product, Product.code == Sku.product_code)
        .where(Sku.code == code, Product.seller_code == seller_code)
        .with_for_update(of=Sku)
    ).one_or_none()
    if before is None:
        raise SkuNotFoundError(code)
    session.execute(
        update(Sku)
        .where(Sku.id == before.id)
        .values(price_minor=price_minor, is_on_sale=is_on_sale)
    )
    return int(before.price_minor)
