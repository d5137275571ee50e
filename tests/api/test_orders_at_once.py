"""The same order sent by many at once is one order."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from catalog.models import Lot
from kernel.db import db
from orders.models import OrderGroup
from shop.app import create_app
from shop.settings import Settings
from tests.builders.api import a_key, a_shop_of_today, an_order_request

TIMES = 20
Send = Callable[[dict[str, str]], Any]


@pytest.fixture
def app(fresh_database_url: str, settings: Settings) -> Any:
    """An application that commits, on a database of its own."""
    made = create_app(replace(settings, database_url=fresh_database_url, threads=8))
    made.config["WTF_CSRF_ENABLED"] = False
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def send(app: Flask, fresh_database_url: str) -> Send:
    """Order three packs of ten under a key."""
    engine = create_engine(fresh_database_url)
    with Session(engine, expire_on_commit=False) as session:
        request = an_order_request({a_shop_of_today(session).goat.code: 3})
    engine.dispose()

    def once(key: dict[str, str]) -> Any:
        return app.test_client().post("/api/v1/orders", json=request, headers=key)

    return once


def at_once(send: Send, keys: list[dict[str, str]]) -> list[Any]:
    with ThreadPoolExecutor(max_workers=len(keys)) as pool:
        return list(pool.map(send, keys))


def test_one_key_twenty_times_at_once_is_one_order(app: Flask, send: Send) -> None:
    answers = at_once(send, [a_key()] * TIMES)

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_data() for answer in answers}) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(OrderGroup)) == 1


def test_different_keys_at_once_never_sell_more_than_there_is(app: Flask, send: Send) -> None:
    answers = at_once(send, [a_key() for _ in range(TIMES)])

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(201) == 3
    assert statuses.count(409) == TIMES - 3
    with app.app_context():
        assert db.session.scalar(select(func.min(Lot.available))) == 1
