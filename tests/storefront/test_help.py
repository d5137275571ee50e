"""Brands, map, help, terms, licences, sitemap: pages anybody may read."""

import hashlib
import re
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from catalog.models import Brand, Certificate, Product
from catalog.values import ProductState
from kernel import clock
from kernel.policy import PolicyParam
from orders.models import OrderGroup
from shop.settings import CHECKOUT
from shop.storefront import licences
from shop.storefront.help import TOPICS
from tests.builders.api import a_key, a_shop_of_today, an_order_request
from tests.builders.papers import a_brand
from tests.builders.places import once
from tests.builders.sales import World
from workflows.agreed import PARAM, VERSIONS

KEPT = {"2026-11": "e64d96e501ce2963bd6cade828078a35bc4b7c93ea122b6bed7aeb2e046e9253"}
"""The texts of terms as they were agreed to; what was once in force never changes."""
LOCATION = re.compile(r"<loc>https?://[^/]+([^<]*)</loc>")


@pytest.fixture
def world(session: Session) -> World:
    return a_shop_of_today(session)


def a_param(session: Session, code: str, value: object) -> None:
    row = {"code": code, "value": value, "unit": "x", "valid_from": date(2020, 1, 1)}
    once(session, PolicyParam, row | {"basis": "test", "note": ""}, key="code")
    session.commit()


def listed(client: FlaskClient, path: str) -> list[str]:
    """Return the paths a file of addresses lists."""
    return LOCATION.findall(client.get(path).text)


def test_every_topic_opens_in_both_languages(client: FlaskClient) -> None:
    for language in ("zh", "en"):
        for topic in TOPICS:
            assert client.get(f"/help/{topic}?lang={language}").status_code == 200
        assert client.get(f"/help?lang={language}").status_code == 200
    assert client.get("/help/nothing").status_code == 404


def test_terms_that_were_in_force_stay_as_they_were() -> None:
    for version in VERSIONS:
        name = f"_terms_{version.replace('-', '_')}.html"
        words = Path(CHECKOUT, "templates", "storefront", "help", name).read_bytes()
        assert hashlib.sha256(words).hexdigest() == KEPT[version]
    assert set(KEPT) == set(VERSIONS)


def test_an_order_keeps_the_version_it_was_placed_under(
    client: FlaskClient, session: Session, world: World
) -> None:
    order = an_order_request({world.goat.code: 1})
    client.post("/api/v1/orders", json=order, headers=a_key())
    a_param(session, PARAM, "2026-11")
    client.post("/api/v1/orders", json=order, headers=a_key())

    versions = session.scalars(select(OrderGroup.terms_version)).all()

    assert sorted(versions, key=str) == ["2026-11", None]


def test_terms_lead_to_the_version_in_force(client: FlaskClient, session: Session) -> None:
    assert client.get("/help/terms").status_code == 404
    a_param(session, PARAM, "2026-11")

    assert client.get("/help/terms").location == "/help/terms/2026-11"
    assert "现在下单适用这一版" in client.get("/help/terms/2026-11").text
    assert client.get("/help/terms/1999-01").status_code == 404


def test_licences_stand_at_the_foot_and_samples_say_so(
    app: Flask, client: FlaskClient, session: Session
) -> None:
    told = [{"number": "JY123", "holder": "某公司", "issuer": "某局", "is_sample": True}]
    a_param(session, "licence_food", told)
    footer = app.extensions.pop(licences.EXTENSION)
    try:
        page, foot = client.get("/licences").text, client.get("/help").text
    finally:
        app.extensions[licences.EXTENSION] = footer

    assert "JY123" in page
    assert "某公司" in page
    assert "JY123" in foot.partition('class="footer"')[2]
    assert "样例数据" in page


def test_a_brand_stands_on_goods_while_its_authorisation_is_valid(
    client: FlaskClient, session: Session, world: World
) -> None:
    code = world.goat.product_code
    paper = a_brand(session, code, "FIVE")
    session.execute(
        insert(Brand).values(
            code="BARE", name="没有商品", name_en="Bare", is_regional=False, sort_order=2
        )
    )
    session.commit()

    index = client.get("/brands").text
    page = client.get("/brands/FIVE").text
    bare = client.get("/brands/BARE").text

    assert all(f'href="/brands/{one}"' in index for one in ("FIVE", "BARE"))
    assert f"/products/{code}" in page
    assert f"/certificates/{paper}" in page
    assert "现在没有商品挂这个品牌" in bare
    assert client.get("/brands/nobody").status_code == 404

    session.execute(update(Certificate).values(stopped_at=clock.now()))
    session.commit()
    assert f"/products/{code}" not in client.get("/brands/FIVE").text
    assert "/brands/FIVE" not in client.get(f"/products/{code}").text


def test_the_map_is_a_drawing_with_links_and_a_table(client: FlaskClient, world: World) -> None:
    del world
    for layer in ("", "?layer=sales", "?layer=cold", "?layer=;drop"):
        page = client.get(f"/map{layer}")
        assert page.status_code == 200
        assert '<path class="map-outline" d="M' in page.text
        assert "<table" in page.text
        assert "data-chart" not in page.text


def test_the_sitemap_lists_only_what_is_on_sale(
    client: FlaskClient, session: Session, world: World
) -> None:
    gone, kept = world.shoots.product_code, world.goat.product_code
    session.execute(
        update(Product).where(Product.code == gone).values(state=ProductState.DRAFT)
    )
    session.commit()

    parts = listed(client, "/sitemap.xml")
    found = "".join(client.get(part).text for part in parts)

    assert f"/products/{kept}<" in found
    assert f"/products/{gone}<" not in found
    assert all(client.get(part).mimetype == "application/xml" for part in parts)
    for none in ("products-9", "products-0", "products--1", "nothing"):
        assert client.get(f"/sitemaps/{none}.xml").status_code == 404


def test_every_address_of_the_sitemap_opens(client: FlaskClient, world: World) -> None:
    del world
    for part in ("pages", "villages", "brands", "products-1"):
        for path in listed(client, f"/sitemaps/{part}.xml"):
            assert client.get(path).status_code == 200, path


def test_robots_are_kept_from_what_is_somebodys_own(client: FlaskClient) -> None:
    robots = client.get("/robots.txt")

    assert robots.mimetype == "text/plain"
    for path in ("/orders", "/account", "/console/", "/checkout"):
        assert f"Disallow: {path}\n" in robots.text
    assert "Sitemap: http" in robots.text
