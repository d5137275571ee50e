"""Searching from the page: hits, filters, no hits, and the time without an index."""

import re
from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from catalog.models import Product
from catalog.search.engine import Desk
from catalog.values import ProductState
from kernel import clock
from shop.search_engines import index_folder, readers
from shop.settings import SearchEngine
from shop.storefront import search
from shop.storefront.hits import EXTENSION
from shop.tasks.search import rebuild_index, refresh
from tests.builders.catalog import a_lot, a_product, a_sku
from tests.builders.papers import a_brand
from tests.builders.people import a_browser, a_person

NAMES = {
    "GOAT": ("武隆山羊 冷鲜羊腿", "Goat leg", "meat"),
    "JERKY": ("高山羊肉干", "Goat jerky", "meat"),
    "TEA": ("老鹰茶 嫩芽", "Eagle tea", "tea"),
}


@pytest.fixture
def goods(session: Session) -> Session:
    for code, (name, name_en, category) in NAMES.items():
        a_product(session, code, name=name, name_en=name_en, category_code=category)
        a_lot(session, a_sku(session, code), best_before=None)
    session.commit()
    return session


@pytest.fixture
def folder(app: Flask, tmp_path: Path) -> Iterator[Path]:
    """A folder of indexes that belongs to this test."""
    given = app.extensions["shanji_settings"], app.extensions[EXTENSION]
    mine = replace(given[0], data_dir=tmp_path)
    app.extensions["shanji_settings"] = mine
    app.extensions[EXTENSION] = Desk(readers(mine), tell=search._tell)
    yield index_folder(mine)
    app.extensions["shanji_settings"], app.extensions[EXTENSION] = given


@pytest.fixture
def indexed(app: Flask, goods: Session, folder: Path) -> Path:
    with app.app_context():
        rebuild_index(at=clock.now())
    return folder


@pytest.fixture
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    with capture_logs() as lines:
        yield lines


def cards(page: str) -> list[str]:
    return re.findall(r'class="card-name"><a href="/products/([^"]+)"', page)


@pytest.mark.usefixtures("indexed")
def test_hits_stand_in_a_list_with_facets(client: FlaskClient) -> None:
    page = client.get("/search?q=羊肉").text

    assert set(cards(page)) == {"GOAT", "JERKY"}
    assert "共 2 种商品" in page
    assert 'value="羊肉"' in page


@pytest.mark.usefixtures("indexed")
def test_hits_can_be_narrowed_and_sorted(
    app: Flask, client: FlaskClient, session: Session
) -> None:
    a_brand(session, "JERKY")
    session.commit()
    with app.app_context():
        refresh()

    assert cards(client.get("/search?q=羊&brand=FAIRY").text) == ["JERKY"]
    assert len(cards(client.get("/search?q=羊&sort=price").text)) == 2


@pytest.mark.usefixtures("indexed")
def test_pinyin_is_read_and_the_reading_told(client: FlaskClient) -> None:
    page = client.get("/search?q=laoyingcha").text

    assert cards(page) == ["TEA"]
    assert "已按“老鹰茶”查找" in page


@pytest.mark.usefixtures("indexed")
def test_a_partial_answer_says_that_it_is_one(client: FlaskClient) -> None:
    page = client.get("/search?q=老鹰茶手机").text

    assert cards(page) == ["TEA"]
    assert "下面是部分符合的" in page


@pytest.mark.usefixtures("indexed")
def test_without_hits_the_page_helps_on(client: FlaskClient) -> None:
    page = client.get("/search?q=手机").text

    assert "没有找到相关商品" in page
    assert 'href="/products?category=tea"' in page


@pytest.mark.usefixtures("indexed")
def test_an_empty_search_asks_what_is_wanted(client: FlaskClient) -> None:
    page = client.get("/search").text

    assert "想找什么？" in page
    assert cards(page) == []


@pytest.mark.usefixtures("indexed")
def test_filters_without_hits_can_be_cleared(client: FlaskClient) -> None:
    page = client.get("/search?q=羊&cold=1").text

    assert "没有同时符合这些条件的商品" in page
    assert 'href="/search?q=%E7%BE%8A"' in page


@pytest.mark.usefixtures("indexed")
def test_goods_taken_off_sale_vanish_before_the_index_knows(
    client: FlaskClient, session: Session
) -> None:
    session.execute(
        update(Product).where(Product.code == "TEA").values(state=ProductState.SUSPENDED)
    )
    session.commit()

    assert cards(client.get("/search?q=老鹰茶").text) == []


@pytest.mark.usefixtures("goods", "folder")
def test_without_an_index_names_are_searched_and_it_is_logged(
    client: FlaskClient, logged: list[MutableMapping[str, Any]]
) -> None:
    assert cards(client.get("/search?q=老鹰茶").text) == ["TEA"]
    assert cards(client.get("/search?q=goat+leg").text) == ["GOAT"]
    assert cards(client.get("/search?q=手机").text) == []
    assert "search_index_unavailable" in {line["event"] for line in logged}


def test_a_broken_index_is_no_broken_page(client: FlaskClient, indexed: Path) -> None:
    for path in indexed.glob("*/lexicon.json"):
        path.write_text("{")

    assert cards(client.get("/search?q=老鹰茶").text) == ["TEA"]


@pytest.mark.usefixtures("indexed")
def test_what_a_reader_types_is_shown_as_text(client: FlaskClient) -> None:
    page = client.get("/search?q=<script>alert(1)</script>").text

    assert "<script>alert" not in page


@pytest.mark.usefixtures("indexed")
def test_a_search_costs_three_statements_at_any_length(
    app: Flask, session: Session, statements: list[str]
) -> None:
    a_person(session, "wang")
    session.commit()
    browser = a_browser(app, "wang")
    browser.get("/search?q=茶")  # The words in use are asked for every other second.
    counted = {}
    for asked in ("羊&per=24", "羊&per=48", "羊&cold=1", "手机", ""):
        statements.clear()
        assert browser.get(f"/search?q={asked}").status_code == 200
        counted[asked] = len(statements)

    # The default address, for what can arrive there, is looked up only where goods are shown.
    assert set(counted.values()) == {3}


@pytest.mark.usefixtures("goods", "folder")
def test_a_search_by_name_costs_no_more(
    app: Flask, session: Session, statements: list[str]
) -> None:
    a_person(session, "wang")
    session.commit()
    browser = a_browser(app, "wang")
    browser.get("/search?q=茶")
    for asked in ("羊", "手机"):
        statements.clear()
        assert browser.get(f"/search?q={asked}").status_code == 200
        # Once in five seconds the copy in the database is asked whether it is there, every
        # other second whether an editor changed the words.
        assert len(statements) in {4, 5, 6}


def test_the_task_carries_over_what_changed_and_nothing_else(
    app: Flask, client: FlaskClient, goods: Session, folder: Path
) -> None:
    with app.app_context():
        first = refresh()
        again = refresh()
        goods.execute(update(Product).where(Product.code == "TEA").values(name="老荫茶"))
        goods.commit()
        changed = refresh()

    assert (first, again, changed) == (3, 0, 1)
    assert cards(client.get("/search?q=老荫茶").text) == ["TEA"]


@pytest.mark.usefixtures("indexed")
def test_the_database_stands_in_for_a_missing_index(
    app: Flask,
    client: FlaskClient,
    folder: Path,
    logged: list[MutableMapping[str, Any]],
) -> None:
    (folder / "current").unlink()

    assert cards(client.get("/search?q=laoyingcha").text) == ["TEA"]
    assert "共 2 种商品" in client.get("/search?q=羊肉").text
    assert {line["engine"] for line in logged if "engine" in line} == {"whoosh"}
    assert "shanji_search_stood_in" in client.get("/metrics").text


@pytest.mark.usefixtures("indexed")
def test_the_setting_chooses_the_engine(app: Flask, client: FlaskClient, folder: Path) -> None:
    settings = replace(app.extensions["shanji_settings"], search_engine=SearchEngine.POSTGRES)
    (desk,) = readers(settings)
    app.extensions[EXTENSION] = Desk([desk])
    (folder / "current").unlink()

    assert cards(client.get("/search?q=羊肉&sort=price").text)
    assert cards(client.get("/search?q=羊肉&category=meat").text)


def test_pages_of_a_search_join_without_a_gap(
    app: Flask, client: FlaskClient, session: Session, folder: Path
) -> None:
    for place in range(60):
        code = f"P{place:02}"
        a_sku(
            session,
            a_product(session, code, name=f"高山{place}号茶"),
            price_minor=100 + place % 7,
        )
    session.commit()
    with app.app_context():
        rebuild_index(at=clock.now())

    for sort in ("relevance", "price", "-price", "newest"):
        seen: list[str] = []
        address: str | None = f"/search?q=高山茶&sort={sort}"
        while address:
            page = client.get(address).text
            seen += cards(page)
            found = re.search(r'href="(/search\?[^"]*key=[^"]*)"', page)
            address = found[1].replace("&amp;", "&") if found else None
        assert len(seen) == len(set(seen)) == 60, sort


@pytest.mark.usefixtures("indexed")
def test_counts_agree_with_the_cards_while_the_index_is_behind(
    client: FlaskClient, session: Session
) -> None:
    session.execute(
        update(Product).where(Product.code == "JERKY").values(state=ProductState.SUSPENDED)
    )
    session.commit()
    page = client.get("/search?q=羊肉").text

    assert cards(page) == ["GOAT"]
    assert "共 1 种商品" in page


@pytest.mark.usefixtures("indexed")
def test_a_key_that_is_none_is_refused(client: FlaskClient) -> None:
    assert client.get("/search?q=羊&key=nonsense").status_code == 422


@pytest.mark.usefixtures("indexed")
def test_a_slip_is_put_right_and_the_words_can_be_searched_for_all_the_same(
    client: FlaskClient,
) -> None:
    page = client.get("/search?q=老鹰查").text

    assert cards(page) == ["TEA"]
    assert "没有找到“老鹰查”，已为您搜索“老鹰茶”" in page
    assert "literal=1" in page
    assert "已为您搜索" not in client.get("/search?q=老鹰查&literal=1").text
    assert "已为您搜索" not in client.get("/search?q=老鹰茶").text


@pytest.mark.usefixtures("indexed")
def test_a_weight_narrows_by_words_and_by_the_address(
    client: FlaskClient, session: Session
) -> None:
    page = client.get("/search?q=老鹰茶 500g").text
    assert cards(page) == ["TEA"]
    assert 'href="/search?q=%E8%80%81%E9%B9%B0%E8%8C%B6"' in page

    assert cards(client.get("/search?q=老鹰茶&weight=500").text) == ["TEA"]
    assert cards(client.get("/search?q=老鹰茶&weight=250").text) == []
    assert len(cards(client.get("/products?weight=500").text)) == len(NAMES)
    assert cards(client.get("/products?weight=250").text) == []
    assert "每包 500 g" in client.get("/products?weight=500").text


@pytest.mark.usefixtures("indexed")
def test_what_was_understood_is_taken_back_by_a_press(client: FlaskClient) -> None:
    page = client.get("/search?q=老鹰茶9000元以下").text

    assert cards(page) == ["TEA"]
    assert 'href="/search?q=%E8%80%81%E9%B9%B0%E8%8C%B6"' in page
    assert "9000元以下" in page
