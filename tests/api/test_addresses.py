"""The address book by a program: kept, read, changed, destroyed, and one's own only."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.builders.api import RECIPIENT, a_key, a_shop_of_today
from tests.builders.people import a_browser, a_person

BOOK = "/api/v1/addresses"
OTHER = {**RECIPIENT, "street": "解放碑二号", "email": "wang@example.com"}


@pytest.fixture
def buyer(app: Flask, session: Session) -> FlaskClient:
    a_shop_of_today(session)
    for login in ("buyer", "stranger"):
        a_person(session, login)
    session.commit()
    return a_browser(app, "buyer")


def kept(client: FlaskClient, recipient: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = client.post(BOOK, json={"recipient": recipient, **more}, headers=a_key())
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def test_the_first_is_the_default_until_another_is(buyer: FlaskClient) -> None:
    first, second = kept(buyer, RECIPIENT), kept(buyer, OTHER, is_default=True)

    book = buyer.get(BOOK).get_json()["addresses"]

    assert (first["is_default"], second["is_default"]) == (True, True)
    assert [(one["id"], one["is_default"]) for one in book] == [
        (second["id"], True),
        (first["id"], False),
    ]
    assert book[0]["recipient"] == OTHER
    assert kept(buyer, OTHER)["id"] == second["id"]


def test_an_address_is_written_anew_and_destroyed(buyer: FlaskClient) -> None:
    number = kept(buyer, RECIPIENT)["id"]

    changed = buyer.put(f"{BOOK}/{number}", json={"recipient": OTHER})
    gone = buyer.delete(f"{BOOK}/{number}")

    assert changed.get_json()["recipient"] == OTHER
    assert (gone.status_code, gone.data) == (204, b"")
    assert buyer.get(BOOK).get_json() == {"addresses": []}
    assert buyer.delete(f"{BOOK}/{number}").status_code == 404


def test_a_pasted_text_is_taken_apart_and_not_kept(buyer: FlaskClient) -> None:
    text = "张三，13800000000\n重庆市武隆区芙蓉街道二号"

    answer = buyer.post(f"{BOOK}/reading", json={"text": text})

    told = answer.get_json()
    assert (told["name"], told["phone"]) == ("张三", "13800000000")
    assert (told["province"], told["district"]) == ("重庆市", "武隆区")
    assert told["street"] == "芙蓉街道二号"
    assert buyer.get(BOOK).get_json() == {"addresses": []}


def test_nobody_else_sees_or_changes_it(app: Flask, buyer: FlaskClient) -> None:
    number = kept(buyer, RECIPIENT)["id"]
    stranger, guest = a_browser(app, "stranger"), app.test_client()

    assert stranger.get(BOOK).get_json() == {"addresses": []}
    refused = stranger.put(f"{BOOK}/{number}", json={"recipient": OTHER})
    assert (refused.status_code, refused.get_json()["code"]) == (404, "address_not_found")
    assert stranger.delete(f"{BOOK}/{number}").status_code == 404
    assert guest.get(BOOK).status_code == 401
    assert buyer.get(BOOK).get_json()["addresses"][0]["recipient"]["street"] == "解放碑一号"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"recipient": RECIPIENT, "is_default": "true"},
        {"recipient": RECIPIENT, "is_default": 1},
        {"recipient": RECIPIENT, "person_id": 1},
        {"recipient": {**RECIPIENT, "phone": "12"}},
        {"recipient": {**RECIPIENT, "street": ""}},
    ],
)
def test_what_is_no_address_is_refused(buyer: FlaskClient, body: dict[str, Any]) -> None:
    assert buyer.post(BOOK, json=body, headers=a_key()).status_code == 422
    assert buyer.get(BOOK).get_json() == {"addresses": []}
