"""The operator's staff, and a shop with an order that was delivered and one that was paid."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from catalog.models import Lot
from kernel import clock
from parties.models import Organisation
from parties.values import OrganisationKind, Role
from tests.builders.cold_chain import a_device
from tests.builders.people import a_browser, a_person
from tests.builders.places import once
from tests.builders.sales import World, a_paid_group, a_world
from workflows import order_delivered, order_shipped
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Shop:
    """What the tests look at."""

    world: World
    at: datetime
    delivered: str
    paid: str


@pytest.fixture
def shop(session: Session) -> Shop:
    world = a_world(session)
    at = clock.now() - timedelta(hours=4)
    session.execute(update(Lot).values(best_before=clock.local_date(at) + timedelta(days=9)))
    delivered = f"{a_paid_group(session, {world.goat.code: 2}, at=at).number}-1"
    logger = a_device(session)
    order_shipped.pack(session, delivered, actor="person:1", at=at)
    hand_over = HandOver(actor="person:1", device_code=logger)
    order_shipped.ship(session, delivered, hand_over, at=at)
    receipt = Receipt("person:1", "guest")
    order_delivered.deliver(session, delivered, receipt, at=at + timedelta(hours=1))
    paid = f"{a_paid_group(session, {world.shoots.code: 1}, at=at).number}-1"
    platform = {"code": "PLATFORM", "name": "山集", "kind": OrganisationKind.PLATFORM}
    once(session, Organisation, platform, key="code")
    a_person(session, OPERATOR, (Role.OPERATOR, "PLATFORM"))
    a_person(session, "consumer")
    session.commit()
    return Shop(world, at, delivered, paid)


@pytest.fixture
def operator(app: Flask, shop: Shop) -> FlaskClient:
    return a_browser(app, OPERATOR)
