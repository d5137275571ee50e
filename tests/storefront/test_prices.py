"""Coupons, campaigns and tiers on the pages that sell and on those that set them."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.models import Lot
from catalog.values import NewCampaign
from kernel import clock
from orders import service as orders
from orders.models import OrderGroup
from orders.values import NewCoupon
from parties.values import Role
from tests.builders.people import a_browser, a_person
from tests.builders.places import a_seller
from tests.builders.sales import GOAT, World, a_world

ADDRESS = {
    "name": "王小姐",
    "phone": "13800000000",
    "province": "重庆市",
    "city": "重庆市",
    "district": "渝中区",
    "street": "解放碑一号",
}


def on_shelf(session: Session) -> World:
    world = a_world(session, on_hand=50)
    now = clock.now()
    best_before = clock.local_date(now) + timedelta(days=9)
    session.execute(update(Lot).values(best_before=best_before))
    window = (now - timedelta(days=1), now + timedelta(days=5))
    new = NewCoupon(
        code="MOUNTAIN",
        name="山货券",
        amount_minor=1_000,
        starts_at=window[0],
        ends_at=window[1],
    )
    orders.make_coupon(session, new, actor="person:1", at=now)
    campaign = NewCampaign(
        code="AUTUMN",
        name="秋收节",
        seller_code=GOAT,
        skus={world.goat.code: None},
        percent=90,
        starts_at=window[0],
        ends_at=window[1],
    )
    catalog.begin_campaign(session, campaign, actor="person:1", at=now)
    catalog.set_tiers(session, world.goat.code, {5: 8_000}, seller_code=GOAT)
    return world


def test_a_product_shows_its_campaign_and_tiers(session: Session, client: FlaskClient) -> None:
    world = on_shelf(session)

    page = client.get(f"/products/{world.goat.product_code}").get_data(as_text=True)

    assert "秋收节" in page
    assert "满 5 件" in page
    # Nothing was sold before the campaign: no price may be struck through.
    assert "<s>" not in page


def test_a_coupon_goes_from_the_basket_to_the_order(
    session: Session, client: FlaskClient
) -> None:
    world = on_shelf(session)
    client.post("/basket/lines", data={"sku": world.goat.code, "quantity": "2"})
    client.post("/basket/coupons", data={"code": " mountain "})
    basket = client.get("/basket").get_data(as_text=True)

    assert "山货券" in basket
    assert "平台承担" in basket
    answer = client.post("/checkout", data=ADDRESS)
    assert answer.status_code == 302
    group = session.scalars(select(OrderGroup)).one()
    assert (group.goods_minor, group.discount_minor) == (2 * 8_820, 1_000)
    assert "山货券" in client.get(f"/orders/{group.number}").get_data(as_text=True)


def test_the_checkout_asks_again_and_says_what_changed(
    session: Session, client: FlaskClient
) -> None:
    world = on_shelf(session)
    client.post("/basket/lines", data={"sku": world.goat.code, "quantity": "2"})
    page = client.get("/checkout").get_data(as_text=True)
    confirmed = page.split('name="confirmed" value="')[1].split('"')[0]
    catalog.stop_campaign(session, "AUTUMN", seller_code=GOAT, at=clock.now())

    answer = client.post("/checkout", data=ADDRESS | {"confirmed": confirmed})

    assert answer.status_code == 409
    assert "单价由 ¥88.20 变为 ¥98.00" in answer.get_data(as_text=True)
    assert session.scalar(select(OrderGroup.number)) is None


def test_an_unknown_code_is_refused(session: Session, client: FlaskClient) -> None:
    on_shelf(session)

    assert client.post("/basket/coupons", data={"code": "NOPE"}).status_code == 404


def test_sellers_set_tiers_campaigns_and_coupons(app: Flask, session: Session) -> None:
    world = on_shelf(session)
    a_person(session, "seller", (Role.MANAGER, GOAT))
    client = a_browser(app, "seller")
    today = clock.local_date(clock.now())
    days = {"starts_on": f"{today}", "ends_on": f"{today + timedelta(days=3)}"}

    coupon = {"code": "goat-5", "name": "羊肉券", "amount": "5", "scope": "all", **days}
    assert client.post("/supplier/offers/coupons", data=coupon).status_code == 302
    assert client.post("/supplier/offers/coupons", data=coupon).status_code == 409
    tiers = {"from_1": "3", "price_1": "90.00", "from_2": "9", "price_2": "80"}
    path = f"/supplier/offers/tiers/{world.goat.code}"
    assert client.post(path, data=tiers).status_code == 302
    assert client.post(path, data=tiers | {"price_2": "95"}).status_code == 422
    other = f"/supplier/offers/tiers/{world.shoots.code}"
    assert client.post(other, data=tiers).status_code == 404
    campaign = {f"campaign_{name}": value for name, value in days.items()}
    campaign |= {"campaign_code": "WINTER", "campaign_name": "冬藏", "campaign_percent": "80"}
    foreign = campaign | {"skus": world.shoots.code}
    assert client.post("/supplier/offers/campaigns", data=foreign).status_code == 404
    own = campaign | {"skus": world.goat.code}
    assert client.post("/supplier/offers/campaigns", data=own).status_code == 302
    page = client.get("/supplier/offers").get_data(as_text=True)
    assert "GOAT-5" in page
    assert "WINTER" in page
    assert client.post("/supplier/offers/coupons/MOUNTAIN/stop").status_code == 404
    assert client.post("/supplier/offers/coupons/GOAT-5/stop").status_code == 302


def test_the_platform_sets_coupons_and_campaigns(app: Flask, session: Session) -> None:
    world = on_shelf(session)
    a_seller(session, "PLATFORM")
    a_person(session, "operator", (Role.OPERATOR, "PLATFORM"))
    client = a_browser(app, "operator")
    today = clock.local_date(clock.now())
    days = {"starts_on": f"{today}", "ends_on": f"{today + timedelta(days=3)}"}

    coupon = {"code": "WELCOME", "name": "新人券", "percent": "10", "cap": "20", "scope": "all"}
    assert client.post("/console/offers/coupons", data=coupon | days).status_code == 302
    assert client.post("/console/offers/coupons", data=coupon).status_code == 422
    campaign = {f"campaign_{name}": value for name, value in days.items()}
    campaign |= {"campaign_code": "SPRING", "campaign_name": "春茶", "campaign_percent": "85"}
    both = campaign | {"skus": [world.goat.code, world.shoots.code], "campaign_stock": "5"}
    assert client.post("/console/offers/campaigns", data=both).status_code == 302
    page = client.get("/console/offers").get_data(as_text=True)
    assert "WELCOME" in page
    assert "SPRING" in page
    for path in ("coupons/WELCOME", "campaigns/SPRING"):
        assert client.post(f"/console/offers/{path}/stop").status_code == 302
