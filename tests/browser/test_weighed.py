"""Goods by weight in a real browser: from the price of 500 g to the fen that comes back.

A guest buys two legs of goat of about 2.5 kg each at 238.00 yuan a leg, which is 47.60 for
500 g. Charged are 2.75 kg a leg: 4760 x 2750 / 500 = 26,180 fen each. The scale shows 2,380 g
and 2,465 g, so 4,845 g: 4760 x 4845 / 500 = 46,124.4, so 461.24 yuan; 523.60 less that, 62.36
yuan, go back.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.browser import goods
from tests.browser.goods import Harvest
from tests.browser.shop_clock import ShopClock
from tests.browser.visiting import a_visitor, fill_recipient, follow

pytestmark = pytest.mark.browser

LEGS = Harvest("P012-2", 8, "500156104208", "H0082")


def test_a_guest_pays_for_what_the_scale_shows(
    browser: Browser,
    live_address: str,
    live_engine: Engine,
    shop_clock: ShopClock,
    relay: Callable[[], int],
) -> None:
    with Session(live_engine) as session, session.begin():
        goods.receive(session, LEGS, at=shop_clock.now())
    with (
        a_visitor(browser, live_address, login="") as guest,
        a_visitor(browser, live_address, login="goat-manager") as seller,
    ):
        group = _buy(guest)
        relay()
        _weigh(seller, group)
        relay()
        guest.goto(f"/orders/{group}")
        expect(guest.get_by_text("实重 4.845 kg")).to_be_visible()
        expect(guest.get_by_text(re.compile("应付 ¥461.24"))).to_be_visible()
        expect(guest.get_by_text("退款 ¥62.36")).to_be_visible()


def _buy(guest: Page) -> str:
    guest.goto("/products/P012")
    guest.locator("input[name=sku][value=P012-2]").check(force=True)
    expect(
        guest.get_by_text(re.compile("下单按最多 2.75 kg 先收 ¥261.80")).first
    ).to_be_visible()
    guest.get_by_role("spinbutton", name="数量").fill("2")
    guest.get_by_role("button", name="加入购物篮", exact=True).click()
    expect(guest.locator("#basket-link")).to_contain_text("2")
    follow(guest.locator("#basket-link"))
    expect(guest.get_by_text(re.compile("预估 5 kg 合 ¥476.00"))).to_be_visible()
    follow(guest.get_by_role("link", name="去结算"))
    fill_recipient(guest)
    follow(guest.get_by_role("button", name="提交订单"))
    group = guest.url.rsplit("/", 1)[1]
    follow(guest.get_by_role("button", name="模拟支付 ¥523.60"))
    return group


def _weigh(seller: Page, group: str) -> None:
    seller.goto(f"/supplier/orders/{group}-1")
    follow(seller.get_by_role("link", name="称重", exact=True))
    seller.get_by_label("第 1 块净重（克）").fill("23800")
    seller.get_by_label("第 2 块净重（克）").fill("2465")
    follow(seller.get_by_role("button", name="记下重量"))
    expect(seller.get_by_text("请核对单位和小数点后重新输入")).to_be_visible()
    seller.goto(f"/supplier/orders/{group}-1/weights")
    seller.get_by_label("第 1 块净重（克）").fill("2380")
    seller.get_by_label("第 2 块净重（克）").fill("2465")
    follow(seller.get_by_role("button", name="记下重量"))
    expect(seller.get_by_text("2.38 kg + 2.465 kg = 4.845 kg")).to_be_visible()
    follow(seller.get_by_role("button", name="已打包"))
    loggers = seller.get_by_label("随车温度记录仪")
    loggers.select_option(index=0)
    follow(seller.get_by_role("button", name="交给承运商"))
    expect(seller.get_by_text("已交给承运商，温度记录开始。")).to_be_visible()
