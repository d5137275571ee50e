"""One sale in a real browser, and every figure it moves: statement, report and ledger.

A guest buys two packs of chilled goat leg of cooperative C05 and one of chilled bamboo shoots
of the village collective C03. By the contracts in force since 2026-07-01, in fen:

                       goat                        bamboo
    goods              2 × 9,800    = 19,600       4,200
    fee 3 %                             588        126
    logistics 10 %                    1,960        504 (12 %)
    what remains                     17,052        3,570
    households 15/20                 12,789        3,034.5 (17/20) → 3,034
    cooperative 4/20      3,410.4  →  3,410          535.5 (3/20)  → 536
    village 1/20            852.6  →    853

The household that gave 3,500 g at grade 110 has 385,000 of the 2,035,000 points of each lot:
12,789 × 7/37 = 2,419.54 → 2,419, because the eight fen that rounding down leaves over go to
larger remainders (942.68 of the others); 3,034 × 7/37 = 574 exactly.

Goods below 199 yuan travel for 18 yuan, paid to the carrier; official figures count goods only.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from kernel.clock import local_month
from tests.browser import goods
from tests.browser.figures import (
    Figures,
    change,
    moved,
    read_split,
    read_statement,
    read_total,
    read_volume,
)
from tests.browser.goods import Harvest
from tests.browser.shop_clock import ShopClock
from tests.browser.visiting import a_visitor, arriving, fen, fill_recipient, follow
from tests.builders.sales import balances

pytestmark = pytest.mark.browser

GOAT = Harvest("P012-1", 20, "500156104208", "H0082")
BAMBOO = Harvest("P030-1", 8, "500156109202", "H0104")
GOAT_GOODS, BAMBOO_GOODS, SHIPPING = 19_600, 4_200, 1_800
TOTAL = GOAT_GOODS + BAMBOO_GOODS + 2 * SHIPPING
GOAT_SHARE, BAMBOO_SHARE = 2_419, 574
GOAT_EARNED = {
    "I:commission": -588,
    "L:payable:logistics:LOG01": -1_960 - SHIPPING,
    "L:payable:coop:C05": -3_410,
    "L:payable:village:500156104208": -853,
    "L:payable:hh:H0082": -GOAT_SHARE,
    # The eight fen of rounding, to the smaller numbers first.
    **{f"L:payable:hh:{code}": -943 for code in goods.OTHERS[:8]},
    **{f"L:payable:hh:{code}": -942 for code in goods.OTHERS[8:]},
}
TRIP = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class People:
    """One open tab of everybody who has a part in the sale."""

    guest: Page
    seller: Page
    goat_family: Page
    bamboo_family: Page
    township: Page
    district: Page
    operator: Page


@dataclass(frozen=True, slots=True)
class Shop:
    """The served shop: who is in it, its time, its books and its worker's chores."""

    people: People
    clock: ShopClock
    engine: Engine
    relay: Callable[[], int]

    def figures(self) -> Figures:
        """Read every figure where its reader would."""
        people, month = self.people, f"{local_month(self.clock.now()):%Y-%m}"
        with Session(self.engine) as session:
            ledger = balances(session)
        return Figures(
            goat_family=read_statement(people.goat_family, month),
            bamboo_family=read_statement(people.bamboo_family, month),
            township=read_total(people.township, month),
            goat_township=read_volume(people.district, month, "火炉镇"),
            bamboo_township=read_volume(people.district, month, "桐梓镇"),
            ledger=ledger,
        )


@dataclass(frozen=True, slots=True)
class Placed:
    """The numbers of the guest's order and of its two parts."""

    group: str
    goat: str
    bamboo: str


@pytest.fixture(scope="module")
def shop(
    browser: Browser,
    live_address: str,
    live_engine: Engine,
    shop_clock: ShopClock,
    relay: Callable[[], int],
) -> Iterator[Shop]:
    """The shop with today's two harvests on the shelf, and everybody signed in."""
    with Session(live_engine) as session, session.begin():
        for harvest in (GOAT, BAMBOO):
            goods.receive(session, harvest, at=shop_clock.now())
        goods.register_logger(session, at=shop_clock.now())
    # Refunds of the sample that were still on their way.
    relay()
    logins = (
        "",
        "goat-manager",
        "household-goat",
        "household-bamboo",
        "township",
        "district",
        "operator",
    )
    with ExitStack() as stack:
        tabs = [
            stack.enter_context(a_visitor(browser, live_address, login=login))
            for login in logins
        ]
        yield Shop(People(*tabs), shop_clock, live_engine, relay)


@pytest.fixture(scope="module")
def before(shop: Shop) -> Figures:
    """The figures before anybody has bought anything."""
    return shop.figures()


@pytest.fixture(scope="module")
def placed(shop: Shop, before: Figures) -> Placed:
    """The guest finds both goods, puts them into one basket and checks out."""
    guest = shop.people.guest
    guest.goto("/")
    guest.locator("#site-search").fill("山羊")
    with arriving(guest):
        guest.keyboard.press("Enter")
    follow(guest.get_by_role("link", name="武隆山羊 冷鲜羊腿"))
    guest.get_by_role("spinbutton", name="数量").fill("2")
    guest.get_by_role("button", name="加入购物篮", exact=True).click()
    expect(guest.locator("#basket-link")).to_contain_text("2")

    menu = guest.get_by_role("navigation", name="主导航")
    follow(menu.get_by_role("link", name="商品"))
    # On a wide screen each tick asks for a list of its own.
    for box in (re.compile("^竹笋"), "冷链发货"):
        with arriving(guest):
            guest.get_by_role("checkbox", name=box).click()
        expect(guest.get_by_role("checkbox", name=box)).to_be_checked()
    follow(guest.get_by_role("button", name="看结果"))
    follow(guest.get_by_role("link", name="火锅笋片(餐饮装)"))
    guest.get_by_role("button", name="加入购物篮", exact=True).click()
    expect(guest.locator("#basket-link")).to_contain_text("3")

    follow(guest.locator("#basket-link"))
    follow(guest.get_by_role("link", name="去结算"))
    fill_recipient(guest)
    follow(guest.get_by_role("button", name="提交订单"))
    expect(guest).to_have_url(re.compile("/pay/"))
    group = guest.url.rsplit("/", 1)[1]
    return Placed(group, goat=f"{group}-2", bamboo=f"{group}-1")


@pytest.fixture(scope="module")
def paid(shop: Shop, placed: Placed) -> Figures:
    """The figures after the guest has paid with the demo provider."""
    guest = shop.people.guest
    expect(guest.get_by_text("这里没有真实的收款方")).to_be_visible()
    follow(guest.get_by_role("button", name="模拟支付 ¥274.00"))
    expect(guest).to_have_url(re.compile(f"/orders/{placed.group}$"))
    shop.relay()
    return shop.figures()


@pytest.fixture(scope="module")
def delivered(shop: Shop, placed: Placed, paid: Figures) -> Figures:
    """The figures after the cooperative packed, the logger travelled and the goods arrived."""
    seller = shop.people.seller
    seller.goto("/supplier/")
    follow(seller.get_by_role("link", name=re.compile("打包")).first)
    follow(seller.get_by_role("link", name=re.compile(placed.goat)))
    follow(seller.get_by_role("button", name="已打包"))
    seller.get_by_label("随车温度记录仪").select_option(goods.LOGGER)
    follow(seller.get_by_role("button", name="交给承运商"))
    expect(seller.get_by_text("已交给承运商，温度记录开始。")).to_be_visible()

    since = shop.clock.now().replace(microsecond=0) + timedelta(seconds=1)
    shop.clock.put_forward(TRIP + timedelta(seconds=5))
    answer = goods.send_readings(
        shop.people.guest.request, since=since, until=since + TRIP, at=shop.clock.now()
    )
    assert answer.json()["stored"] == TRIP // timedelta(seconds=goods.EVERY_S) + 1

    seller.reload()
    follow(seller.get_by_role("button", name="已签收"))
    expect(seller.get_by_text("已签收，收入已计入各方账户。")).to_be_visible()
    shop.relay()
    return shop.figures()


@pytest.fixture(scope="module")
def bamboo_returned(shop: Shop, placed: Placed, delivered: Figures) -> Figures:
    """The figures after the guest has taken the part back that nobody packed yet."""
    guest = shop.people.guest
    guest.goto(f"/orders/{placed.group}")
    follow(guest.get_by_role("link", name="取消", exact=True))
    follow(guest.get_by_role("button", name="全部取消并退款"))
    expect(guest.get_by_text("已申请退款，款项将原路退回。")).to_be_visible()
    shop.relay()
    return shop.figures()


@pytest.fixture(scope="module")
def all_returned(shop: Shop, placed: Placed, bamboo_returned: Figures) -> Figures:
    """The figures after the operator has refunded the delivered part too."""
    operator = shop.people.operator
    operator.goto(f"/console/orders/{placed.goat}")
    operator.get_by_label("原因").select_option("damaged")
    follow(operator.get_by_role("button", name="全额退款"))
    expect(operator.get_by_text(f"订单 {placed.goat} 已全额退款。")).to_be_visible()
    shop.relay()
    return shop.figures()


def test_one_basket_holds_the_goods_of_two_sellers(shop: Shop, placed: Placed) -> None:
    guest = shop.people.guest

    guest.goto(f"/orders/{placed.group}")

    assert guest.get_by_role("heading", level=2, name=re.compile("合作社|联合社")).count() == 2
    assert fen(guest.locator(".sum-total dd").inner_text()) == TOTAL
    follow(guest.get_by_role("link", name="去付款"))
    expect(guest).to_have_url(re.compile(f"/pay/{placed.group}$"))


def test_paying_moves_the_official_figure_by_the_goods_at_once(
    before: Figures, paid: Figures
) -> None:
    assert paid.township - before.township == GOAT_GOODS
    assert paid.goat_township - before.goat_township == GOAT_GOODS
    assert paid.bamboo_township - before.bamboo_township == BAMBOO_GOODS


def test_paid_money_is_owed_as_goods_and_as_nothing_else(
    before: Figures, placed: Placed, paid: Figures
) -> None:
    assert change(before, paid) == {
        "A:demo:pending": TOTAL,
        f"L:prepaid:{placed.goat}": -GOAT_GOODS - SHIPPING,
        f"L:prepaid:{placed.bamboo}": -BAMBOO_GOODS - SHIPPING,
    }


def test_a_household_sees_its_share_on_the_way_and_has_not_earned_it(
    before: Figures, paid: Figures
) -> None:
    assert paid.goat_family == moved(before.goat_family, on_the_way=GOAT_SHARE)
    assert paid.bamboo_family == moved(before.bamboo_family, on_the_way=BAMBOO_SHARE)


def test_the_order_page_says_where_each_fen_goes_and_names_no_household(
    shop: Shop, placed: Placed, paid: Figures
) -> None:
    guest = shop.people.guest
    guest.goto(f"/orders/{placed.group}")

    bamboo, goat = guest.locator(".split-legend").all()

    assert read_split(goat) == {
        "武隆区约 10 户农户": 12_789,
        "卖家": 3_410,
        "村集体": 853,
        "冷链与物流": 1_960,
        "平台服务费": 588,
    }
    assert read_split(bamboo) == {
        "武隆区约 10 户农户": 3_034,
        "卖家": 536,
        "冷链与物流": 504,
        "平台服务费": 126,
    }
    assert not re.search(r"H0\d{3}|样例户", guest.content())


def test_delivery_lets_everybody_earn_what_the_contract_says(
    before: Figures, placed: Placed, delivered: Figures
) -> None:
    moves = change(before, delivered)

    assert sum(GOAT_EARNED.values()) == -GOAT_GOODS - SHIPPING
    assert moves == GOAT_EARNED | {
        "A:demo:pending": TOTAL,
        f"L:prepaid:{placed.bamboo}": -BAMBOO_GOODS - SHIPPING,
    }


def test_a_household_has_earned_its_share_to_the_fen(
    before: Figures, delivered: Figures
) -> None:
    assert delivered.goat_family == moved(before.goat_family, earned=GOAT_SHARE)
    assert delivered.bamboo_family == moved(before.bamboo_family, on_the_way=BAMBOO_SHARE)


def test_delivery_leaves_the_official_figures_alone(paid: Figures, delivered: Figures) -> None:
    assert delivered.township == paid.township
    assert delivered.goat_township == paid.goat_township
    assert delivered.bamboo_township == paid.bamboo_township


def test_the_buyer_sees_the_whole_curve_and_its_verdict(
    shop: Shop, placed: Placed, delivered: Figures
) -> None:
    guest = shop.people.guest

    with guest.expect_response("**/temperature/*") as drawn:
        guest.goto(f"/orders/{placed.group}")
        guest.locator(".chart").first.scroll_into_view_if_needed()
    curve = drawn.value.json()

    expect(guest.get_by_text("全程温度合格")).to_be_visible()
    expect(guest.locator(".chart canvas")).to_be_visible()
    assert (curve["limit_min"], curve["limit_max"]) == (0, 4)
    assert len(curve["channels"][0]["points"]) == TRIP // timedelta(seconds=goods.EVERY_S) + 1


def test_a_part_nobody_packed_goes_back_as_if_it_had_never_been(
    before: Figures, paid: Figures, bamboo_returned: Figures
) -> None:
    assert bamboo_returned.bamboo_family == before.bamboo_family
    assert bamboo_returned.bamboo_township == before.bamboo_township
    assert bamboo_returned.goat_township == paid.goat_township
    assert change(before, bamboo_returned) == GOAT_EARNED | {
        "A:demo:pending": GOAT_GOODS + SHIPPING
    }


def test_a_refund_after_delivery_returns_every_figure_exactly(
    before: Figures, all_returned: Figures
) -> None:
    assert all_returned == before
    assert sum(all_returned.ledger.values()) == 0


def test_the_order_page_says_that_all_was_given_back(
    shop: Shop, placed: Placed, all_returned: Figures
) -> None:
    guest = shop.people.guest

    guest.goto(f"/orders/{placed.group}")

    assert guest.get_by_text("所有分账都已原样冲回").count() == 2
    assert guest.get_by_text("已退回").count() == 2
