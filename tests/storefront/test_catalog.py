"""Browsing the goods: the list, its filters and pages, and the page of one product."""

import html
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from catalog.search.engine import Desk
from catalog.values import ProductState, RecognitionStatus
from kernel import clock
from shop.storefront import memory
from shop.storefront.hits import EXTENSION
from shop.storefront.memory import Memory
from tests.builders.api import a_shop_of_today
from tests.builders.catalog import (
    a_certificate,
    a_lot,
    a_product,
    a_sku,
    a_transit_limit,
    a_way,
)
from tests.builders.people import a_browser, a_person
from tests.builders.places import VILLAGE, a_place

Goods = Callable[..., str]


@pytest.fixture
def goods(session: Session) -> Goods:
    """Put a product with one SKU on the shelf today; return its code."""

    def put(code: str | None = None, *, on_hand: int = 5, **changes: object) -> str:
        product = a_product(session, code, **changes)
        sku = a_sku(session, product, price_minor=5_000, net_weight_g=1_000)
        if on_hand:
            now = clock.now()
            a_lot(
                session,
                sku,
                on_hand=on_hand,
                at=now,
                harvested_on=clock.local_date(now),
                best_before=None,
            )
        session.commit()
        return product

    return put


def cards(page: str) -> list[str]:
    return re.findall(r'class="card-name"><a href="/products/([^"]+)"', page)


def link(page: str, text: str) -> str:
    """Return the address of a link by its text."""
    match = re.search(rf'<a[^>]*href="([^"]+)"[^>]*>(?:<[^>]+>)*{text}', page)
    assert match, text
    return html.unescape(match.group(1))


def test_the_list_shows_price_place_marks_and_stock(
    client: FlaskClient, session: Session, goods: Goods
) -> None:
    a_place(session, VILLAGE, short_name="大田村")
    today = clock.local_date(clock.now())
    goods("X1", name="鲜笋", recognition_status=RecognitionStatus.APPROVED)
    a_certificate(session, "X1", valid_from=today, valid_to=today)

    page = client.get("/products").text

    assert "鲜笋" in page
    assert "大田村" in page
    assert '50<span class="price-cents">.00' in page
    assert "合 ¥25.00 / 500 克" in page
    assert "帮扶产品" in page
    assert "有机产品" in page


def test_what_is_left_of_a_season_is_said(client: FlaskClient, goods: Goods) -> None:
    month = clock.local_date(clock.now()).month
    past = [month % 12 + 1]
    goods("GONE", on_hand=0)
    goods("WAITS", on_hand=0, season_months=past, is_year_round=False)

    page = client.get("/products").text

    assert "售罄" in page
    assert "当季再来" in page


def test_a_press_on_a_card_puts_its_only_sku_into_the_basket(
    client: FlaskClient, session: Session
) -> None:
    world = a_shop_of_today(session)
    page = client.get("/products").text
    assert f'name="sku" value="{world.goat.code}"' in page

    client.post("/basket/lines", data={"sku": world.goat.code, "quantity": "1"})

    assert world.goat.product_code in client.get("/basket").text


def test_filters_narrow_the_list_and_can_be_taken_back(
    client: FlaskClient, goods: Goods
) -> None:
    goods("TEA")
    goods("MEAT", category_code="meat", storage_code="CHILL_MEAT")

    page = client.get("/products?category=meat&storage=CHILL_MEAT&stock=1").text

    assert cards(page) == ["MEAT"]
    assert "共 1 种商品" in page
    assert link(page, "有货") == "/products?category=meat&storage=CHILL_MEAT"
    assert set(cards(client.get(link(page, "全部清除")).text)) == {"TEA", "MEAT"}


def test_a_list_without_hits_offers_to_clear_the_filters(
    client: FlaskClient, goods: Goods
) -> None:
    goods("TEA")

    page = client.get("/products?category=tea&cold=1").text

    assert "没有同时符合这些条件的商品" in page
    assert link(page, "清除全部条件") == "/products"


def test_an_empty_shop_says_so(client: FlaskClient) -> None:
    assert "货架上暂时没有商品" in client.get("/products").text


def test_pages_lead_on_and_back_to_the_first(client: FlaskClient, goods: Goods) -> None:
    for number in range(26):
        goods(f"X{number:02}")

    first = client.get("/products?sort=newest").text
    second = client.get(link(first, "下一页")).text

    assert sorted(cards(first) + cards(second)) == [f"X{number:02}" for number in range(26)]
    assert link(second, "回到第一页") == "/products?sort=newest"
    assert len(cards(client.get("/products?per=48").text)) == 26


def test_a_changed_page_address_is_refused(client: FlaskClient) -> None:
    assert client.get("/products?key=nonsense").status_code == 422


def test_a_seller_and_a_village_are_named_in_the_choices(
    client: FlaskClient, session: Session, goods: Goods
) -> None:
    a_place(session, VILLAGE, short_name="大田村")
    goods("X1")

    page = client.get(f"/products?seller=C90&village={VILLAGE}").text

    assert re.search(r'class="chip"[^>]*>合作社C90', page)
    assert re.search(r'class="chip"[^>]*>大田村', page)


@pytest.fixture
def unindexed(app: Flask) -> Iterator[None]:
    """A shop none of whose engines answers: lists come from the tables."""
    given = app.extensions[EXTENSION]
    app.extensions[EXTENSION] = Desk([])
    yield
    app.extensions[EXTENSION] = given


@pytest.mark.usefixtures("unindexed")
@pytest.mark.parametrize("address", ["/products", "/products?per=48&category=tea&sort=price"])
def test_a_list_costs_four_statements_at_any_length(
    app: Flask, session: Session, goods: Goods, statements: list[str], address: str
) -> None:
    a_person(session, "wang")
    session.commit()
    browser = a_browser(app, "wang")
    counted = []
    for _ in range(2):
        for _ in range(24):
            goods()
        statements.clear()
        assert browser.get(address).status_code == 200
        counted.append(len(statements))

    assert counted == [4, 4]


@pytest.mark.usefixtures("unindexed")
def test_counts_are_remembered_for_a_while(
    app: Flask, client: FlaskClient, goods: Goods, statements: list[str]
) -> None:
    goods("X1")
    app.extensions[memory.EXTENSION] = Memory(30)
    client.get("/products")
    statements.clear()

    client.get("/products")

    app.extensions[memory.EXTENSION] = Memory(0)
    assert len(statements) == 1


def test_what_does_not_arrive_in_time_is_marked_and_can_be_left_out(
    client: FlaskClient, session: Session, goods: Goods
) -> None:
    goods("X1")
    goods("X2")
    goods("X3")
    a_transit_limit(session, 24, product_code="X1")
    a_transit_limit(session, 48, product_code="X2")
    a_way(session, 30, "四川省")
    session.commit()
    assert cards(client.get("/products?reach=1").text) == cards(client.get("/products").text)

    client.post("/destination", data={"province": "四川省", "city": "", "next": "/products"})
    known = client.get("/products").text
    reachable = client.get("/products?reach=1").text
    client.post("/destination", data={"province": "海南省", "city": "", "next": "/products"})
    unknown = client.get("/products?reach=1").text

    assert {"X1", "X2", "X3"} <= set(cards(known))
    assert known.count("送不到") == 1
    assert "只看能送到 四川省 的" in known
    assert {"X1", "X2", "X3"} & set(cards(reachable)) == {"X2", "X3"}
    assert {"X1", "X2", "X3"} & set(cards(unknown)) == {"X3"}


def test_a_product_tells_price_lots_certificates_and_places(
    client: FlaskClient, session: Session, goods: Goods
) -> None:
    now = clock.now()
    today = clock.local_date(now)
    goods("X1", on_hand=0, storage_code="CHILL_MEAT")
    a_transit_limit(session, 36, product_code="X1")
    sku = a_sku(session, "X1", spec="2kg/箱", price_minor=9_000, net_weight_g=2_000)
    lot = a_lot(
        session,
        sku,
        at=now,
        best_before=None,
        households=12,
        batch_certificate_number="证-9",
    )
    a_certificate(session, "X1", valid_from=today, valid_to=today)
    # The one before, which was renewed in time.
    a_certificate(session, "X1", valid_to=today - timedelta(days=1))
    session.commit()

    page = client.get("/products/X1").text

    assert "合 ¥22.50 / 500 克" in page
    assert f'href="/trace/{lot}"' in page
    assert "证-9" in page
    assert "12 户" not in page
    assert "不公开" in page
    assert "从出库到签收不超过 36 小时" in page
    assert "全程冷链 0–4 ℃" in page
    assert f'href="/villages/{VILLAGE}"' in page
    badges = re.search(r'class="badges">(.*?)</p>', page, re.DOTALL)
    assert badges is not None
    assert badges.group(1).count("有机产品") == 1
    assert "已过期" in page


def test_the_price_of_a_pack_is_split_by_the_contract_in_force(
    client: FlaskClient, session: Session
) -> None:
    world = a_shop_of_today(session, households_each=12)

    page = client.get(f"/products/{world.goat.product_code}").text

    assert "¥98.00 去了哪里" in page
    assert "¥65.42" in page
    assert "这一批约有 10 户供货" in page
    assert "HX" not in page


def test_few_households_are_merged_with_their_place(
    client: FlaskClient, session: Session
) -> None:
    world = a_shop_of_today(session, households_each=9)

    page = client.get(f"/products/{world.goat.product_code}").text

    assert "产地（农户、卖家与村集体）" in page
    assert "¥65.42" not in page
    assert "供货农户太少" in page
    assert "9 户" not in page


def test_a_sold_out_product_cannot_be_bought_but_is_told_of(
    client: FlaskClient, goods: Goods
) -> None:
    goods("X1", on_hand=0)

    page = client.get("/products/X1").text

    assert "这一季已经卖完" in page
    assert "加入购物篮" not in page


def test_similar_goods_stand_below(client: FlaskClient, goods: Goods) -> None:
    goods("X1")
    goods("X2")
    goods("MEAT", category_code="meat")

    assert cards(client.get("/products/X1").text) == ["X2"]


@pytest.mark.parametrize("state", [ProductState.DRAFT, ProductState.SUSPENDED])
def test_goods_that_are_not_listed_have_no_page(
    client: FlaskClient, goods: Goods, state: ProductState
) -> None:
    goods("X1", state=state)

    assert client.get("/products/X1").status_code == 404
    assert "X1" not in client.get("/products").text


@pytest.mark.usefixtures("unindexed")
def test_a_product_costs_eight_statements_with_few_lots_and_with_many(
    app: Flask, session: Session, goods: Goods, statements: list[str]
) -> None:
    a_person(session, "wang")
    goods("X1")
    browser = a_browser(app, "wang")
    statements.clear()
    browser.get("/products/X1")
    few = len(statements)
    for _ in range(12):
        sku = a_sku(session, "X1")
        a_lot(session, sku, at=clock.now(), best_before=None, households=3)
        goods()
    session.commit()
    statements.clear()

    page = browser.get("/products/X1")

    assert page.status_code == 200
    assert (few, len(statements)) == (8, 8)


def test_readers_of_english_get_english_names(client: FlaskClient, goods: Goods) -> None:
    goods("X1", name="鲜笋", name_en="Fresh shoots")

    assert "Fresh shoots" in client.get("/products?lang=en").text
    assert "Fresh shoots" in client.get("/products/X1").text
