"""A buyer's orders by a program: listed, given up, paid; what goes back is told."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from catalog.models import Lot
from kernel import clock
from orders.models import OrderGroup
from orders.values import GroupState
from payments.errors import GatewayAwayError
from payments.values import Provider
from tests.builders.api import a_key, a_shop_of_today, an_order_request
from tests.builders.people import a_browser, a_person
from tests.builders.sales import World, packs
from workflows import order_cancelled
from workflows.order_cancelled import Refusal

API = "/api/v1"


@pytest.fixture
def world(session: Session) -> World:
    made = a_shop_of_today(session)
    for login in ("buyer", "stranger"):
        a_person(session, login)
    session.commit()
    return made


@pytest.fixture
def buyer(app: Flask, world: World) -> FlaskClient:
    del world
    return a_browser(app, "buyer")


def placed(client: FlaskClient, sku: str, quantity: int = 2) -> str:
    body = an_order_request({sku: quantity})
    answer = client.post(f"{API}/orders", json=body, headers=a_key())
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["number"])


def pay(client: FlaskClient, number: str, provider: str = "demo") -> TestResponse:
    body = {"provider": provider}
    return client.post(f"{API}/orders/{number}/payments", json=body, headers=a_key())


def test_an_order_is_paid_and_its_state_says_so(buyer: FlaskClient, world: World) -> None:
    number = placed(buyer, world.goat.code)
    before = buyer.get(f"{API}/orders/{number}/payments").get_json()

    answer = pay(buyer, number)

    assert before == {
        "payments": [],
        "state": "pending_payment",
        "total_minor": before["total_minor"],
        "ways": ["demo"],
    }
    assert answer.status_code == 201, answer.text
    assert answer.get_json() == {"provider": "demo", "state": "paid", "url": None}
    after = buyer.get(f"{API}/orders/{number}/payments").get_json()
    assert (after["ways"], [one["state"] for one in after["payments"]]) == ([], ["succeeded"])
    assert after["payments"][0]["amount_minor"] == before["total_minor"]


def test_a_provider_that_is_off_is_not_there(buyer: FlaskClient, world: World) -> None:
    answer = pay(buyer, placed(buyer, world.goat.code), "stripe")

    assert (answer.status_code, answer.get_json()["code"]) == (404, "provider_missing")


def test_the_page_of_a_provider_is_told_and_given_again_under_its_key(
    buyer: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, key = placed(buyer, world.goat.code), a_key()
    asked: list[str] = []

    def away(provider: Provider, number: str, *, locale: str) -> str:
        del locale
        asked.append(number)
        raise GatewayAwayError(provider, "timeout")

    def there(_provider: Provider, number: str, *, locale: str) -> str:
        asked.append(number)
        return f"https://checkout.example/{number}?locale={locale}"

    def begin() -> TestResponse:
        path = f"{API}/orders/{number}/payments"
        return buyer.post(path, json={"provider": "stripe"}, headers=key)

    monkeypatch.setattr("shop.checkouts.pay_at", away)
    lost = begin()
    monkeypatch.setattr("shop.checkouts.pay_at", there)
    answers = [begin() for _ in range(2)]

    assert (lost.status_code, lost.get_json()["code"]) == (409, "gateway_away")
    url = f"https://checkout.example/{number}?locale=zh_CN"
    told = {"provider": "stripe", "state": "pending_payment", "url": url}
    assert [one.get_json() for one in answers] == [told, told]
    assert asked == [number, number]


def test_goods_that_may_not_be_sold_any_more_close_the_order(
    session: Session, buyer: FlaskClient, world: World
) -> None:
    number = placed(buyer, world.goat.code)
    session.execute(update(Lot).values(quarantined_at=clock.now()))
    session.commit()

    answer = pay(buyer, number)

    assert (answer.status_code, answer.get_json()["code"]) == (409, "goods_unfit")
    assert pay(buyer, number).get_json()["code"] == "order_closed"


def test_an_unpaid_order_is_given_up_once(
    session: Session, buyer: FlaskClient, world: World
) -> None:
    number = placed(buyer, world.goat.code)
    path = f"{API}/orders/{number}/cancellation"

    first = buyer.post(path, json={}, headers=a_key())
    second = buyer.post(path, json={}, headers=a_key())

    assert (first.status_code, first.get_json()["state"]) == (200, "cancelled")
    assert (second.status_code, second.get_json()["code"]) == (409, "order_closed")
    assert packs(session, world.lots[world.goat.code]) == (10, 0, 0, 0)
    assert pay(buyer, number).get_json()["code"] == "order_closed"


def test_a_paid_order_is_not_given_up_and_what_goes_back_is_told(
    session: Session, buyer: FlaskClient, world: World
) -> None:
    number = placed(buyer, world.goat.code)
    pay(buyer, number)

    answer = buyer.post(f"{API}/orders/{number}/cancellation", json={}, headers=a_key())
    refusal = Refusal("person:1", "buyer_cancelled")
    order_cancelled.refund_in_full(session, f"{number}-1", refusal, at=clock.now())
    session.commit()
    (told,) = buyer.get(f"{API}/orders/{number}/refunds").get_json()["refunds"]

    assert (answer.status_code, answer.get_json()["code"]) == (409, "order_already_paid")
    assert (told["order_number"], told["reason"]) == (f"{number}-1", "buyer_cancelled")
    assert told["amount_minor"] == session.query(OrderGroup).one().total_minor


def test_the_list_goes_on_behind_a_key_and_shows_nobody_else_s(
    app: Flask, session: Session, buyer: FlaskClient, world: World
) -> None:
    numbers = [placed(buyer, world.goat.code, 1) for _ in range(5)]
    for age, number in enumerate(numbers):
        moment = clock.now() - timedelta(minutes=10 - age)
        session.execute(
            update(OrderGroup).where(OrderGroup.number == number).values(placed_at=moment)
        )
    session.commit()
    pay(buyer, numbers[2])

    found, key = [], ""
    for _ in range(3):
        page = buyer.get(f"{API}/orders?limit=2{key}").get_json()
        found += [row["number"] for row in page["rows"]]
        key = f"&after={page['next_key']}"

    assert (found, page["next_key"]) == (numbers[::-1], None)
    paid = buyer.get(f"{API}/orders?state={GroupState.PAID}").get_json()["rows"]
    assert [row["number"] for row in paid] == [numbers[2]]
    assert a_browser(app, "stranger").get(f"{API}/orders").get_json()["rows"] == []
    assert app.test_client().get(f"{API}/orders").status_code == 401
    assert buyer.get(f"{API}/orders?after=WzFd").status_code in {400, 422}


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "payments"), ("get", "refunds"), ("post", "payments"), ("post", "cancellation")],
)
def test_nobody_else_learns_of_an_order(
    app: Flask, buyer: FlaskClient, world: World, method: str, path: str
) -> None:
    number = placed(buyer, world.goat.code)
    body = {"provider": "demo"} if path == "payments" else {}
    address = f"{API}/orders/{number}/{path}"

    for client in (a_browser(app, "stranger"), app.test_client()):
        if method == "get":
            assert client.get(address).status_code == 404
        else:
            assert client.post(address, json=body, headers=a_key()).status_code == 404
