"""A cooperative lays down shipping, sells before the harvest and packs parcel by parcel."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from catalog.models import Lot
from kernel import clock
from parties.values import Role
from tests.builders.people import a_browser, a_person
from tests.builders.presales import a_presale
from tests.builders.sales import GOAT, World, a_paid_group, a_world


@pytest.fixture
def world(session: Session) -> World:
    made = a_world(session)
    today = clock.local_date(clock.now())
    session.execute(update(Lot).values(best_before=today + timedelta(days=9)))
    a_person(session, "goat", (Role.MANAGER, GOAT))
    a_person(session, "op", (Role.OPERATOR, GOAT))
    session.commit()
    return made


@pytest.fixture
def goat(app: Flask, world: World) -> FlaskClient:
    return a_browser(app, "goat")


def test_a_rule_is_set_for_tomorrow_and_never_for_today(goat: FlaskClient) -> None:
    today = clock.local_date(clock.now())
    form = {
        "temperature": "chilled",
        "provinces": ["四川省"],
        "first_kg": "1",
        "first": "12",
        "step_kg": "0.5",
        "step": "3.50",
        "free_from": "199",
    }

    refused = goat.post("/supplier/shipping", data=form | {"valid_from": today.isoformat()})
    tomorrow = (today + timedelta(days=1)).isoformat()
    done = goat.post("/supplier/shipping", data=form | {"valid_from": tomorrow})

    assert (refused.status_code, done.status_code) == (422, 302)
    assert "四川省" in goat.get("/supplier/shipping").text


def test_a_presale_is_opened_paid_and_given_its_harvest(
    session: Session, world: World, goat: FlaskClient
) -> None:
    at = clock.now()
    presale = a_presale(session, world.goat, seller=GOAT, at=at)
    number = a_paid_group(session, {world.goat.code: 2}, at=at).number + "-1"
    session.commit()

    assert "预售" in goat.get("/supplier/presales").text
    assert number in goat.get("/supplier/parcels").text
    assert goat.post(f"/supplier/presales/{presale}/allot").status_code == 302
    assert goat.post(f"/supplier/parcels/{number}/1/pack").status_code == 302
    assert f"{number}/1/pack" not in goat.get("/supplier/parcels").text
    assert goat.get(f"/supplier/orders/{number}").status_code == 200


def test_a_year_is_laid_down_with_what_it_rests_on(world: World, goat: FlaskClient) -> None:
    today = clock.local_date(clock.now())
    form = {"product": world.goat.product_code, "year": str(today.year), "weight_kg": "40"}

    refused = goat.post("/supplier/presales/supply", data=form | {"basis": " "})
    done = goat.post("/supplier/presales/supply", data=form | {"basis": "存栏 60 只"})
    foreign = goat.post(
        "/supplier/presales/supply",
        data=form | {"basis": "x", "product": world.shoots.product_code},
    )

    assert (refused.status_code, done.status_code, foreign.status_code) == (422, 302, 404)
    assert "存栏 60 只" in goat.get("/supplier/presales").text


def test_the_operator_sees_what_is_late(app: Flask, world: World) -> None:
    assert a_browser(app, "op").get("/console/late").status_code == 200
