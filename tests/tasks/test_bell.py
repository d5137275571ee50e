"""The relay is rung for where Redis hears it; the shop sells where Redis does not."""

import re
import time
from collections.abc import Iterator
from http.cookiejar import CookieJar
from itertools import pairwise
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

import msgspec
import pytest
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from kernel import vault
from kernel.outbox import OutboxRow
from orders.models import OrderGroup
from orders.values import GroupState
from shop.settings import DEMO_VAULT_KEY
from tests.builders.api import a_key, a_shop_of_today, an_order_request
from tests.tasks.conftest import OwnRedis

PATIENCE_SECONDS = 3.0
HEARD_SECONDS = 60.0
"""No clock is there to ring instead, however long it takes."""
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def engine_there(fresh_database_url: str) -> Iterator[Engine]:
    """An engine on the database of the running shop."""
    vault.use_key(DEMO_VAULT_KEY)
    made = create_engine(fresh_database_url)
    yield made
    made.dispose()


@pytest.fixture
def sku(engine_there: Engine) -> str:
    """An SKU of a small shop that is open today."""
    with Session(engine_there, expire_on_commit=False) as session:
        return a_shop_of_today(session, on_hand=50).goat.code


def test_a_sale_rings_for_the_relay_at_once(
    live_address: str, own_redis: OwnRedis, sku: str
) -> None:
    buy(live_address, sku)

    deadline = time.monotonic() + HEARD_SECONDS
    while not own_redis.count_rings():
        assert time.monotonic() < deadline, "nobody rang"
        time.sleep(0.05)


def test_a_frozen_and_a_dead_redis_keep_nobody_waiting_and_lose_no_fact(
    live_address: str, own_redis: OwnRedis, sku: str, engine_there: Engine
) -> None:
    usual = max(buy(live_address, sku) + buy(live_address, sku))
    with own_redis.frozen():
        frozen = buy(live_address, sku) + buy(live_address, sku)
    own_redis.kill()
    dead = buy(live_address, sku) + buy(live_address, sku)

    assert max(frozen) - usual < PATIENCE_SECONDS
    assert max(dead) - usual < PATIENCE_SECONDS
    with Session(engine_there) as session:
        paid = select(func.count()).where(OrderGroup.state == GroupState.PAID)
        facts = select(func.count()).where(OutboxRow.fact == "OrderPaid")
        assert session.scalar(paid) == session.scalar(facts) == 6


def buy(address: str, sku: str) -> list[float]:
    """Order a pack and pay it as a guest; return how long each step took, in seconds."""
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    started = [time.monotonic()]

    def step(path: str, body: bytes | None = None, **headers: str) -> str:
        text = _ask(browser, address + path, body, headers)
        started.append(time.monotonic())
        return text

    request = msgspec.json.encode(an_order_request({sku: 1}))
    placed = msgspec.json.decode(
        step("/api/v1/orders", request, **{"Content-Type": "application/json"}, **a_key())
    )
    number, key = placed["number"], placed["access_key"]
    step(f"/orders/{number}?key={key}")
    page = step(f"/pay/{number}")
    token = TOKEN.search(page)
    assert token is not None
    step(f"/pay/{number}/demo", urlencode({"csrf_token": token[1]}).encode())
    assert '"state":"paid"' in step(f"/api/v1/orders/{number}?key={key}")
    return [end - begin for begin, end in pairwise(started)]


def _ask(
    browser: OpenerDirector, address: str, body: bytes | None, headers: dict[str, str]
) -> str:
    request = Request(address, body, headers)  # noqa: S310 -- our own server
    with browser.open(request, timeout=15) as answer:
        text: str = answer.read().decode()
        return text
