"""Officials of three levels, and purchases of three places."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from parties.values import Role
from tests.builders.catalog import NOON
from tests.builders.people import a_browser, a_person
from tests.builders.places import TOWNSHIP, VILLAGE
from tests.builders.trade import a_buyer, a_purchase

OTHER = "500156104"
OFFICIALS = {"district": "500156", "township": TOWNSHIP, "village": VILLAGE}


@pytest.fixture
def purchases(session: Session) -> None:
    """Purchases of May and June: 50.00, 7.00 and 0.90 yuan inside, 0.40 outside."""
    a_purchase(session, 5_000, origin=VILLAGE, buyer=a_buyer(session, "E01", name="锦程"))
    a_purchase(session, 700, origin="500156204204", channel="YSDW")
    a_purchase(
        session,
        90,
        origin=f"{OTHER}201",
        at=NOON - timedelta(days=31),
        refunds=[(NOON, 30)],
    )
    a_purchase(session, 40, origin=None, district="500229")


@pytest.fixture
def officials(session: Session, purchases: None) -> None:
    for login, region in OFFICIALS.items():
        a_person(session, login, (Role.OFFICIAL, region))
    session.commit()


@pytest.fixture
def district(app: Flask, officials: None) -> FlaskClient:
    return a_browser(app, "district")


@pytest.fixture
def township(app: Flask, officials: None) -> FlaskClient:
    return a_browser(app, "township")


@pytest.fixture
def village(app: Flask, officials: None) -> FlaskClient:
    return a_browser(app, "village")
