"""A cooperative sees warnings about its own products, and nobody's name or number."""

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from households import service
from households.models import PriceWarning, PriceWarningNote
from households.values import HouseholdId, PriceFall
from parties.values import Role
from tests.builders.catalog import NOON, a_product
from tests.builders.people import a_browser, a_person
from tests.builders.places import a_seller
from tests.builders.register import a_registered

COOP, OTHER = "C91", "C92"


@pytest.fixture
def warning(app: Flask, session: Session) -> int:
    a_registered(session, "H7001")
    product = a_product(session, seller_code=a_seller(session, COOP))
    fall = PriceFall(
        product_code=product,
        baseline_week=date(2026, 5, 4),
        baseline_minor=1_000,
        latest_week=date(2026, 5, 25),
        latest_minor=700,
        weeks=3,
    )
    service.raise_warning(session, fall, [HouseholdId("H7001")], at=NOON)
    for login, seller in (("coop", COOP), ("other", a_seller(session, OTHER))):
        a_person(session, login, (Role.MANAGER, seller))
    session.commit()
    return session.scalars(select(PriceWarning.id)).one()


@pytest.fixture
def coop(app: Flask, warning: int) -> FlaskClient:
    return a_browser(app, "coop")


def test_a_seller_reads_of_the_goods_and_of_no_household(coop: FlaskClient) -> None:
    text = coop.get("/supplier/warnings").text

    assert "30%" in text
    assert "H7001" not in text


def test_a_note_is_left_once(coop: FlaskClient, warning: int, session: Session) -> None:
    for words in ("先收后销", "再说一次"):
        coop.post(f"/supplier/warnings/{warning}/notes", data={"note": words})

    assert session.scalars(select(PriceWarningNote.note)).all() == ["先收后销"]
    assert "先收后销" in coop.get("/supplier/warnings").text


def test_an_empty_note_is_refused(coop: FlaskClient, warning: int) -> None:
    answer = coop.post(f"/supplier/warnings/{warning}/notes", data={"note": " "})

    assert answer.status_code == 422


def test_another_seller_knows_nothing_of_it(app: Flask, warning: int) -> None:
    other = a_browser(app, "other")

    assert "30%" not in other.get("/supplier/warnings").text
    answer = other.post(f"/supplier/warnings/{warning}/notes", data={"note": "x"})
    assert answer.status_code == 404
