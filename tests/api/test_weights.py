"""Packers record by program what the scale shows; nobody else's order is there for them."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from parties.values import Role
from tests.builders.api import a_key
from tests.builders.people import a_browser, a_person
from tests.builders.sales import GOAT, SHOOTS, a_paid_group, a_world
from tests.builders.weighing import by_the_piece


@pytest.fixture
def address(session: Session) -> str:
    world = a_world(session)
    number = f"{a_paid_group(session, {by_the_piece(session, world).code: 2}).number}-1"
    a_person(session, "packer", (Role.PACKER, GOAT))
    a_person(session, "cashier", (Role.CASHIER, GOAT))
    a_person(session, "stranger", (Role.MANAGER, SHOOTS))
    session.commit()
    return f"/api/v1/orders/{number}/weights"


@pytest.fixture
def packer(app: Flask, address: str) -> FlaskClient:
    del address
    return a_browser(app, "packer")


def send(packer: FlaskClient, address: str, *pieces_g: int, **changes: Any) -> Any:
    (line,) = packer.get(address).get_json()["lines"]
    body = {"lines": [{"line_id": line["line_id"], "pieces_g": list(pieces_g)}]} | changes
    return packer.post(address, json=body, headers=a_key())


def test_pieces_are_weighed_and_corrected(packer: FlaskClient, address: str) -> None:
    (before,) = packer.get(address).get_json()["lines"]

    done = send(packer, address, 1_420, 1_533)
    corrected = send(packer, address, 1_421, 1_533)

    assert (before["pieces"], before["is_weighed"], before["pieces_g"]) == (2, False, [])
    assert (before["min_g"], before["estimate_g"], before["max_g"]) == (1_200, 1_500, 1_800)
    assert done.status_code == 200
    (line,) = done.get_json()["lines"]
    assert (line["is_weighed"], line["weight_g"]) == (True, 2_953)
    assert corrected.get_json()["lines"][0]["pieces_g"] == [1_421, 1_533]


def test_an_unusual_piece_needs_a_second_look(packer: FlaskClient, address: str) -> None:
    refused = send(packer, address, 1_420, 1_900)
    done = send(packer, address, 1_420, 1_900, confirmed="unusual")

    assert (refused.status_code, refused.get_json()["code"]) == (409, "weight_unusual")
    assert done.status_code == 200


def test_too_few_pieces_and_doubled_lines_are_refused(
    packer: FlaskClient, address: str
) -> None:
    (line,) = packer.get(address).get_json()["lines"]
    one = {"line_id": line["line_id"], "pieces_g": [1_420, 1_533]}

    assert send(packer, address, 1_420).status_code == 422
    doubled = packer.post(address, json={"lines": [one, one]}, headers=a_key())
    assert doubled.status_code == 422
    assert not packer.get(address).get_json()["lines"][0]["is_weighed"]


def test_who_packs_for_others_or_not_at_all_is_kept_out(app: Flask, address: str) -> None:
    assert a_browser(app, "stranger").get(address).status_code == 404
    assert a_browser(app, "cashier").get(address).status_code == 403
    assert app.test_client().get(address).status_code == 401
