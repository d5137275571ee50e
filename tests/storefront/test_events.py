"""Events: who sees them when, what they sell, and what remains of them afterwards."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from catalog.listing.version import find_version
from catalog.models import Product
from catalog.service.editorial import withdraw_piece
from catalog.values import ProductState
from catalog.values.editorial import GoodsSection, LinkTile, PieceKind, PiecePlan
from kernel import clock
from shop.storefront import bodies
from shop.storefront.bodies import Shelf
from tests.builders import offers
from tests.builders.api import a_shop_of_today
from tests.builders.catalog import a_lot, a_product, a_sku
from tests.builders.editorial import a_campaign, a_piece, an_event
from tests.builders.places import VILLAGE, a_place
from tests.builders.sales import World

NOW = clock.now()
DATA = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


class Watch:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch(app: Flask) -> Iterator[Watch]:
    """Let the application remember pages for the time of a test."""
    moved, before = Watch(), app.extensions[bodies.EXTENSION]
    app.extensions[bodies.EXTENSION] = Shelf(bodies.SECONDS, moved)
    yield moved
    app.extensions[bodies.EXTENSION] = before


@pytest.fixture
def world(session: Session) -> World:
    return a_shop_of_today(session)


def test_an_event_is_told_with_its_goods_until_when_and_in_both_languages(
    client: FlaskClient, session: Session, world: World
) -> None:
    session.execute(
        update(Product).where(Product.code == world.goat.product_code).values(name="羊腿")
    )
    an_event(session, "tea-season", at=NOW, products=(world.goat.product_code,))
    session.commit()

    page = client.get("/events/tea-season").text

    assert "<h1>采茶季</h1>" in page
    assert "羊腿</a>" in page
    assert "进行中" in page
    assert "（北京时间）" in page
    assert "还剩 6 天" in page
    assert "Tea season" in client.get("/events/tea-season?lang=en").text
    assert 'href="/events/tea-season"' in client.get("/events").text
    assert 'href="/events/tea-season"' in client.get("/").text
    assert "/events/tea-season</loc>" in client.get("/sitemaps/events.xml").text
    found = DATA.search(page)
    assert found is not None
    told = json.loads(found[1])
    assert (told["@type"], told["name"]) == ("SaleEvent", "采茶季")
    assert told["startDate"].endswith("+08:00")


def test_a_draft_and_a_withdrawn_event_are_nobody_s(
    client: FlaskClient, session: Session
) -> None:
    an_event(session, "drafted", at=NOW, is_published=False)
    an_event(session, "taken-back", at=NOW)
    withdraw_piece(session, "taken-back", actor="person:1", at=NOW)
    session.commit()

    assert [
        client.get(f"/events/{code}").status_code for code in ("drafted", "taken-back", "none")
    ] == [404] * 3
    listed = client.get("/events").text + client.get("/sitemaps/events.xml").text
    assert "drafted" not in listed
    assert "taken-back" not in listed


def test_only_goods_that_may_be_sold_now_stand_there(
    client: FlaskClient, session: Session, world: World
) -> None:
    gone = a_sku(session, a_product(session, name="售完的茶"))
    hidden = a_product(session, name="下架的茶", state=ProductState.SUSPENDED)
    a_sku(session, hidden)
    codes = (gone.product_code, hidden, world.goat.product_code)
    an_event(session, "tea-season", at=NOW, products=codes)
    session.commit()

    page = client.get("/events/tea-season").text

    assert "售完的茶" not in page
    assert "下架的茶" not in page
    assert f"商品{world.goat.product_code}" in page


def test_an_event_without_goods_left_says_so(client: FlaskClient, session: Session) -> None:
    an_event(session, "tea-season", at=NOW)
    session.commit()

    assert "这里的商品暂时都没有货" in client.get("/events/tea-season").text


def test_an_event_shows_its_prices_and_coupons_while_it_runs(
    client: FlaskClient, session: Session, world: World
) -> None:
    code = a_campaign(session, world.goat, stock=7)
    a_campaign(session, world.shoots, "NOT-OF-IT")
    offers.a_coupon(session, "TAKE-ME", at=NOW, is_claimable=True)
    offers.a_coupon(session, "OTHER", at=NOW, is_claimable=True)
    an_event(session, "tea-season", at=NOW, campaigns=(code,), coupons=("TAKE-ME",))
    session.commit()

    page = client.get("/events/tea-season").text

    assert "活动TEA-WEEK" in page
    assert "活动价还剩 7 件" in page
    assert "活动NOT-OF-IT" not in page
    assert "券TAKE-ME" in page
    assert "券OTHER" not in page
    assert 'href="/events/tea-season#TEA-WEEK"' in client.get("/").text
    assert 'href="/deals#NOT-OF-IT"' in client.get("/").text


def test_an_event_that_is_over_stays_to_be_read_at_usual_prices(
    client: FlaskClient, session: Session, world: World
) -> None:
    at = NOW - timedelta(days=20)
    code = a_campaign(session, world.goat, starts_at=at, ends_at=at + timedelta(days=2))
    offers.a_coupon(session, "TAKE-ME", at=NOW, is_claimable=True)
    an_event(
        session,
        "tea-season",
        at=at,
        products=(world.goat.product_code,),
        campaigns=(code,),
        coupons=("TAKE-ME",),
    )
    session.commit()

    page = client.get("/events/tea-season")

    assert page.status_code == 200
    assert "活动已经结束" in page.text
    assert "活动TEA-WEEK" not in page.text
    assert "券TAKE-ME" not in page.text
    assert "¥</span>98<" in page.text
    assert "往期活动" in client.get("/events").text
    assert "tea-season" not in client.get("/").text


def test_an_event_to_come_says_when_it_begins(client: FlaskClient, session: Session) -> None:
    an_event(session, "tea-season", at=NOW + timedelta(days=10))
    session.commit()

    assert "即将开始" in client.get("/events/tea-season").text
    assert "即将开始" in client.get("/events").text
    assert "tea-season" not in client.get("/").text


def test_what_is_published_or_withdrawn_is_seen_at_once_on_pages_that_are_remembered(
    app: Flask, session: Session, watch: Watch
) -> None:
    def listed() -> bool:
        watch.now += bodies.VERSION_SECONDS
        return "/events/tea-season" in app.test_client().get("/events").text

    seen = [listed()]
    an_event(session, "tea-season", at=NOW)
    session.commit()
    seen.append(listed())
    withdraw_piece(session, "tea-season", actor="person:1", at=NOW)
    session.commit()
    seen.append(listed())

    assert seen == [False, True, False]


def test_a_guest_who_comes_after_another_costs_no_statement(
    app: Flask, session: Session, watch: Watch, statements: list[str]
) -> None:
    an_event(session, "tea-season", at=NOW)
    session.commit()
    watch.now += bodies.VERSION_SECONDS
    app.test_client().get("/events/tea-season")
    statements.clear()

    assert app.test_client().get("/events/tea-season").status_code == 200
    assert statements == []


def test_the_clock_alone_ends_remembered_pages_of_an_event(session: Session) -> None:
    an_event(session, "tea-season", at=NOW)
    running = find_version(session, at=NOW)

    assert find_version(session, at=NOW - timedelta(days=2)) != running
    assert find_version(session, at=NOW + timedelta(days=7)) != running
    assert find_version(session, at=NOW + timedelta(days=6)) == running


def test_blocks_of_every_kind_stand_on_the_first_page_in_their_order(
    client: FlaskClient, session: Session, world: World
) -> None:
    a_place(session, VILLAGE, name="大田村")
    plans = {
        PieceKind.TEXT: PiecePlan(text="<p>一段话</p>", text_en="<p>Words</p>"),
        PieceKind.GOODS: PiecePlan(
            sections=(GoodsSection(products=(world.goat.product_code,)),)
        ),
        PieceKind.VILLAGES: PiecePlan(villages=(VILLAGE,)),
        PieceKind.TILES: PiecePlan(
            tiles=(LinkTile(label="看溯源", label_en="Trace", link="/trace"),)
        ),
        PieceKind.HERO: PiecePlan(
            picture="green-tea", link="/deals", button="去", button_en="Go"
        ),
    }
    for position, (kind, plan) in enumerate(plans.items()):
        values = {name: getattr(plan, name) for name in plan.__slots__}
        values |= {"title": f"版块{kind.value}", "title_en": kind.value, "position": position}
        a_piece(session, kind, PiecePlan(**values), f"block-{kind.value}", at=NOW)
    session.commit()

    page = client.get("/").text

    places = [page.index(f"版块{kind.value}") for kind in plans]
    assert sorted(places[:4]) == places[:4]
    assert "一段话" in page
    assert f'href="/villages/{VILLAGE}"' in page
    assert 'href="/trace">看溯源' in page


def test_a_block_outside_its_days_or_without_goods_is_not_there(
    client: FlaskClient, session: Session
) -> None:
    words = {"title_en": "T", "text": "<p>x</p>", "text_en": "<p>x</p>"}
    early = PiecePlan(title="以后的话", starts_at=NOW + timedelta(days=1), **words)  # type: ignore[arg-type]
    late = PiecePlan(title="以前的话", ends_at=NOW - timedelta(hours=1), **words)  # type: ignore[arg-type]
    empty = PiecePlan(
        title="没货的一排",
        title_en="Empty",
        sections=(GoodsSection(products=(a_product(session),)),),
    )
    a_piece(session, PieceKind.TEXT, early, at=NOW)
    a_piece(session, PieceKind.TEXT, late, at=NOW)
    a_piece(session, PieceKind.GOODS, empty, at=NOW)
    session.commit()

    page = client.get("/").text

    assert not any(word in page for word in ("以后的话", "以前的话", "没货的一排"))


def test_a_lot_that_comes_brings_the_goods_back(client: FlaskClient, session: Session) -> None:
    sku = a_sku(session)
    an_event(session, "tea-season", at=NOW, products=(sku.product_code,))
    session.commit()
    assert f"商品{sku.product_code}" not in client.get("/events/tea-season").text
    a_lot(session, sku, at=NOW, best_before=None)
    session.commit()

    assert f"商品{sku.product_code}" in client.get("/events/tea-season").text
