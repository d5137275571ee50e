"""A campaign of the platform is seen before it is published, with what the platform bears."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import Campaign, CampaignSku, Lot
from households.models import PurchasedLot
from kernel import clock
from tests.builders.people import a_browser
from tests.builders.sales import World
from tests.console.conftest import Shop

CAMPAIGNS = "/console/offers/campaigns"


def typed(world: World, **changes: str) -> dict[str, str]:
    today = clock.local_date(clock.now())
    return {
        "campaign_code": "HILLS",
        "campaign_name": "山货节",
        "campaign_percent": "85",
        "campaign_stock": "30",
        "campaign_starts_on": f"{today}",
        "campaign_ends_on": f"{today + timedelta(days=3)}",
        "skus": world.goat.code,
    } | changes


def test_the_operator_sees_what_a_campaign_costs_and_then_publishes_it(
    operator: FlaskClient, session: Session, shop: Shop
) -> None:
    page = operator.post(f"{CAMPAIGNS}/preview", data=typed(shop.world))

    told = page.get_data(as_text=True)
    assert page.status_code == 200
    # 98.00 at 85 % is 83.30; thirty packs at 14.70 are 441.00.
    assert ("¥14.70" in told, "平台最多承担 ¥441.00" in told) == (True, True)
    assert f'name="skus" value="{shop.world.goat.code}"' in told
    assert session.scalar(select(Campaign.code)) is None
    assert operator.post(CAMPAIGNS, data=typed(shop.world)).status_code == 302
    assert session.scalar(select(CampaignSku.price_minor)) == 8_330


def test_without_a_limit_nothing_bounds_what_the_platform_bears(
    operator: FlaskClient, shop: Shop
) -> None:
    page = operator.post(f"{CAMPAIGNS}/preview", data=typed(shop.world, campaign_stock=""))

    assert "平台承担的总额没有上限" in page.get_data(as_text=True)


def test_a_platform_s_campaign_is_never_below_what_goods_were_bought_for(
    operator: FlaskClient, session: Session, shop: Shop
) -> None:
    lot = session.scalar(select(Lot.id).where(Lot.sku_id == shop.world.goat.id))
    session.add(PurchasedLot(lot_id=lot, packs=20, cost_minor=180_000, pay_minor=180_000))
    session.commit()

    page = operator.post(f"{CAMPAIGNS}/preview", data=typed(shop.world))

    assert "低于成本" not in page.get_data(as_text=True)
    assert operator.post(CAMPAIGNS, data=typed(shop.world)).status_code == 302


def test_what_cannot_be_is_refused_and_others_see_nothing(
    app: Flask, operator: FlaskClient, shop: Shop
) -> None:
    preview = f"{CAMPAIGNS}/preview"
    wrong = typed(shop.world, campaign_percent="100")

    assert operator.post(preview, data=wrong).status_code == 422
    assert operator.post(preview, data=typed(shop.world, skus="NOPE-1")).status_code == 404
    other = a_browser(app, "consumer")
    assert other.post(preview, data=typed(shop.world)).status_code == 403
