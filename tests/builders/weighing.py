"""Goods sold by weight: an SKU by the piece, and what the scale shows."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from catalog.models import Sku
from catalog.values import SaleUnit
from orders import queries as order_queries
from orders.values import Weighing
from tests.builders.catalog import NOON, a_lot, a_sku
from tests.builders.register import a_number
from tests.builders.sales import World, a_paid_group
from workflows import goods_weighed, order_shipped
from workflows.travel import HandOver

JIN_MINOR = 4_900
"""Fen per 500 g: a piece of 1,500 g costs 147.00 yuan."""


def by_the_piece(session: Session, world: World, *, extra_percent: int = 10) -> Sku:
    """Sell the world's goat by the piece of about 1,500 g; twelve households filled the lot."""
    session.add(a_number("weighed_extra_percent", extra_percent, date(2020, 1, 1)))
    sku = a_sku(
        session,
        world.goat.product_code,
        spec="约1.5kg/块",
        net_weight_g=1_500,
        price_minor=3 * JIN_MINOR,
        sale_unit=SaleUnit.WEIGHT,
        piece_min_g=1_200,
        piece_max_g=1_800,
    )
    world.lots[sku.code] = a_lot(session, sku, households=12)
    return sku


def weigh(session: Session, number: str, *pieces_g: int, is_confirmed: bool = False) -> None:
    """Weigh the one line of an order that is sold by weight."""
    (line,) = order_queries.list_to_weigh(session, [number])
    read = Weighing({line.line_id: pieces_g}, "person:7", NOON, is_confirmed)
    goods_weighed.weigh(session, number, read)


def ship_by_weight(session: Session, world: World, logger: str, *, at: datetime) -> str:
    """Sell two pieces lighter than they were charged as, and ship them; return the number."""
    number = f"{a_paid_group(session, {by_the_piece(session, world).code: 2}).number}-1"
    weigh(session, number, 1_420, 1_533)
    order_shipped.pack(session, number, actor="person:1", at=at)
    order_shipped.ship(session, number, HandOver(actor="person:1", device_code=logger), at=at)
    return number
