"""The demo's loggers speak while they travel, and only in a demo."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from catalog.models import Lot
from cold_chain import service as cold_chain
from cold_chain.models import Device, Reading
from kernel import clock
from shop.settings import Environment
from shop.tasks import demo_loggers
from tests.builders.cold_chain import a_device
from tests.builders.sales import a_paid_group, a_world
from workflows import order_shipped
from workflows.travel import HandOver


@pytest.fixture
def travelling(session: Session) -> None:
    at = clock.now() - timedelta(hours=1)
    cold_chain.ensure_partitions(session, [at.date(), clock.now().date()])
    world = a_world(session)
    session.execute(update(Lot).values(best_before=at.date() + timedelta(days=9)))
    number = f"{a_paid_group(session, {world.goat.code: 1}, at=at).number}-1"
    logger = a_device(session)
    session.execute(update(Device).values(is_sample=True))
    order_shipped.pack(session, number, actor="person:1", at=at)
    order_shipped.ship(session, number, HandOver(actor="person:1", device_code=logger), at=at)
    session.commit()


@pytest.fixture
def demo(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    settings = replace(app.extensions["shanji_settings"], environment=Environment.DEMO)
    monkeypatch.setitem(app.extensions, "shanji_settings", settings)
    return app


def readings(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Reading)) or 0


def test_they_catch_up_and_never_say_anything_twice(
    demo: Flask, session: Session, travelling: None
) -> None:
    with demo.app_context():
        spoke = [demo_loggers.speak() for _ in range(3)]

    assert spoke[0] == 1
    assert 12 <= readings(session) <= 14


def test_outside_a_demo_nothing_is_made_up(
    app: Flask, session: Session, travelling: None
) -> None:
    with app.app_context():
        assert demo_loggers.speak() == 0

    assert readings(session) == 0
