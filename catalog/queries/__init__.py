"""Reads of lots that workflows decide by; shop pages read through `catalog.listing`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import BigInteger, and_, case, cast, func, or_, select, text
from sqlalchemy.orm import Session

from catalog.errors import LotNotFoundError
from catalog.models import Lot, LotContribution, Product, Sku, StockMovement
from catalog.values import MovementKind, ProductState, RecognitionStatus, WeekPrice
from households.models import GoodsReceipt
from kernel.rows import fill, fill_all
from parties.models import Organisation


@dataclass(frozen=True, slots=True)
class LotOrigin:
    """Where a lot comes from and who put what into it."""

    lot_id: int
    seller_code: str
    village_code: str | None
    contributions: tuple[tuple[str, int, int], ...]
    """(household id, weight in grams, grade percent), by household id."""
    bought: Mapping[str, int]
    """Of these the grams that were paid for when they came in, by household id."""


def list_origins(session: Session, lot_ids: Sequence[int]) -> Mapping[int, LotOrigin]:
    """Return lots with their contributions in one statement."""
    sign = case((GoodsReceipt.reverses_id.is_(None), 1), else_=-1)
    bought = (
        select(
            GoodsReceipt.lot_id,
            GoodsReceipt.household_id,
            cast(func.sum(sign * GoodsReceipt.weight_g), BigInteger).label("weight_g"),
        )
        .where(GoodsReceipt.lot_id.in_(lot_ids))
        .group_by(GoodsReceipt.lot_id, GoodsReceipt.household_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Lot.id,
            Lot.seller_code,
            Lot.village_code,
            LotContribution.household_id,
            LotContribution.weight_g,
            LotContribution.grade_percent,
            bought.c.weight_g.label("bought_g"),
        )
        .outerjoin(LotContribution, LotContribution.lot_id == Lot.id)
        .outerjoin(
            bought,
            and_(
                bought.c.lot_id == Lot.id,
                bought.c.household_id == LotContribution.household_id,
            ),
        )
        .where(Lot.id.in_(lot_ids))
        .order_by(Lot.id, LotContribution.household_id)
    ).all()
    gathered: dict[int, list[tuple[str, int, int]]] = {}
    paid: dict[int, dict[str, int]] = {}
    heads: dict[int, tuple[str, str | None]] = {}
    for row in rows:
        heads[row.id] = (row.seller_code, row.village_code)
        parts = gathered.setdefault(row.id, [])
        if row.household_id is not None:
            parts.append((row.household_id, row.weight_g, row.grade_percent))
        if row.bought_g:
            paid.setdefault(row.id, {})[row.household_id] = row.bought_g
    return {
        lot_id: LotOrigin(
            lot_id, seller, village, tuple(gathered[lot_id]), paid.get(lot_id, {})
        )
        for lot_id, (seller, village) in heads.items()
    }


MARKET_PRICES = text("""
    SELECT asked.product_code, asked.day, price.week_on, price.minor_per_kg, price.source
    FROM unnest(CAST(:products AS text[]), CAST(:days AS date[])) AS asked (product_code, day)
    JOIN LATERAL (
        SELECT week_on, minor_per_kg, source FROM market_prices known
        WHERE known.product_code = asked.product_code AND known.week_on <= asked.day
            AND known.week_on > asked.day - coalesce((
                SELECT CAST(value AS integer) FROM policy_params
                WHERE code = 'market_price_days' AND valid_from <= asked.day
                    AND (valid_to IS NULL OR valid_to >= asked.day)
            ), 7)
        ORDER BY week_on DESC LIMIT 1
    ) AS price ON true
""")
"""The price of the week; an earlier one holds for so many days as the policy says."""


def find_market_prices(
    session: Session, wanted: Collection[tuple[str, date]]
) -> dict[tuple[str, date], WeekPrice]:
    """Return the market price of products on days; unknown ones are absent; one statement."""
    if not wanted:
        return {}
    products, days = zip(*sorted(set(wanted)), strict=True)
    rows = session.execute(MARKET_PRICES, {"products": list(products), "days": list(days)})
    return {
        (row.product_code, row.day): WeekPrice(
            row.product_code, row.week_on, row.minor_per_kg, row.source
        )
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class LotRow:
    """One lot as the seller and the public trace page see it."""

    lot_id: int
    code: str
    sku_code: str
    spec: str
    product_code: str
    product_name: str
    product_name_en: str
    picture: str
    category_code: str
    seller_code: str
    seller_name: str
    village_code: str | None
    harvested_on: date
    best_before: date | None
    batch_certificate_number: str | None
    received: int
    available: int
    held: int
    sold: int
    written_off: int
    received_at: datetime
    quarantined_at: datetime | None
    recalled_at: datetime | None
    is_sample: bool


_LOT_COLUMNS = (
    Lot.id,
    Lot.code,
    Sku.code,
    Sku.spec,
    Product.code,
    Product.name,
    Product.name_en,
    Product.picture,
    Product.category_code,
    Product.seller_code,
    Organisation.name,
    Lot.village_code,
    Lot.harvested_on,
    Lot.best_before,
    Lot.batch_certificate_number,
    Lot.received,
    Lot.available,
    Lot.held,
    Lot.sold,
    Lot.written_off,
    Lot.received_at,
    Lot.quarantined_at,
    Lot.recalled_at,
    Lot.is_sample,
)


def get_lot(session: Session, code: str) -> LotRow:
    """Return one lot by its code; raises `LotNotFoundError`."""
    row = session.execute(
        select(*_LOT_COLUMNS)
        .join(Sku, Sku.id == Lot.sku_id)
        .join(Product, Product.code == Sku.product_code)
        .join(Organisation, Organisation.code == Product.seller_code)
        .where(Lot.code == code)
    ).one_or_none()
    if row is None:
        raise LotNotFoundError(code)
    return fill(LotRow, row)


def list_lot_codes(session: Session, lot_ids: Collection[int]) -> dict[int, str]:
    """Return the codes of lots by id."""
    rows = session.execute(select(Lot.id, Lot.code).where(Lot.id.in_(lot_ids)))
    return {row.id: row.code for row in rows}


def list_lots(
    session: Session, seller_code: str, *, only_on_shelf: bool, limit: int = 200
) -> list[LotRow]:
    """Return a seller's lots, the soonest to expire first."""
    statement = (
        select(*_LOT_COLUMNS)
        .join(Sku, Sku.id == Lot.sku_id)
        .join(Product, Product.code == Sku.product_code)
        .join(Organisation, Organisation.code == Product.seller_code)
        .where(Product.seller_code == seller_code)
        .order_by(Lot.best_before.asc().nulls_last(), Lot.id)
        .limit(limit)
    )
    if only_on_shelf:
        statement = statement.where(Lot.available + Lot.held > 0)
    return fill_all(LotRow, session.execute(statement))


def sum_movements(session: Session, lot_id: int) -> Mapping[MovementKind, int]:
    """Return how many packs of a lot moved in each way since it was received."""
    rows = session.execute(
        select(StockMovement.kind, func.sum(StockMovement.quantity))
        .where(StockMovement.lot_id == lot_id)
        .group_by(StockMovement.kind)
    )
    return {row[0]: int(row[1]) for row in rows}


@dataclass(frozen=True, slots=True)
class SellerSkuRow:
    """One SKU of a seller with its price and stock."""

    code: str
    spec: str
    price_minor: int
    net_weight_g: int
    is_on_sale: bool
    product_code: str
    name: str
    name_en: str
    picture: str
    category_code: str
    storage_code: str
    state: ProductState
    recognition_status: RecognitionStatus
    recognition_to: date | None
    season_months: tuple[int, ...]
    is_year_round: bool
    available: int
    held: int
    next_expiry: date | None


def list_seller_skus(session: Session, seller_code: str, *, on: date) -> list[SellerSkuRow]:
    """Return every SKU of a seller with what may be sold of it on a day; one statement."""
    may_sell = and_(
        Lot.quarantined_at.is_(None), or_(Lot.best_before.is_(None), Lot.best_before >= on)
    )
    stock = (
        select(
            Lot.sku_id,
            func.sum(Lot.available).filter(may_sell).label("available"),
            func.sum(Lot.held).label("held"),
            func.min(Lot.best_before).filter(may_sell, Lot.available > 0).label("expiry"),
        )
        .where(Lot.available + Lot.held > 0)
        .group_by(Lot.sku_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Sku.code,
            Sku.spec,
            Sku.price_minor,
            Sku.net_weight_g,
            Sku.is_on_sale,
            Product.code,
            Product.name,
            Product.name_en,
            Product.picture,
            Product.category_code,
            Product.storage_code,
            Product.state,
            Product.recognition_status,
            Product.recognition_to,
            Product.season_months,
            Product.is_year_round,
            func.coalesce(stock.c.available, 0),
            func.coalesce(stock.c.held, 0),
            stock.c.expiry,
        )
        .join(Product, Product.code == Sku.product_code)
        .outerjoin(stock, stock.c.sku_id == Sku.id)
        .where(Product.seller_code == seller_code)
        .order_by(Product.code, Sku.sort_order, Sku.code)
    )
    return fill_all(SellerSkuRow, rows)
