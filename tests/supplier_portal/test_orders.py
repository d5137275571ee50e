"""A cooperative packs, ships and delivers its own orders and sees nobody else's."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalog.models import Lot, Product, Sku
from kernel import clock
from orders.models import Order
from orders.values import OrderState
from parties.values import Role
from tests.builders.cold_chain import a_device
from tests.builders.people import a_browser, a_person
from tests.builders.sales import GOAT, SHOOTS, World, a_paid_group, a_world, balances, packs


@pytest.fixture
def world(session: Session) -> World:
    made = a_world(session)
    today = clock.local_date(clock.now())
    session.execute(update(Lot).values(best_before=today + timedelta(days=9)))
    a_person(session, "goat", (Role.MANAGER, GOAT))
    a_person(session, "shoots", (Role.CLERK, SHOOTS))
    session.commit()
    return made


@pytest.fixture
def number(session: Session, world: World) -> str:
    at = clock.now()
    group = a_paid_group(session, {world.goat.code: 2, world.shoots.code: 1}, at=at)
    session.commit()
    return f"{group.number}-2"


@pytest.fixture
def goat(app: Flask, world: World) -> FlaskClient:
    return a_browser(app, "goat")


def state_of(session: Session, number: str) -> OrderState:
    session.expire_all()
    return session.scalars(select(Order.state).where(Order.number == number)).one()


@pytest.mark.parametrize("path", ["", "orders", "products", "lots", "statement"])
def test_every_page_opens(goat: FlaskClient, path: str) -> None:
    assert goat.get(f"/supplier/{path}").status_code == 200


def test_an_order_is_packed_shipped_and_delivered(
    session: Session, goat: FlaskClient, number: str
) -> None:
    logger = a_device(session, "LOG-7")
    session.commit()

    assert "取货单" in goat.get(f"/supplier/orders/{number}").text
    goat.post(f"/supplier/orders/{number}/pack")
    assert logger in goat.get(f"/supplier/orders/{number}").text
    goat.post(f"/supplier/orders/{number}/ship", data={"device": logger})
    goat.post(f"/supplier/orders/{number}/deliver")

    assert state_of(session, number) is OrderState.DELIVERED
    assert balances(session)["L:payable:coop:C05"] == -3_489
    assert "34.89" in goat.get("/supplier/statement").text


def test_each_parcel_has_its_label_its_logger_and_its_number(
    session: Session, goat: FlaskClient, world: World
) -> None:
    session.execute(
        update(Product)
        .where(Product.code == world.shoots.product_code)
        .values(seller_code=GOAT)
    )
    session.execute(update(Lot).values(seller_code=GOAT))
    group = a_paid_group(session, {world.goat.code: 1, world.shoots.code: 1}, at=clock.now())
    number = f"{group.number}-1"
    loggers = [a_device(session, "LOG-8"), a_device(session, "LOG-9")]
    session.commit()
    goat.post(f"/supplier/orders/{number}/pack")
    address, label = f"/supplier/orders/{number}/ship", f"/supplier/parcels/{number}/2/label"
    form = {"device-1": loggers[0], "device-2": loggers[1], "carrier_number-1": "SF1234567"}

    same = goat.post(address, data=form | {"carrier_number-2": "SF1234567"})
    bad = goat.post(address, data=form | {"carrier_number-2": "运单"})
    assert (same.status_code, bad.status_code) == (409, 422)
    assert state_of(session, number) is OrderState.PACKED
    assert goat.post(address, data=form | {"carrier_number-2": "SF7654321"}).status_code == 302

    assert state_of(session, number) is OrderState.SHIPPED
    page = goat.get(f"/supplier/orders/{number}").text
    assert "SF1234567" in page
    assert "SF7654321" in page
    assert goat.get(label).status_code == 200
    assert goat.get(label.replace("/2/", "/3/")).status_code == 404


def test_a_cold_order_without_a_logger_stays_packed(
    session: Session, goat: FlaskClient, number: str
) -> None:
    goat.post(f"/supplier/orders/{number}/pack")

    answer = goat.post(f"/supplier/orders/{number}/ship")

    assert answer.status_code in {409, 422}
    assert state_of(session, number) is OrderState.PACKED


def test_another_cooperative_finds_nothing_and_changes_nothing(
    app: Flask, session: Session, world: World, number: str
) -> None:
    shoots = a_browser(app, "shoots")
    lot = world.lots[world.goat.code]

    reads = [f"orders/{number}", f"orders/{number}/temperature/1", f"lots/{lot}"]
    writes = [f"orders/{number}/{step}" for step in ("pack", "ship", "deliver")]
    writes += [f"lots/{lot}/{step}" for step in ("quarantine", "release", "discard")]

    assert [shoots.get(f"/supplier/{path}").status_code for path in reads] == [404] * 3
    assert [shoots.post(f"/supplier/{path}").status_code for path in writes] == [404] * 6
    price = {"price": "1.00", "on_sale": "yes"}
    answer = shoots.post(f"/supplier/products/{world.goat.code}", data=price)
    assert answer.status_code == 404
    assert shoots.get(f"/supplier/orders?seller={GOAT}").text.count(number) == 0
    assert state_of(session, number) is OrderState.PAID
    assert packs(session, lot) == (8, 0, 2, 0)


def test_a_consumer_and_a_guest_are_kept_out(app: Flask, session: Session, number: str) -> None:
    a_person(session, "consumer")
    session.commit()

    consumer = a_browser(app, "consumer")

    assert consumer.get("/supplier/orders").status_code == 403
    assert app.test_client().get("/supplier/orders").status_code == 302


def test_a_price_is_changed_by_its_own_seller(
    session: Session, goat: FlaskClient, world: World
) -> None:
    goat.post(f"/supplier/products/{world.goat.code}", data={"price": "99.5"})

    session.expire_all()
    sku = session.get_one(Sku, world.goat.id)
    assert (sku.price_minor, sku.is_on_sale) == (9_950, False)


@pytest.mark.parametrize("price", ["0", "-1", "1.234", "abc", "", "99999999"])
def test_a_price_that_is_no_amount_is_refused(
    goat: FlaskClient, world: World, price: str
) -> None:
    answer = goat.post(f"/supplier/products/{world.goat.code}", data={"price": price})

    assert answer.status_code == 422


def test_a_stopped_lot_is_not_sold_until_it_is_released(
    session: Session, goat: FlaskClient, world: World
) -> None:
    lot = world.lots[world.goat.code]
    goat.post(f"/supplier/lots/{lot}/quarantine")
    shopper = goat.application.test_client()
    shopper.post("/basket/lines", data={"sku": world.goat.code, "quantity": "1"})

    assert "已售完" in shopper.get("/basket").text
    goat.post(f"/supplier/lots/{lot}/release")
    assert "已售完" not in shopper.get("/basket").text


def test_what_is_left_of_a_lot_is_written_off_once(
    session: Session, goat: FlaskClient, world: World
) -> None:
    lot = world.lots[world.goat.code]

    for _ in range(2):
        assert goat.post(f"/supplier/lots/{lot}/discard").status_code == 302

    assert packs(session, lot) == (0, 0, 0, 10)
