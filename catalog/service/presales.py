"""Commands on presales: open, stop, promise packs, give them from a lot, take them back.

Rows of `presales` are locked by id, after orders and campaigns and before any lot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Date, and_, bindparam, case, func, select, text, update
from sqlalchemy.orm import Session

from catalog import rules
from catalog.errors import (
    NotEnoughStockError,
    PresaleNotFoundError,
    PresaleOverlapsError,
    ProductNotFoundError,
    SkuNotFoundError,
    SupplyCapExceededError,
    SupplyPromisedError,
)
from catalog.listing.sellable import fit_lot
from catalog.models import Presale, PresaleUse, Product, Sku, SupplyCap
from catalog.service.stock import LinePick
from catalog.values import LotOnShelf, NewPresale, NewSupply, PresaleState, Want
from kernel.clock import local_date
from kernel.orm import UtcDateTime

TAKE = text("""
    WITH wanted AS (
        SELECT * FROM unnest(CAST(:presales AS bigint[]), CAST(:lines AS bigint[]),
            CAST(:quantities AS integer[])) AS w (presale_id, line_id, quantity)
    ), moved AS (
        UPDATE presales SET taken = taken + s.quantity, waiting = waiting + s.quantity
        FROM (SELECT presale_id, sum(quantity) AS quantity FROM wanted GROUP BY presale_id) s
        WHERE presales.id = s.presale_id
    )
    INSERT INTO presale_uses (order_line_id, presale_id, group_number, quantity, state)
    SELECT line_id, presale_id, :group_number, quantity, 'held' FROM wanted
""")
LOCK_OPEN = text("""
    SELECT w.id, w.sku_id, w.cap - w.taken AS left FROM presales w
    JOIN skus s ON s.id = w.sku_id
    JOIN products p ON p.code = s.product_code
    JOIN organisations o ON o.code = p.seller_code
    WHERE w.id = ANY (CAST(:ids AS bigint[])) AND w.stopped_at IS NULL
      AND w.opens_at <= :at AND w.closes_at > :at
      AND s.is_on_sale AND p.state = 'listed' AND o.suspended_at IS NULL
    ORDER BY w.id FOR UPDATE OF w
""").bindparams(bindparam("at", type_=UtcDateTime()))
LOCK_OF_LINES = text("""
    SELECT id FROM presales WHERE id IN (
        SELECT presale_id FROM presale_uses
        WHERE order_line_id = ANY (CAST(:lines AS bigint[])) AND state IN ('held', 'taken')
    ) ORDER BY id FOR UPDATE
""")
RELEASE = text("""
    WITH ended AS (
        UPDATE presale_uses SET state = 'released', returned = quantity, settled_at = :at
        WHERE order_line_id = ANY (CAST(:lines AS bigint[])) AND state IN ('held', 'taken')
        RETURNING presale_id, quantity
    )
    UPDATE presales SET taken = taken - s.quantity, waiting = waiting - s.quantity
    FROM (SELECT presale_id, sum(quantity) AS quantity FROM ended GROUP BY presale_id) s
    WHERE presales.id = s.presale_id
""").bindparams(bindparam("at", type_=UtcDateTime()))
LOCK_LOTS = text(f"""
    SELECT l.id, l.sku_id, l.best_before, l.available
    FROM lots l
    JOIN skus s ON s.id = l.sku_id
    JOIN products p ON p.code = s.product_code
    WHERE l.sku_id = :sku_id AND l.available > 0 AND {fit_lot()}
    ORDER BY l.id FOR UPDATE OF l
""").bindparams(  # noqa: S608 -- assembled from constants
    bindparam("at", type_=UtcDateTime()), bindparam("today", type_=Date)
)
ALLOT = text("""
    WITH picked AS (
        SELECT * FROM unnest(CAST(:lots AS bigint[]), CAST(:lines AS bigint[]),
            CAST(:quantities AS integer[])) AS p (lot_id, line_id, quantity)
    ), moved AS (
        UPDATE lots SET available = available - s.quantity, sold = sold + s.quantity
        FROM (SELECT lot_id, sum(quantity) AS quantity FROM picked GROUP BY lot_id) AS s
        WHERE lots.id = s.lot_id
    ), ended AS (
        UPDATE presale_uses SET state = 'allotted', allotted_at = :at
        WHERE order_line_id IN (SELECT line_id FROM picked)
    ), waited AS (
        UPDATE presales SET waiting = waiting - (SELECT sum(quantity) FROM picked)
        WHERE id = :presale_id
    )
    INSERT INTO stock_movements (lot_id, kind, quantity, order_line_id, at)
    SELECT lot_id, kind, quantity, line_id, :at
    FROM (VALUES (1, 'held'), (2, 'sold')) AS step (place, kind) CROSS JOIN picked
    ORDER BY place, lot_id, line_id
""").bindparams(bindparam("at", type_=UtcDateTime()))


@dataclass(frozen=True, slots=True)
class PresaleTake:
    """Packs of one order line to be promised out of a presale."""

    presale_id: int
    order_line_id: int
    sku_id: int
    quantity: int


def open_presale(session: Session, new: NewPresale, *, actor: str, at: datetime) -> int:
    """Open a presale of a seller's SKU and return its id.

    Raises `SkuNotFoundError` for an unknown SKU and for somebody else's alike, `InvalidError`
    for days out of order, `PresaleOverlapsError`, and `SupplyCapExceededError` where the year
    gives less than all presales of the product would promise together.
    """
    rules.check_presale(new, at=at)
    sku = session.execute(
        select(Sku.id, Sku.net_weight_g, Sku.product_code)
        .join(Product, Product.code == Sku.product_code)
        .where(Sku.code == new.sku_code, Product.seller_code == new.seller_code)
        .with_for_update(of=Sku)
    ).one_or_none()
    if sku is None:
        raise SkuNotFoundError(new.sku_code)
    overlaps = session.scalar(
        select(Presale.id).where(
            Presale.sku_id == sku.id,
            Presale.stopped_at.is_(None),
            Presale.opens_at < new.closes_at,
            Presale.closes_at > new.opens_at,
        )
    )
    if overlaps is not None:
        raise PresaleOverlapsError(new.sku_code)
    _check_supply(session, sku.product_code, new, new.cap * sku.net_weight_g, at)
    presale = Presale(
        sku_id=sku.id,
        season=new.season,
        cap=new.cap,
        opens_at=new.opens_at,
        closes_at=new.closes_at,
        ships_until=new.ships_until,
        created_by=actor,
        created_at=at,
        is_sample=new.is_sample,
    )
    session.add(presale)
    session.flush()
    return presale.id


def _check_supply(
    session: Session, product_code: str, new: NewPresale, wanted_g: int, at: datetime
) -> None:
    """Hold all presales of a product's year within what the year gives; one at a time."""
    supply_g = session.scalar(
        select(SupplyCap.weight_g)
        .where(SupplyCap.product_code == product_code, SupplyCap.year == new.season)
        .with_for_update()
    )
    if supply_g is None:
        return
    promised_g = _promised_g(session, product_code, new.season, at)
    if promised_g + wanted_g > supply_g:
        left = max(0, supply_g - promised_g)
        raise SupplyCapExceededError(product_code, left_kg=left // 1000)


def _promised_g(session: Session, product_code: str, season: int, at: datetime) -> int:
    """Return what the presales of a product's year have promised or still may."""
    may_promise = case(
        (and_(Presale.stopped_at.is_(None), Presale.closes_at > at), Presale.cap),
        else_=Presale.taken,
    )
    promised_g = session.scalar(
        select(func.coalesce(func.sum(may_promise * Sku.net_weight_g), 0))
        .select_from(Presale)
        .join(Sku, Sku.id == Presale.sku_id)
        .where(Sku.product_code == product_code, Presale.season == season)
    )
    return int(promised_g or 0)


def stop_presale(session: Session, presale_id: int, *, seller_code: str, at: datetime) -> None:
    """Sell no more of a seller's presale; what is promised stays. Repeating changes nothing."""
    own = (
        select(Sku.id)
        .join(Product, Product.code == Sku.product_code)
        .where(Product.seller_code == seller_code)
    )
    found = session.execute(
        update(Presale)
        .where(Presale.id == presale_id, Presale.sku_id.in_(own))
        .values(stopped_at=func.coalesce(Presale.stopped_at, at))
        .returning(Presale.id)
    ).first()
    if found is None:
        raise PresaleNotFoundError(presale_id)


def take_presales(
    session: Session, group_number: str, takes: Sequence[PresaleTake], *, at: datetime
) -> None:
    """Promise packs to the lines of one group, never above a cap.

    Raises `NotEnoughStockError` and changes nothing when a presale has fewer left, or ended.
    """
    if not takes:
        return
    ids = sorted({one.presale_id for one in takes})
    left = {row.id: int(row.left) for row in session.execute(LOCK_OPEN, {"ids": ids, "at": at})}
    for one in takes:
        available = left.get(one.presale_id, 0)
        if one.quantity > available:
            raise NotEnoughStockError(one.sku_id, wanted=one.quantity, left=available)
        left[one.presale_id] = available - one.quantity
    session.execute(
        TAKE,
        {
            "presales": [one.presale_id for one in takes],
            "lines": [one.order_line_id for one in takes],
            "quantities": [one.quantity for one in takes],
            "group_number": group_number,
        },
    )


def keep_presales(session: Session, group_number: str, *, at: datetime) -> list[int]:
    """Note that a group's promised packs are paid; return the lines, none the second time."""
    return list(
        session.scalars(
            update(PresaleUse)
            .where(
                PresaleUse.group_number == group_number,
                PresaleUse.state == PresaleState.HELD,
            )
            .values(state=PresaleState.TAKEN, settled_at=at)
            .returning(PresaleUse.order_line_id)
        )
    )


def release_presales(session: Session, line_ids: Sequence[int], *, at: datetime) -> None:
    """Let others have what lines that came to nothing were promised and no lot gave yet."""
    if session.scalars(LOCK_OF_LINES, {"lines": list(line_ids)}).first() is not None:
        session.execute(RELEASE, {"lines": list(line_ids), "at": at})


def list_waiting(session: Session, line_ids: Sequence[int]) -> list[int]:
    """Return those of these lines that still wait for a lot."""
    return list(
        session.scalars(
            select(PresaleUse.order_line_id)
            .where(
                PresaleUse.order_line_id.in_(line_ids),
                PresaleUse.state.in_((PresaleState.HELD, PresaleState.TAKEN)),
            )
            .order_by(PresaleUse.order_line_id)
        )
    )


def _lock_own(session: Session, presale_id: int, seller_code: str) -> int:
    """Lock a seller's presale and return its SKU; raises `PresaleNotFoundError`."""
    sku_id = session.scalar(
        select(Presale.sku_id)
        .join(Sku, Sku.id == Presale.sku_id)
        .join(Product, Product.code == Sku.product_code)
        .where(Presale.id == presale_id, Product.seller_code == seller_code)
        .with_for_update(of=Presale)
    )
    if sku_id is None:
        raise PresaleNotFoundError(presale_id)
    return sku_id


def allot_presale(
    session: Session,
    presale_id: int,
    line_ids: Sequence[int],
    *,
    seller_code: str,
    at: datetime,
) -> list[LinePick]:
    """Give paid lines their packs, first expired first out; return what came from where.

    Who paid first is served first. A line the lots cannot serve whole is passed over: fresh
    goods do not wait, and its turn comes with the next lot. The orders of the lines are locked
    by the caller.
    """
    sku_id = _lock_own(session, presale_id, seller_code)
    uses = session.execute(
        select(PresaleUse.order_line_id, PresaleUse.quantity)
        .where(
            PresaleUse.presale_id == presale_id,
            PresaleUse.state == PresaleState.TAKEN,
            PresaleUse.order_line_id.in_(line_ids),
        )
        .order_by(PresaleUse.settled_at, PresaleUse.order_line_id)
    ).all()
    rows = session.execute(LOCK_LOTS, {"sku_id": sku_id, "at": at, "today": local_date(at)})
    shelf = [LotOnShelf(*row) for row in rows]
    picks: list[LinePick] = []
    for line_id, quantity in uses:
        if quantity <= sum(lot.available for lot in shelf):
            chosen = rules.allocate([Want(sku_id, quantity)], shelf)
            picks += [LinePick(line_id, pick.lot_id, pick.quantity) for pick in chosen]
            shelf = rules.without(shelf, chosen)
    if picks:
        session.execute(
            ALLOT,
            {
                "lots": [pick.lot_id for pick in picks],
                "lines": [pick.order_line_id for pick in picks],
                "quantities": [pick.quantity for pick in picks],
                "presale_id": presale_id,
                "at": at,
            },
        )
    return picks


def set_supply(session: Session, new: NewSupply, *, at: datetime) -> None:
    """Lay down how much of a seller's product a year gives; the last word counts.

    The SKUs of the product are locked, so that no presale opens meanwhile. Raises
    `ProductNotFoundError` for an unknown product and somebody else's alike, `InvalidError`, and
    `SupplyPromisedError` for less than presales of the year promise.
    """
    rules.check_supply(new)
    own = session.scalars(
        select(Sku.id)
        .join(Product, Product.code == Sku.product_code)
        .where(Sku.product_code == new.product_code, Product.seller_code == new.seller_code)
        .order_by(Sku.id)
        .with_for_update(of=Sku)
    ).all()
    if not own:
        raise ProductNotFoundError(new.product_code)
    promised_g = _promised_g(session, new.product_code, new.year, at)
    if new.weight_g < promised_g:
        raise SupplyPromisedError(new.product_code, promised_kg=-(-promised_g // 1000))
    cap = session.get(SupplyCap, (new.product_code, new.year), with_for_update=True)
    if cap is None:
        cap = SupplyCap(product_code=new.product_code, year=new.year)
        session.add(cap)
    cap.weight_g, cap.basis = new.weight_g, new.basis.strip()
    session.flush()
