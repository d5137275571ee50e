"""Sales that have been carried to the end, for pages that show what was earned."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from tests.builders.cold_chain import a_device
from tests.builders.sales import a_paid_group
from workflows import order_delivered, order_shipped
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

ACTOR = "person:1"


def a_delivered_sale(
    session: Session, sku_code: str, *, at: datetime, quantity: int = 1
) -> str:
    """Place, pay, ship and deliver packs of one SKU by a moment; return the order's number."""
    begun = at - timedelta(hours=6)
    number = f"{a_paid_group(session, {sku_code: quantity}, at=begun).number}-1"
    logger = a_device(session, f"LOG-{number}")
    order_shipped.pack(session, number, actor=ACTOR, at=begun)
    order_shipped.ship(session, number, HandOver(actor=ACTOR, device_code=logger), at=begun)
    order_delivered.deliver(session, number, Receipt(ACTOR, "recipient"), at=at)
    return number
