"""A guest buys from two sellers in one basket, without JavaScript."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from catalog.models import Lot, Sku
from kernel import clock
from orders.models import OrderGroup
from orders.values import GroupState
from tests.builders.people import a_browser, a_person
from tests.builders.sales import World, a_world, packs

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
    made = a_world(session)
    today = clock.local_date(clock.now())
    session.execute(update(Lot).values(best_before=today + timedelta(days=9)))
    session.commit()
    return made


def fill(client: FlaskClient, world: World, goat: int = 2, shoots: int = 1) -> None:
    for sku, quantity in ((world.goat, goat), (world.shoots, shoots)):
        client.post("/basket/lines", data={"sku": sku.code, "quantity": str(quantity)})


def order(client: FlaskClient, **changes: str) -> str:
    answer = client.post("/checkout", data=FORM | changes)
    assert answer.status_code == 302, answer.text
    return answer.location.rsplit("/", 1)[-1]


def test_an_empty_basket_says_what_to_do(client: FlaskClient) -> None:
    page = client.get("/basket")

    assert page.status_code == 200
    assert "购物篮还是空的" in page.text


def test_the_basket_groups_goods_by_seller_and_adds_up(
    client: FlaskClient, world: World
) -> None:
    fill(client, world)

    page = client.get("/basket").text

    assert page.count('class="seller"') == 2
    assert "¥271.80" in page


def test_a_quantity_can_be_changed_and_a_line_removed(
    client: FlaskClient, world: World
) -> None:
    fill(client, world)

    client.post(f"/basket/lines/{world.goat.code}", data={"quantity": "１"})
    client.post(f"/basket/lines/{world.shoots.code}", data={"remove": "yes", "quantity": "1"})

    page = client.get("/basket").text
    assert page.count('class="seller"') == 1
    assert "¥116.00" in page


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "1e3", "99999", "", "\u0661"])
def test_a_quantity_that_is_no_whole_number_is_refused(
    client: FlaskClient, world: World, quantity: str
) -> None:
    answer = client.post("/basket/lines", data={"sku": world.goat.code, "quantity": quantity})

    assert answer.status_code == 422


def test_a_basket_of_somebody_else_cannot_be_reached(
    app: Flask, client: FlaskClient, world: World
) -> None:
    fill(client, world)

    assert "购物篮还是空的" in app.test_client().get("/basket").text


def test_a_guest_orders_pays_and_sees_the_trail(
    session: Session, client: FlaskClient, world: World
) -> None:
    fill(client, world)

    number = order(client)
    assert "模拟支付" in client.get(f"/pay/{number}").text
    client.post(f"/pay/{number}/demo")
    page = client.get(f"/orders/{number}").text

    assert "约 10 户农户" in page
    assert "以上是预计金额" in page
    assert "HX00" not in page
    assert packs(session, world.lots[world.goat.code]) == (8, 0, 2, 0)
    assert session.scalars(select(OrderGroup.state)).one() is GroupState.PAID


def test_paying_twice_pays_once(session: Session, client: FlaskClient, world: World) -> None:
    fill(client, world)
    number = order(client)

    for _ in range(3):
        assert client.post(f"/pay/{number}/demo").status_code == 302

    assert packs(session, world.lots[world.goat.code]) == (8, 0, 2, 0)


def test_a_form_with_gaps_names_each_and_keeps_what_was_typed(
    client: FlaskClient, world: World
) -> None:
    fill(client, world)

    answer = client.post("/checkout", data=FORM | {"phone": "abc", "street": ""})

    assert answer.status_code == 422
    assert "王小姐" in answer.text
    assert 'href="#phone"' in answer.text
    assert 'href="#street"' in answer.text


def test_a_price_that_rose_meanwhile_asks_again(
    session: Session, client: FlaskClient, world: World
) -> None:
    fill(client, world)
    session.execute(update(Sku).where(Sku.id == world.goat.id).values(price_minor=10_000))
    session.commit()

    answer = client.post("/checkout", data=FORM | {"seen_total": "27180"})

    assert answer.status_code == 409
    assert session.scalar(select(func.count()).select_from(OrderGroup)) == 0


def test_nobody_reads_an_order_without_its_key(
    app: Flask, client: FlaskClient, world: World
) -> None:
    fill(client, world)
    number = order(client)
    key = client_key(client, number)

    stranger = app.test_client()
    assert stranger.get(f"/orders/{number}").status_code == 404
    assert stranger.get(f"/orders/{number}?key=wrong").status_code == 404
    assert stranger.get(f"/orders/{number}?key={key}").status_code == 200


def client_key(client: FlaskClient, number: str) -> str:
    with client.session_transaction() as browser:
        return str(browser["order_keys"][number])


def test_an_unpaid_order_can_be_cancelled_and_frees_its_goods(
    session: Session, client: FlaskClient, world: World
) -> None:
    fill(client, world)
    number = order(client)

    client.post(f"/orders/{number}/cancel")

    assert packs(session, world.lots[world.goat.code]) == (10, 0, 0, 0)
    assert client.post(f"/pay/{number}/demo").status_code == 409


def test_a_paid_part_can_be_given_back_before_it_is_packed(
    session: Session, client: FlaskClient, world: World
) -> None:
    fill(client, world)
    number = order(client)
    client.post(f"/pay/{number}/demo")
    page, form = client.get(f"/orders/{number}").text, f"parts/{number}-2/claims/cancel"
    assert page.count(form) == 1
    assert f"parts/{number}-2/refund" not in page
    assert f"parts/{number}-2/refund" in client.get(f"/orders/{number}/{form}").text

    answer = client.post(f"/orders/{number}/parts/{number}-2/refund")

    assert answer.status_code == 302
    assert packs(session, world.lots[world.goat.code]) == (10, 0, 0, 0)
    assert client.post(f"/orders/{number}/parts/{number}-2/refund").status_code == 409


def test_placing_an_order_takes_at_most_twelve_statements(
    app: Flask, session: Session, world: World, statements: list[str]
) -> None:
    a_person(session, "buyer")
    session.commit()
    client = a_browser(app, "buyer")
    fill(client, world)
    statements.clear()

    order(client)

    assert len(statements) <= 12, statements


def test_a_signed_in_buyer_finds_the_order_again(
    app: Flask, session: Session, world: World
) -> None:
    a_person(session, "buyer")
    session.commit()
    client = a_browser(app, "buyer")
    fill(client, world)
    number = order(client)

    again = a_browser(app, "buyer")

    assert number in again.get("/orders").text
    assert again.get(f"/orders/{number}").status_code == 200
