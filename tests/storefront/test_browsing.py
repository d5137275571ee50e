"""The list of all goods: the engine finds and counts, the tables show; both say the same."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from catalog.models import Product
from catalog.search.engine import Desk
from catalog.values import ProductState
from kernel import clock
from kernel.regions import DistrictMark, RegionMark
from shop.search_engines import readers
from shop.storefront import search
from shop.storefront.hits import EXTENSION
from shop.tasks.search import rebuild_index
from tests.builders.catalog import a_certificate, a_lot, a_product, a_sku
from tests.builders.listings import some_words
from tests.builders.papers import a_brand
from tests.builders.people import a_browser, a_person
from tests.builders.places import DISTRICT

ADDRESSES = (
    "/products",
    "/products?sort=price",
    "/products?sort=-price&per=48",
    "/products?sort=newest",
    "/products?category=tea",
    "/products?category=tea&category=meat&stock=1",
    "/products?certificate=GREEN",
    "/products?brand=FAIRY&min=2&max=9",
    "/products?kind=black&stock=1",
    "/products?attr=grade:top&attr=processing:raw&attr=grade:first",
    "/products?village=500156204203&origin=832&min=3",
    "/products?season=1",
    "/products?seller=C90",
    "/products?category=nothing-of-the-kind",
)
GOODS = 60
GRADES, STATES = ("top", "first"), ("raw", "simple")


@pytest.fixture
def shelf(session: Session) -> Session:
    """Sixty products of all sorts."""
    some_words(session)
    session.add(
        RegionMark(
            region_code=DISTRICT,
            mark=DistrictMark.COUNTY_832,
            valid_from=date(2020, 11, 23),
            basis="list",
        )
    )
    for place in range(GOODS):
        code = a_product(
            session,
            f"P{place:02}",
            category_code=("tea", "meat", "fruit")[place % 3],
            kind_code="black" if place % 9 == 0 else None,
            attributes={"grade": GRADES[place % 2], "processing": STATES[place // 2 % 2]},
            listed_at=clock.now() - timedelta(days=place),
            is_year_round=place % 5 > 0,
            season_months=[clock.local_date(clock.now()).month] if place % 10 == 0 else [],
        )
        sku = a_sku(session, code, price_minor=100 + place * 37 % 800)
        if place % 7:
            a_lot(session, sku, best_before=None, at=clock.now())
        if place % 4 == 0:
            a_brand(session, code, valid_from=date(2026, 1, 1))
        if place % 6 == 0:
            a_certificate(session, code, type_code="GREEN")
    session.commit()
    return session


@pytest.fixture
def indexed(app: Flask, shelf: Session, tmp_path: Path) -> Iterator[Desk]:
    """A desk with an index of the shelf; taken out of use at first."""
    given = app.extensions["shanji_settings"], app.extensions[EXTENSION]
    mine = replace(given[0], data_dir=tmp_path)
    app.extensions["shanji_settings"] = mine
    desk = Desk(readers(mine), tell=search._tell)
    with app.app_context():
        rebuild_index(at=clock.now())
    assert shelf.is_active
    yield desk
    app.extensions["shanji_settings"], app.extensions[EXTENSION] = given


def cards(page: str) -> list[str]:
    return re.findall(r'class="card-name"><a href="/products/([^"]+)"', page)


def read(page: str) -> tuple[list[str], list[str], list[str]]:
    """Return the cards, the total and every count of a page."""
    total = re.findall(r"共 (\d+) 种商品", page)
    return cards(page), total, re.findall(r'class="facet-count[^>]*>([^<]*)<', page)


@pytest.mark.parametrize("address", ADDRESSES)
def test_engine_and_tables_give_the_same_page(
    app: Flask, client: FlaskClient, indexed: Desk, address: str
) -> None:
    app.extensions[EXTENSION] = Desk([])
    from_tables = read(client.get(address).text)
    app.extensions[EXTENSION] = indexed

    assert read(client.get(address).text) == from_tables


@pytest.mark.parametrize("sort", ["recommended", "price", "-price", "newest"])
def test_pages_join_without_a_gap(
    app: Flask, client: FlaskClient, indexed: Desk, sort: str
) -> None:
    app.extensions[EXTENSION] = indexed
    seen: list[str] = []
    address: str | None = f"/products?sort={sort}"
    while address:
        page = client.get(address).text
        seen += cards(page)
        found = re.search(r'href="(/products\?[^"]*key=[^"]*)"', page)
        address = found[1].replace("&amp;", "&") if found else None

    assert len(seen) == len(set(seen)) == GOODS


def test_a_page_turned_while_the_index_is_lost_begins_anew(
    app: Flask, client: FlaskClient, indexed: Desk
) -> None:
    app.extensions[EXTENSION] = indexed
    page = client.get("/products").text
    found = re.search(r'href="(/products\?[^"]*key=[^"]*)"', page)
    assert found
    app.extensions[EXTENSION] = Desk([])

    assert cards(client.get(found[1].replace("&amp;", "&")).text) == cards(page)


def test_goods_taken_off_sale_vanish_before_the_index_knows(
    app: Flask, client: FlaskClient, session: Session, indexed: Desk
) -> None:
    app.extensions[EXTENSION] = indexed
    first = cards(client.get("/products").text)[0]
    session.execute(
        update(Product).where(Product.code == first).values(state=ProductState.SUSPENDED)
    )
    session.commit()
    page = client.get("/products").text

    assert first not in cards(page)
    assert f"共 {GOODS - 1} 种商品" in page


def test_a_list_costs_three_statements_at_any_length(
    app: Flask, session: Session, indexed: Desk, statements: list[str]
) -> None:
    app.extensions[EXTENSION] = indexed
    a_person(session, "wang")
    session.commit()
    browser = a_browser(app, "wang")
    browser.get("/products")
    counted = []
    for per in (24, 48):
        statements.clear()
        assert browser.get(f"/products?per={per}").status_code == 200
        counted.append(len(statements))

    # Who is signed in, where their goods go, and the cards.
    assert counted == [3, 3]


def test_a_key_that_is_none_is_refused(app: Flask, client: FlaskClient, indexed: Desk) -> None:
    app.extensions[EXTENSION] = indexed
    assert client.get("/products?key=nonsense").status_code == 422
