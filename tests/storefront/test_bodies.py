"""Remembered lists: quick for guests, never anybody's own, and ended by a change of goods."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from shop.storefront import bodies
from shop.storefront.bodies import Shelf
from tests.builders.api import a_shop_of_today
from tests.builders.catalog import a_product, a_sku
from tests.builders.people import a_browser, a_person
from tests.builders.sales import World

ADDRESS = "/products"
COUNT = re.compile(r'class="tool-count">.*?</span>(\d+)</span>', re.DOTALL)
TOKEN = re.compile(r'name="csrf_token" value="([^"]*)"')


class Watch:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def world(session: Session) -> World:
    return a_shop_of_today(session)


@pytest.fixture
def watch(app: Flask, world: World) -> Iterator[Watch]:
    """Let the application remember pages for the time of a test, past the first moments."""
    del world
    moved, before = Watch(), app.extensions[bodies.EXTENSION]
    app.extensions[bodies.EXTENSION] = Shelf(bodies.SECONDS, moved)
    app.test_client().get(ADDRESS)
    moved.now += bodies.SETTLING + 1
    yield moved
    app.extensions[bodies.EXTENSION] = before


def test_the_second_guest_costs_no_statement(
    app: Flask, watch: Watch, statements: list[str]
) -> None:
    first = app.test_client().get(ADDRESS)
    statements.clear()

    second = app.test_client().get(ADDRESS)

    assert statements == []
    assert TOKEN.sub("", first.text) == TOKEN.sub("", second.text)
    assert "@hole" not in second.text
    assert watch.now - 100 < bodies.SECONDS


def test_a_part_is_made_once_for_all_guests_and_anew_for_everybody_else(
    app: Flask, watch: Watch, session: Session
) -> None:
    a_person(session, "wang")
    session.commit()
    made: list[int] = []

    def part() -> int:
        made.append(len(made))
        return made[-1]

    def recalled(client: FlaskClient) -> int:
        with client:
            client.get(ADDRESS)
            return bodies.recall("part", part)

    first, second = recalled(app.test_client()), recalled(app.test_client())
    known = recalled(a_browser(app, "wang"))
    a_sku(session, a_product(session, "FRESH"))
    session.commit()
    watch.now += bodies.VERSION_SECONDS + 0.1
    changed = recalled(app.test_client())

    assert (first, second, known, changed) == (0, 0, 1, 2)


def test_each_guest_reads_their_own_count(app: Flask, world: World, watch: Watch) -> None:
    del watch
    full, empty = app.test_client(), app.test_client()
    full.post("/basket/lines", data={"sku": world.goat.code, "quantity": "2"})
    full.get("/basket")

    assert COUNT.findall(full.get(ADDRESS).text) == ["2"]
    assert COUNT.findall(empty.get(ADDRESS).text) == []
    assert COUNT.findall(full.get(ADDRESS).text) == ["2"]


def test_no_token_of_one_guest_reaches_another(
    app: Flask, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    del watch
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", value=True)
    one = set(TOKEN.findall(app.test_client().get(ADDRESS).text))
    two = set(TOKEN.findall(app.test_client().get(ADDRESS).text))

    assert len(one) == len(two) == 1
    assert one.isdisjoint(two)


def test_whoever_is_signed_in_or_chose_a_place_gets_a_page_of_their_own(
    app: Flask, session: Session, watch: Watch, statements: list[str]
) -> None:
    del watch
    a_person(session, "wang")
    session.commit()
    wang, placed = a_browser(app, "wang"), app.test_client()
    placed.post("/destination", data={"province": "四川省", "city": "成都市"})
    placed.get("/basket")
    for browser in (wang, placed):
        statements.clear()
        browser.get(ADDRESS)
        assert statements
    assert "Wang" in wang.get(ADDRESS).text
    assert "四川" in placed.get(ADDRESS).text
    guest = app.test_client().get(ADDRESS).text
    assert "Wang" not in guest
    assert "送到 四川" not in guest


def test_a_message_for_one_guest_is_not_kept(app: Flask, watch: Watch) -> None:
    del watch
    told = app.test_client()
    told.post("/seen/forget")

    assert "浏览记录已清除" in told.get(ADDRESS).text
    assert "浏览记录已清除" not in app.test_client().get(ADDRESS).text


def test_languages_and_queries_are_kept_apart(app: Flask, watch: Watch) -> None:
    del watch
    chinese, english = app.test_client(), app.test_client()

    assert 'lang="zh-CN"' in chinese.get(ADDRESS).text
    english.get("/?lang=en")
    assert '<html lang="en"' in english.get(ADDRESS).text
    assert 'lang="zh-CN"' in chinese.get(ADDRESS).text
    assert "价格从低到高" in chinese.get(f"{ADDRESS}?sort=price").text


def test_a_change_of_goods_is_there_a_second_later(
    client: FlaskClient, session: Session, watch: Watch
) -> None:
    client.get(ADDRESS)
    a_sku(session, a_product(session, "FRESH", name="刚上架的笋"))
    session.commit()
    watch.now += bodies.VERSION_SECONDS + 0.1

    assert "刚上架的笋" in client.get(ADDRESS).text


def test_a_page_lives_no_longer_than_fifteen_seconds(
    client: FlaskClient, watch: Watch, statements: list[str]
) -> None:
    client.get(ADDRESS)
    watch.now += bodies.SECONDS + 0.1
    statements.clear()

    client.get(ADDRESS)

    assert bodies.SECONDS <= 15
    assert len(statements) >= 2


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE products SET state = 'suspended'",
        "UPDATE skus SET price_minor = price_minor + 1",
        "UPDATE organisations SET suspended_at = now()",
        "UPDATE lots SET quarantined_at = now()",
    ],
)
def test_what_ends_a_sale_counts_the_version(
    session: Session, world: World, change: str
) -> None:
    del world
    before = session.scalar(text("SELECT last_value FROM catalogue_version"))

    session.execute(text(change))

    assert session.scalar(text("SELECT last_value FROM catalogue_version")) > before


def test_a_sale_does_not_count_the_version(session: Session, world: World) -> None:
    del world
    before = session.scalar(text("SELECT last_value FROM catalogue_version"))

    session.execute(text("UPDATE lots SET available = available - 1, sold = sold + 1"))

    assert session.scalar(text("SELECT last_value FROM catalogue_version")) == before
