"""An entitlement explains itself over the API: to its household and to those who pay it."""

from fractions import Fraction

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from households.models import Entitlement
from parties.values import Role
from shop.api.schemas.entitlements import ExplanationTold
from tests.builders.catalog import NOON
from tests.builders.people import a_browser, a_person
from tests.builders.sales import GOAT, SHOOTS, a_paid_group, a_world

OWN, OTHER = "HX0003", "HX0004"


@pytest.fixture
def address(session: Session) -> str:
    world = a_world(session)
    a_paid_group(session, {world.goat.code: 2}, at=NOON)
    a_person(session, "own", household_id=OWN)
    a_person(session, "other", household_id=OTHER)
    a_person(session, "cashier", (Role.CASHIER, GOAT))
    a_person(session, "packer", (Role.PACKER, GOAT))
    a_person(session, "elsewhere", (Role.MANAGER, SHOOTS))
    a_person(session, "official", (Role.OFFICIAL, "500156"))
    session.commit()
    part = session.scalars(select(Entitlement).where(Entitlement.household_id == OWN)).one()
    return f"/api/v1/entitlements/{part.id}/explanation"


def test_the_household_gets_every_step(app: Flask, address: str) -> None:
    told = a_browser(app, "own").get(address).get_json()

    assert told["adds_up"] is True
    own = told["sale"]["own"]
    assert Fraction(own["quota"]) == own["floor_minor"] + Fraction(own["remainder"])
    assert own["minor"] == own["floor_minor"] + own["gets_spare"] == told["amount_minor"]
    assert told["sale"]["net_minor"] == 17_444
    assert OTHER not in str(told)
    assert not ExplanationTold().validate(told)


def test_the_payer_gets_it_too(app: Flask, address: str) -> None:
    assert a_browser(app, "cashier").get(address).status_code == 200


@pytest.mark.parametrize("login", ["other", "packer", "elsewhere", "official"])
def test_for_everybody_else_there_is_nothing(app: Flask, address: str, login: str) -> None:
    assert a_browser(app, login).get(address).status_code == 404


def test_for_a_guest_there_is_nothing(app: Flask, address: str) -> None:
    assert app.test_client().get(address).status_code == 404


@pytest.mark.parametrize("number", ["0", "x", "-1", "9" * 40, "１"])
def test_a_number_that_is_none_is_not_found(app: Flask, address: str, number: str) -> None:
    found = a_browser(app, "own").get(f"/api/v1/entitlements/{number}/explanation")

    assert found.status_code == 404
