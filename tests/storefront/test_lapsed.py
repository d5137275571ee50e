"""Without a worker, goods whose time is over come back to whoever looks next."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalog.models import Lot, Reservation
from kernel import clock
from orders.models import OrderGroup
from orders.values import GroupState
from tests.builders.sales import World, a_group, a_world, packs

FORM = {
    "name": "王小姐",
    "phone": "138 0000 0000",
    "province": "重庆市",
    "city": "重庆市",
    "district": "渝中区",
    "street": "解放碑一号",
}


@pytest.fixture
def world(session: Session) -> World:
    """Everything of one good is held by somebody whose time is over; no worker runs."""
    made = a_world(session)
    at = clock.now()
    session.execute(update(Lot).values(best_before=clock.local_date(at) + timedelta(days=9)))
    a_group(session, {made.goat.code: 10}, at=at)
    over = at - timedelta(seconds=1)
    session.execute(update(OrderGroup).values(expires_at=over))
    session.execute(update(Reservation).values(expires_at=over))
    session.commit()
    return made


def test_the_product_page_offers_it_again(client: FlaskClient, world: World) -> None:
    assert "缺货" not in client.get(f"/products/{world.goat.product_code}").text


def test_it_can_be_put_into_the_basket_and_ordered(
    session: Session, client: FlaskClient, world: World
) -> None:
    client.post("/basket/lines", data={"sku": world.goat.code, "quantity": "10"})

    answer = client.post("/checkout", data=FORM)

    assert answer.status_code == 302, answer.text
    states = session.scalars(select(OrderGroup.state).order_by(OrderGroup.placed_at)).all()
    assert states == [GroupState.EXPIRED, GroupState.PENDING_PAYMENT]
    assert packs(session, world.lots[world.goat.code]) == (0, 10, 0, 0)
