"""Orders are found again, bought again, and their refunds followed."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalog.models import Lot, Sku
from kernel import clock
from orders.models import BasketLine, OrderGroup
from parties.models import Organisation
from tests.builders.people import a_browser, a_person
from tests.builders.sales import SHOOTS, World, a_world
from tests.storefront.test_checkout import FORM, fill, order


@pytest.fixture
def world(session: Session) -> World:
    made = a_world(session)
    today = clock.local_date(clock.now())
    session.execute(update(Lot).values(best_before=today + timedelta(days=9)))
    a_person(session, "own")
    a_person(session, "other")
    session.commit()
    return made


@pytest.fixture
def browser(app: Flask, world: World) -> FlaskClient:
    return a_browser(app, "own")


def basket(session: Session) -> dict[str, int]:
    rows = session.execute(
        select(Sku.code, BasketLine.quantity).join(Sku, Sku.id == BasketLine.sku_id)
    )
    return {row.code: row.quantity for row in rows}


def test_everything_goes_into_the_basket_again(
    session: Session, browser: FlaskClient, world: World
) -> None:
    fill(browser, world)
    number = order(browser)
    browser.post(f"/pay/{number}/demo")
    assert basket(session) == {}

    answer = browser.post(f"/orders/{number}/again", follow_redirects=True)

    assert "已按今天的价格放入购物篮" in answer.text
    assert basket(session) == {world.goat.code: 2, world.shoots.code: 1}


def test_what_cannot_be_had_is_named_with_its_reason(
    session: Session, browser: FlaskClient, world: World
) -> None:
    fill(browser, world, goat=4, shoots=1)
    number = order(browser)
    browser.post(f"/pay/{number}/demo")
    goat = world.lots[world.goat.code]
    left = session.scalars(select(Lot.available).where(Lot.code == goat)).one()
    session.execute(update(Sku).where(Sku.code == world.shoots.code).values(is_on_sale=False))
    session.commit()
    fill(browser, world, goat=left - 1, shoots=0)
    taken = order(browser)
    assert taken != number

    page = browser.post(f"/orders/{number}/again", follow_redirects=True).text

    assert "只剩 1 份，已放入这些" in page
    assert "已下架" in page
    assert basket(session) == {world.goat.code: 1}


def test_a_closed_seller_and_sold_out_goods_are_told_apart(
    session: Session, browser: FlaskClient, world: World
) -> None:
    fill(browser, world)
    number = order(browser)
    browser.post(f"/pay/{number}/demo")
    session.execute(
        update(Organisation).where(Organisation.code == SHOOTS).values(suspended_at=clock.now())
    )
    session.execute(
        update(Lot)
        .where(Lot.code == world.lots[world.goat.code])
        .values(quarantined_at=clock.now())
    )
    session.commit()

    page = browser.post(f"/orders/{number}/again", follow_redirects=True).text

    assert "卖家暂停营业" in page
    assert "已售完" in page
    assert "已按今天的价格放入购物篮" not in page
    assert basket(session) == {}


def test_nobody_buys_again_what_is_not_theirs(
    app: Flask, session: Session, browser: FlaskClient, world: World
) -> None:
    fill(browser, world)
    number = order(browser)

    answer = a_browser(app, "other").post(f"/orders/{number}/again")

    assert answer.status_code == 404
    assert basket(session) == {}


def test_the_list_is_narrowed_to_what_is_asked_for(
    session: Session, browser: FlaskClient, world: World
) -> None:
    numbers = []
    for _ in range(3):
        fill(browser, world, goat=1, shoots=1)
        numbers.append(order(browser))
    waiting, paid, closed = numbers
    browser.post(f"/pay/{paid}/demo")
    browser.post(f"/orders/{closed}/cancel")

    shown = {
        state: [number for number in numbers if number in browser.get(f"/orders{state}").text]
        for state in ("", "?state=unpaid", "?state=paid", "?state=closed", "?state=x")
    }

    assert shown == {
        "": numbers,
        "?state=unpaid": [waiting],
        "?state=paid": [paid],
        "?state=closed": [closed],
        "?state=x": numbers,
    }
    assert 'aria-current="true"' in browser.get("/orders?state=paid").text


def test_an_unpaid_order_is_paid_within_its_hold_and_not_beyond(
    session: Session, browser: FlaskClient, world: World
) -> None:
    fill(browser, world)
    number = order(browser)
    assert f'href="/pay/{number}"' in browser.get(f"/orders/{number}").text

    assert browser.post(f"/pay/{number}/demo").status_code == 302

    page = browser.get(f"/orders/{number}").text
    assert f'href="/pay/{number}"' not in page
    state = session.scalars(select(OrderGroup.state).where(OrderGroup.number == number)).one()
    assert state == "paid"


def test_a_refund_is_followed_step_by_step(
    session: Session, browser: FlaskClient, world: World
) -> None:
    fill(browser, world)
    number = order(browser)
    browser.post(f"/pay/{number}/demo")
    browser.post(f"/orders/{number}/parts/{number}-1/refund")

    page = browser.get(f"/orders/{number}").text

    assert "已申请退款" in page
    assert "退回付款账户" in page
    assert FORM["street"] in page
