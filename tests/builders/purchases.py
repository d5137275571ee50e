"""Short builders of goods bought from households: contracts, market prices, lots, receipts."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.models import Sku
from catalog.values import EmptyLot, WeekPrice
from households import service as households
from households.values import HouseholdId, LinkageModel, NewContract
from tests.builders.catalog import NOON, TODAY, a_product, a_sku
from tests.builders.places import a_household, a_seller
from tests.builders.sales import SHOOTS, a_paid_group, a_world
from workflows import advances, goods_received, order_delivered, order_shipped
from workflows.goods_received import NewReceipt
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

ACTOR = "person:1"
ORDER = {"floor_price": 800, "max_qty_kg": 1_000}
INKIND = {"input_cost_fen": 300_000, "buyback_price": 4_200, "loss_share_bp": 3_000}
LATER = NOON + timedelta(days=1)
NUMBERS = count(1)


def a_purchase_contract(
    session: Session,
    household: str | None,
    *,
    model: LinkageModel = LinkageModel.ORDER,
    seller: str = SHOOTS,
    effective_from: date = date(2025, 1, 1),
    **changes: Any,
) -> str:
    """Put a purchase contract of a seller with one household, or all, into force."""
    a_seller(session, seller)
    if household is not None:
        a_household(session, household)
    code = f"HT-{seller}-{household or 'ALL'}-{model}"
    households.draw_up_contract(
        session,
        NewContract(
            code=code,
            organisation_code=seller,
            model=model,
            household_id=HouseholdId(household) if household else None,
        ),
    )
    terms = (ORDER if model is LinkageModel.ORDER else INKIND) | changes
    new_terms(session, code, terms, effective_from=effective_from)
    return code


def new_terms(
    session: Session, contract: str, terms: Mapping[str, Any], *, effective_from: date
) -> None:
    """Put further terms of a contract into force."""
    version = households.draw_up_version(
        session, contract, terms, effective_from=effective_from
    )
    advances.activate(session, version, actor=ACTOR, at=NOON)


def goods_bought(session: Session, *, price_minor: int = 3_980, weight_g: int = 1_000) -> Sku:
    """Make a world and, in it, an SKU whose goods are bought; the market pays 6.50 a kilo."""
    a_world(session)
    return a_sku_bought(session, price_minor=price_minor, weight_g=weight_g)


def a_sku_bought(session: Session, *, price_minor: int = 3_980, weight_g: int = 1_000) -> Sku:
    """Make an SKU whose goods are bought in a world that is there already."""
    product = a_product(session, seller_code=SHOOTS, storage_code="COOL")
    a_market_price(session, product, 650)
    return a_sku(session, product, price_minor=price_minor, net_weight_g=weight_g)


def a_market_price(
    session: Session, product: str, minor_per_kg: int, *, week_on: date = TODAY
) -> None:
    """Write the market price of a week that begins on a Monday."""
    price = WeekPrice(product, week_on, minor_per_kg, "测试市场")
    catalog.record_market_prices(session, [price])


def an_open_lot(session: Session, sku: Sku, *, at: datetime = NOON) -> str:
    """Open an empty lot; return its code."""
    return catalog.open_lot(
        session,
        EmptyLot(
            sku_code=sku.code,
            seller_code=SHOOTS,
            harvested_on=TODAY,
            batch_certificate_number="",
            opened_at=at,
        ),
    )


def a_receipt(
    lot: str, contract: str, household: str, weight_g: int, **changes: Any
) -> NewReceipt:
    """Make a weighing of today."""
    values: dict[str, Any] = {
        "code": f"GR{next(NUMBERS):05}",
        "contract_code": contract,
        "household_id": HouseholdId(household),
        "lot_code": lot,
        "weight_g": weight_g,
        "grade_percent": 100,
        "received_on": TODAY,
        "at": NOON,
    }
    return NewReceipt(**(values | changes))


def receive(session: Session, *receipts: NewReceipt, seller: str = SHOOTS) -> None:
    """Record weighings; what the database checks at the end is checked at once."""
    goods_received.receive(session, receipts, seller_code=seller, actor=ACTOR)
    check_deferred(session)


def check_deferred(session: Session) -> None:
    """Have the database check now what it checks when a transaction ends."""
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    session.execute(text("SET CONSTRAINTS ALL DEFERRED"))


def a_bought_lot(session: Session, sku: Sku, grams: Mapping[str, int], **terms: Any) -> str:
    """Buy a lot from households under order contracts of their own; return its code."""
    lot = an_open_lot(session, sku)
    receive(
        session,
        *(
            a_receipt(lot, a_purchase_contract(session, who, **terms), who, weight)
            for who, weight in grams.items()
        ),
    )
    return lot


def a_sale(session: Session, sku: Sku, quantity: int, *, at: datetime = NOON) -> str:
    """Sell packs and send them off; return the order's number."""
    number = f"{a_paid_group(session, {sku.code: quantity}, at=at).number}-1"
    order_shipped.pack(session, number, actor=ACTOR, at=at)
    order_shipped.ship(session, number, HandOver(actor=ACTOR), at=at)
    return number


def a_delivered_sale(session: Session, sku: Sku, quantity: int, *, at: datetime = LATER) -> str:
    """Sell packs and have them accepted; return the order's number."""
    number = a_sale(session, sku, quantity)
    order_delivered.deliver(session, number, Receipt(ACTOR, "recipient"), at=at)
    return number
