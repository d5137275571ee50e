"""Orders at lower prices: a campaign of the platform and a coupon."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.values import NewCampaign
from orders import service as orders
from orders.values import NewCoupon
from tests.builders.catalog import NOON
from tests.builders.editorial import an_event
from tests.builders.sales import GUEST, RECIPIENT, World, a_capture, a_paid_group
from workflows import checkout, order_paid
from workflows.checkout import CheckoutRequest


def a_coupon(
    session: Session, code: str = "MOUNTAIN", *, at: datetime = NOON, **changes: object
) -> str:
    """Make a coupon of ten yuan the platform bears, for the week around a moment."""
    terms = {
        "code": code,
        "name": f"券{code}",
        "amount_minor": 1_000,
        "starts_at": at - timedelta(days=1),
        "ends_at": at + timedelta(days=7),
    }
    new = NewCoupon(**(terms | changes))  # type: ignore[arg-type]
    orders.make_coupon(session, new, actor="person:1", at=at)
    return code


def lower_prices(session: Session, world: World) -> None:
    """Sell two goods at once, then at a campaign's price and with a coupon."""
    a_paid_group(session, {world.shoots.code: 1, world.goat.code: 1})
    starts, ends = NOON - timedelta(days=1), NOON + timedelta(days=1)
    campaign = NewCampaign(
        code="AUTUMN",
        name="秋收节",
        skus={world.goat.code: 9_000},
        starts_at=starts,
        ends_at=ends,
    )
    catalog.begin_campaign(session, campaign, actor="person:1", at=NOON)
    an_event(session, products=(world.goat.product_code,), campaigns=("AUTUMN",))
    a_coupon(session, amount_minor=500)
    request = CheckoutRequest(
        buyer=GUEST,
        recipient=RECIPIENT,
        quantities={world.goat.code: 1},
        coupons=("MOUNTAIN",),
    )
    group = checkout.place(session, request, at=NOON)
    order_paid.settle(session, a_capture(session, group))
