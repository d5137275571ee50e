"""Reads of goods sold before the harvest: what is promised, who waits, what is late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, bindparam, func, select, text
from sqlalchemy.orm import Session

from catalog.listing.sellable import fit_lot
from catalog.models import Presale, PresaleUse, Product, Sku, SupplyCap
from catalog.values import PresaleState
from kernel.clock import local_date
from kernel.orm import UtcDateTime
from kernel.rows import fill_all
from orders.models import Order, OrderLine
from orders.values import OrderState
from parties.models import Organisation

NOT_LEFT = (OrderState.PAID, OrderState.PACKED)


def list_waiting_lines(
    session: Session, presale_id: int, *, seller_code: str
) -> list[tuple[int, str]]:
    """Return (line, order number) of paid lines of a seller's presale no lot has given yet."""
    rows = session.execute(
        select(PresaleUse.order_line_id, OrderLine.order_number)
        .join(OrderLine, OrderLine.id == PresaleUse.order_line_id)
        .join(Order, Order.number == OrderLine.order_number)
        .where(
            PresaleUse.presale_id == presale_id,
            PresaleUse.state == PresaleState.TAKEN,
            Order.seller_code == seller_code,
        )
        .order_by(OrderLine.order_number, PresaleUse.order_line_id)
    )
    return [(row[0], row[1]) for row in rows]


def list_waiting_numbers(session: Session, order_numbers: Sequence[str]) -> set[str]:
    """Return those of these orders of which something waits for its harvest."""
    return set(
        session.scalars(
            select(OrderLine.order_number)
            .join(PresaleUse, PresaleUse.order_line_id == OrderLine.id)
            .where(
                OrderLine.order_number.in_(order_numbers),
                PresaleUse.state.in_((PresaleState.HELD, PresaleState.TAKEN)),
            )
        )
    )


def find_ships_until(session: Session, order_number: str) -> date | None:
    """Return the last day on which an order leaves; None for goods on hand."""
    return session.scalar(select(Order.ships_until).where(Order.number == order_number))


@dataclass(frozen=True, slots=True)
class PresaleRow:
    """A presale as its seller sees it."""

    presale_id: int
    sku_code: str
    product_code: str
    name: str
    name_en: str
    spec: str
    season: int
    cap: int
    taken: int
    waiting: int
    paid: int
    """Packs that are paid and that no lot has given yet."""
    on_hand: int
    """Packs of lots that could be given to those who wait."""
    opens_at: datetime
    closes_at: datetime
    ships_until: date
    stopped_at: datetime | None

    def is_open(self, at: datetime) -> bool:
        """Say whether packs are sold at a moment."""
        return self.stopped_at is None and self.opens_at <= at < self.closes_at


PRESALES = text(f"""
    SELECT w.id, s.code, p.code, p.name, p.name_en, s.spec, w.season, w.cap, w.taken,
        w.waiting,
        coalesce((SELECT sum(u.quantity - u.returned)::int FROM presale_uses u
                  WHERE u.presale_id = w.id AND u.state = 'taken'), 0),
        coalesce((SELECT sum(l.available)::int FROM lots l
                  WHERE l.sku_id = s.id AND l.available > 0 AND {fit_lot()}), 0),
        w.opens_at, w.closes_at, w.ships_until, w.stopped_at
    FROM presales w
    JOIN skus s ON s.id = w.sku_id
    JOIN products p ON p.code = s.product_code
    WHERE p.seller_code = :seller
      AND (w.waiting > 0 OR w.stopped_at IS NULL AND w.closes_at > :since)
    ORDER BY w.ships_until, w.id
""").bindparams(  # noqa: S608 -- assembled from constants
    bindparam("at", type_=UtcDateTime()),
    bindparam("since", type_=UtcDateTime()),
    bindparam("today", type_=Date),
)


def list_presales(
    session: Session, seller: str, *, since: datetime, at: datetime
) -> list[PresaleRow]:
    """Return a seller's presales that somebody waits for or that ended after a moment."""
    rows = session.execute(
        PRESALES, {"seller": seller, "since": since, "at": at, "today": local_date(at)}
    )
    return [PresaleRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class LateRow:
    """An order sold before the harvest that has not left and is due or late."""

    number: str
    group_number: str
    seller_code: str
    seller_name: str
    state: OrderState
    goods_minor: int
    ships_until: date
    late_told_at: datetime | None


def list_due_presales(
    session: Session, *, until: date, seller_code: str | None = None, limit: int = 200
) -> list[LateRow]:
    """Return orders that must leave by a day and have not, the most urgent first."""
    wanted = (
        select(
            Order.number,
            Order.group_number,
            Order.seller_code,
            Organisation.name,
            Order.state,
            Order.goods_minor,
            Order.ships_until,
            Order.late_told_at,
        )
        .join(Organisation, Organisation.code == Order.seller_code)
        .where(Order.ships_until <= until, Order.state.in_(NOT_LEFT))
        .order_by(Order.ships_until, Order.number)
        .limit(limit)
    )
    if seller_code is not None:
        wanted = wanted.where(Order.seller_code == seller_code)
    return fill_all(LateRow, session.execute(wanted))


@dataclass(frozen=True, slots=True)
class SupplyRow:
    """How much of a product a year gives, and how much of it presales have sold."""

    product_code: str
    name: str
    name_en: str
    year: int
    weight_g: int
    basis: str
    sold_g: int


def list_supplies(session: Session, seller: str, *, since: int) -> list[SupplyRow]:
    """Return what the years from one on give of a seller's products, the newest first."""
    sold = (
        select(func.coalesce(func.sum(Presale.taken * Sku.net_weight_g), 0))
        .select_from(Presale)
        .join(Sku, Sku.id == Presale.sku_id)
        .where(Sku.product_code == SupplyCap.product_code, Presale.season == SupplyCap.year)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            SupplyCap.product_code,
            Product.name,
            Product.name_en,
            SupplyCap.year,
            SupplyCap.weight_g,
            SupplyCap.basis,
            sold,
        )
        .join(Product, Product.code == SupplyCap.product_code)
        .where(Product.seller_code == seller, SupplyCap.year >= since)
        .order_by(SupplyCap.year.desc(), SupplyCap.product_code)
    )
    return fill_all(SupplyRow, rows)


@dataclass(frozen=True, slots=True)
class PresaleSku:
    """An SKU a presale could be opened for."""

    code: str
    product_code: str
    name: str
    name_en: str
    spec: str


def list_presale_skus(session: Session, seller: str) -> list[PresaleSku]:
    """Return a seller's SKUs by code."""
    rows = session.execute(
        select(Sku.code, Sku.product_code, Product.name, Product.name_en, Sku.spec)
        .join(Product, Product.code == Sku.product_code)
        .where(Product.seller_code == seller, Sku.is_on_sale, Sku.net_weight_g > 0)
        .order_by(Sku.code)
    )
    return fill_all(PresaleSku, rows)
