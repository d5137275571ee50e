"""Deals and coupons: what is left, what each may buy, what may be struck through."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.models import CampaignSku, Lot
from kernel import clock
from orders.models import Coupon
from orders.values import CouponScope
from tests.builders import offers
from tests.builders.api import a_shop_of_today
from tests.builders.catalog import a_lot, a_product, a_sku
from tests.builders.editorial import a_campaign, an_event
from tests.builders.people import a_browser, a_person
from tests.builders.sales import World

NOW = clock.now()


@pytest.fixture
def world(session: Session) -> World:
    return a_shop_of_today(session)


def test_deals_tell_what_is_left_what_each_may_buy_and_strike_only_what_was_paid(
    app: Flask, client: FlaskClient, session: Session, world: World
) -> None:
    a_campaign(session, world.goat, stock=7, limit_per_buyer=2)
    a_campaign(
        session,
        world.shoots,
        "LATER",
        starts_at=NOW + timedelta(days=1),
        ends_at=NOW + timedelta(days=3),
    )
    session.commit()

    page = client.get("/deals").text

    assert "活动价还剩 7 件" in page
    assert "每人限购 2 件" in page
    assert "活动外价格 ¥98.00" in page
    assert "price-struck" not in page
    assert page.index("活动TEA-WEEK") < page.index("活动LATER")
    assert "/help/prices#struck" in page
    session.execute(update(CampaignSku).values(before_minor=9_700))
    session.commit()
    later = client.get("/deals").text
    assert later.count("price-struck") == 1
    assert "¥97.00" in later
    a_person(session, "buyer")
    session.commit()
    assert "活动价还剩 7 件" in a_browser(app, "buyer").get("/deals").text


def test_a_stopped_campaign_and_goods_that_cannot_be_sold_are_no_deals(
    client: FlaskClient, session: Session, world: World
) -> None:
    a_campaign(session, world.goat)
    a_campaign(session, world.shoots, "SHOOTS")
    session.commit()
    assert "活动SHOOTS" in client.get("/deals").text
    catalog.stop_campaign(session, "SHOOTS", seller_code=None, at=NOW)
    session.execute(update(Lot).where(Lot.sku_id == world.goat.id).values(quarantined_at=NOW))
    session.commit()

    page = client.get("/deals").text

    assert "活动SHOOTS" not in page
    assert "活动TEA-WEEK" not in page
    assert "现在没有限时优惠" in page


def test_when_the_kept_packs_are_gone_the_page_says_that_the_usual_price_holds(
    client: FlaskClient, session: Session, world: World
) -> None:
    a_campaign(session, world.goat, stock=3)
    session.execute(update(CampaignSku).values(taken=3))
    session.commit()

    assert "按活动外价格出售" in client.get("/deals").text


def test_a_buyer_s_coupons_stand_apart_by_what_became_of_them(
    app: Flask, session: Session
) -> None:
    a_person(session, "buyer")
    offers.a_coupon(session, "STILL", at=NOW, is_claimable=True)
    offers.a_coupon(session, "GONE", at=NOW, is_claimable=True)
    browser = a_browser(app, "buyer")
    for code in ("STILL", "GONE"):
        assert browser.post(f"/coupons/{code}/take").status_code == 302
    session.execute(
        update(Coupon)
        .where(Coupon.code == "GONE")
        .values(starts_at=NOW - timedelta(days=9), ends_at=NOW - timedelta(hours=1))
    )
    session.commit()

    page = browser.get("/account/coupons").text

    assert page.index("券STILL") < page.index("已过期或已结束") < page.index("券GONE")
    assert 'id="used"' not in page


def test_the_pages_ask_no_more_however_many_goods_there_are(
    client: FlaskClient, session: Session, world: World, statements: list[str]
) -> None:
    products = [a_product(session) for _ in range(12)]
    for number, product in enumerate(products):
        sku = a_sku(session, product)
        a_lot(session, sku, at=NOW, best_before=None)
        a_campaign(session, sku, f"DEAL-{number:02}", ends_at=NOW + timedelta(days=6))
    codes = tuple(f"DEAL-{number:02}" for number in range(12))
    offers.a_coupon(session, "TAKE-ME", at=NOW, is_claimable=True)
    an_event(session, "small", at=NOW, products=(world.goat.product_code,))
    an_event(
        session,
        "large",
        at=NOW,
        products=tuple(products),
        campaigns=codes,
        coupons=("TAKE-ME",),
    )
    session.commit()
    client.get("/events/small")
    asked = {}
    for path in ("/events/small", "/events/large", "/events", "/deals"):
        statements.clear()
        assert client.get(path).status_code == 200
        asked[path] = len(
            [one for one in statements if one.lstrip().startswith(("SELECT", "WITH"))]
        )

    assert asked["/events/small"] <= 3
    assert asked["/events/large"] <= 5
    assert asked["/events"] <= 2
    assert asked["/deals"] <= 4


def test_a_coupon_leads_to_the_goods_it_is_for(
    client: FlaskClient, session: Session, world: World
) -> None:
    offers.a_coupon(
        session,
        "ONLY-IT",
        at=NOW,
        is_claimable=True,
        claim_limit=9,
        scope=CouponScope.PRODUCT,
        scope_code=world.goat.product_code,
    )
    session.commit()

    page = client.get("/coupons").text

    assert f'<a href="/products/{world.goat.product_code}">仅限' in page
    assert "还剩 9 张" in page
