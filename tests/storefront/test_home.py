"""The front page: everything on it is counted."""

from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from catalog.models import Product
from kernel import clock
from tests.builders.api import a_shop_of_today
from tests.builders.catalog import a_lot, a_product, a_sku
from tests.builders.deliveries import a_delivered_sale
from tests.builders.papers import a_brand
from tests.builders.places import VILLAGE, a_place
from tests.builders.sales import World


def today() -> date:
    return clock.local_date(clock.now())


@pytest.fixture
def world(session: Session) -> World:
    return a_shop_of_today(session)


def test_an_empty_shop_still_has_a_front_page(client: FlaskClient) -> None:
    page = client.get("/")

    assert page.status_code == 200
    assert "去挑山货" in page.text
    assert "正当季" not in page.text


def test_the_season_shows_what_is_ripe_this_month_and_there(
    client: FlaskClient, session: Session, world: World
) -> None:
    session.execute(
        update(Product)
        .where(Product.code == world.shoots.product_code)
        .values(name="当月鲜笋", is_year_round=False, season_months=[today().month])
    )
    a_sku(session, a_product(session, name="没货的笋", is_year_round=False))
    session.commit()

    page = client.get("/").text

    assert f"{today().month} 月正当季" in page
    assert "当月鲜笋" in page
    assert "没货的笋" not in page


def test_chilled_goods_that_can_leave_today_are_shown_once(
    client: FlaskClient, session: Session, world: World
) -> None:
    session.execute(
        update(Product).where(Product.code == world.goat.product_code).values(name="冷鲜羊腿")
    )
    ambient = a_sku(session, a_product(session, name="常温干货"))
    a_lot(session, ambient, best_before=None)
    session.commit()

    page = client.get("/").text

    assert page.count("冷鲜羊腿</a>") == 1
    assert "今天可发的冷鲜" in page
    assert "常温干货</a>" not in page


def test_categories_brands_and_focus_places_lead_on(
    client: FlaskClient, session: Session
) -> None:
    a_place(session, VILLAGE, name="大田村", focus_tier="10")
    code = a_product(session)
    a_sku(session, code)
    a_sku(session, a_product(session, brand="(姊妹区县)"))
    a_brand(session, code)
    session.commit()

    page = client.get("/").text

    assert 'href="/products?category=tea"' in page
    assert 'href="/brands/FAIRY"' in page
    assert "(姊妹区县)" not in page
    assert f'href="/villages/{VILLAGE}"' in page
    assert "2 种山货，来自 1 个村、1 家" in page


def test_the_flow_of_money_is_what_was_earned(
    client: FlaskClient, session: Session, world: World
) -> None:
    a_delivered_sale(session, world.goat.code, at=clock.now())
    session.commit()

    page = client.get("/").text

    assert "您付的钱，去了哪里" in page
    assert "¥98.00" in page
    assert "10 户" in page
    assert "¥65.42" in page


def test_the_flow_of_money_hides_too_few_households(
    client: FlaskClient, session: Session
) -> None:
    world = a_shop_of_today(session, households_each=9)
    a_delivered_sale(session, world.goat.code, at=clock.now())
    session.commit()

    page = client.get("/").text

    assert "产地（农户、卖家与村集体）" in page
    assert "¥65.42" not in page
    assert "9 户" not in page


def test_the_front_page_reads_in_english(client: FlaskClient, world: World) -> None:
    page = client.get("/?lang=en")

    assert page.status_code == 200
    assert f"Product {world.goat.product_code}" in page.text
