"""What search engines are told: which pages there are, and which to leave alone."""

import re
from collections.abc import Iterable

from flask import Blueprint, Response, render_template, url_for
from sqlalchemy.orm import Session

from catalog.listing import brands as brand_queries
from catalog.listing import editorial as pieces
from catalog.listing import places as place_queries
from catalog.listing import series as series_queries
from catalog.listing import shelves as shelf_queries
from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import NotFoundError
from kernel.regions import RegionLevel
from shop.security import public
from shop.storefront import memory
from shop.storefront.help import TOPICS

pages = Blueprint("storefront_sitemap", __name__)
pages.record_once(lambda state: memory.init_app(state.app))

PER_FILE = 10_000
DAY_SECONDS = 86_400
HIDDEN = (
    *("/basket", "/checkout", "/orders", "/pay", "/account", "/login", "/register"),
    *("/console/", "/supplier/", "/oversight/", "/household/", "/purchasing/", "/api/"),
    *("/search", "/products?", "/seen"),
)
PRODUCTS = re.compile(r"products-([1-9][0-9]{0,3})")
PARTS = ("pages", "villages", "brands", "events")


@pages.get("/robots.txt")
@public
def robots() -> Response:
    """Say which addresses are nobody's but the reader's."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in HIDDEN),
        f"Sitemap: {url_for('.index', _external=True)}",
    ]
    response = Response("\n".join(lines) + "\n", mimetype="text/plain")
    response.cache_control.max_age = DAY_SECONDS
    return response


@pages.get("/sitemap.xml")
@public
def index() -> Response:
    """List the files of addresses, one for every ten thousand products."""
    with unit_of_work() as session:
        codes = memory.recall("sitemap", lambda: shelf_queries.list_codes(session))
    files = -(-len(codes) // PER_FILE)
    names = [*PARTS, *(f"products-{number}" for number in range(1, files + 1))]
    addresses = [url_for(".part", name=name, _external=True) for name in names]
    return _xml(render_template("storefront/sitemap/index.xml", addresses=addresses))


@pages.get("/sitemaps/<name>.xml")
@public
def part(name: str) -> Response:
    """List the addresses of one file: only what is on sale now."""
    with unit_of_work() as session:
        addresses = list(_addresses(session, name))
    if not addresses and name not in PARTS:
        raise NotFoundError("sitemap_not_found", f"no sitemap {name}")
    return _xml(render_template("storefront/sitemap/part.xml", addresses=addresses))


def _addresses(session: Session, name: str) -> Iterable[str]:
    if name == "pages":
        return _fixed()
    if name == "villages":
        return _places(session)
    if name == "brands":
        brands = brand_queries.list_brands(session, at=clock.now())
        return [
            *(
                url_for("storefront_brands.show", code=row.code, _external=True)
                for row in brands
                if row.products
            ),
            *(
                url_for("storefront_series.show", number=number, _external=True)
                for number in series_queries.list_numbers(session)
            ),
        ]
    return _events(session) if name == "events" else _products(session, name)


def _events(session: Session) -> Iterable[str]:
    for one in pieces.list_events(session, most=PER_FILE):
        yield url_for("storefront_events.show", code=one.code, _external=True)


def _places(session: Session) -> Iterable[str]:
    for place in place_queries.list_places(session):
        if place.products:
            kind = "show" if place.level == RegionLevel.VILLAGE else "township"
            yield url_for(f"storefront_villages.{kind}", code=place.code, _external=True)


def _products(session: Session, name: str) -> Iterable[str]:
    """Return the addresses of one file of products; of a file that there is not, none."""
    found = PRODUCTS.fullmatch(name)
    if found is None:
        return
    first = (int(found[1]) - 1) * PER_FILE
    codes = memory.recall("sitemap", lambda: shelf_queries.list_codes(session))
    for code in codes[first : first + PER_FILE]:
        yield url_for("storefront_catalog.show", code=code, _external=True)


def _fixed() -> Iterable[str]:
    for endpoint in ("home.index", "catalog.index", "villages.index", "brands.index"):
        yield url_for(f"storefront_{endpoint}", _external=True)
    for endpoint in ("map.show", "trace.index", "coupons.centre", "help.index"):
        yield url_for(f"storefront_{endpoint}", _external=True)
    for endpoint in ("events.index", "deals.index"):
        yield url_for(f"storefront_{endpoint}", _external=True)
    for topic in TOPICS:
        yield url_for("storefront_help.show", topic=topic, _external=True)


def _xml(text: str) -> Response:
    return Response(text, mimetype="application/xml")
