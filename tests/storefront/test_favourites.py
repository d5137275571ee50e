"""Favourites of people, and what a browser looked at."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from catalog.models import Product
from catalog.values import ProductState
from tests.builders.api import a_shop_of_today
from tests.builders.people import a_browser, a_person
from tests.builders.sales import World


@pytest.fixture
def world(session: Session) -> World:
    return a_shop_of_today(session)


@pytest.fixture
def browser(app: Flask, session: Session, world: World) -> FlaskClient:
    del world
    a_person(session, "wang")
    session.commit()
    return a_browser(app, "wang")


def test_a_heart_keeps_a_product_and_takes_it_off_again(
    browser: FlaskClient, world: World
) -> None:
    code = world.goat.product_code
    heart = f"/products/{code}/favourite"

    browser.post(heart, data={"keep": "1"})
    browser.post(heart, data={"keep": "1"})
    assert f"/products/{code}" in browser.get("/account/favourites").text
    assert 'aria-pressed="true"' in browser.get(f"/products/{code}").text

    browser.post(heart, data={"keep": "0"})
    browser.post(heart, data={"keep": "0"})
    assert "还没有收藏" in browser.get("/account/favourites").text


def test_a_guest_is_asked_to_sign_in(client: FlaskClient, world: World) -> None:
    answer = client.post(f"/products/{world.goat.product_code}/favourite", data={"keep": "1"})

    assert answer.status_code in {302, 401}
    assert client.get("/account/favourites").status_code in {302, 401}


def test_what_is_not_sold_any_more_is_named_and_can_be_taken_off(
    browser: FlaskClient, session: Session, world: World
) -> None:
    code = world.goat.product_code
    browser.post(f"/products/{code}/favourite", data={"keep": "1"})
    session.get_one(Product, code).state = ProductState.SUSPENDED
    session.commit()

    page = browser.get("/account/favourites").text

    assert "已下架" in page
    assert f'href="/products/{code}"' not in page
    gone = browser.post(
        f"/products/{code}/favourite", data={"keep": "0", "next": "/account/favourites"}
    )
    assert gone.location == "/account/favourites"
    assert browser.post("/products/NONE/favourite", data={"keep": "1"}).status_code == 404


def test_what_was_looked_at_stands_on_the_first_page_until_cleared(
    client: FlaskClient, world: World
) -> None:
    client.get(f"/products/{world.goat.product_code}")
    client.get(f"/products/{world.shoots.product_code}")
    client.get("/products/NONE")

    page = client.get("/").text.partition('id="seen"')[2]
    first, second = page.find(world.shoots.product_code), page.find(world.goat.product_code)
    assert 0 < first < second

    client.post("/seen/forget")
    assert 'id="seen"' not in client.get("/").text


def test_another_browser_sees_nothing_of_it(
    app: Flask, client: FlaskClient, world: World
) -> None:
    client.get(f"/products/{world.goat.product_code}")

    assert 'id="seen"' not in app.test_client().get("/").text
