"""Coupons by programs: seen by everybody, taken by whoever is signed in, used in a quote."""

from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kernel import clock
from tests.builders.api import a_key, a_shop_of_today
from tests.builders.offers import a_coupon
from tests.builders.people import a_browser, a_person

PATH = "/api/v1/coupons"


def told(client: FlaskClient) -> dict[str, list[dict[str, Any]]]:
    answer = client.get(PATH)
    assert answer.status_code == 200, answer.text
    return answer.get_json()  # type: ignore[no-any-return]


def codes(rows: list[dict[str, Any]]) -> list[str]:
    return [row["code"] for row in rows]


def take(client: FlaskClient, code: str) -> Any:
    return client.post(PATH, json={"code": code}, headers=a_key())


def some_coupons(session: Session) -> None:
    at = clock.now()
    a_coupon(session, "LAST-ONE", at=at, is_claimable=True, claim_limit=1)
    a_coupon(session, "TEN-OFF", at=at, ends_at=at + timedelta(days=1), is_claimable=True)
    a_coupon(session, "BY-CODE", at=at, percent=10, amount_minor=None, cap_minor=500)
    a_coupon(session, "ONLY-GIVEN", at=at, is_given=True)
    a_coupon(session, "PAST", at=at, ends_at=at - timedelta(hours=1), is_claimable=True)


def test_a_guest_sees_what_may_be_taken_and_takes_nothing(
    client: FlaskClient, session: Session
) -> None:
    some_coupons(session)

    seen = told(client)
    answer = take(client, "TEN-OFF")

    assert (codes(seen["mine"]), codes(seen["claimable"])) == ([], ["TEN-OFF", "LAST-ONE"])
    assert [row["left"] for row in seen["claimable"]] == [None, 1]
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")


def test_what_was_taken_is_one_s_own_and_lowers_a_quote(app: Flask, session: Session) -> None:
    goat = a_shop_of_today(session).goat
    some_coupons(session)
    a_person(session, "buyer")
    client = a_browser(app, "buyer")

    answers = [take(client, code) for code in ("TEN-OFF", "BY-CODE", "TEN-OFF")]

    assert [one.status_code for one in answers] == [200, 200, 200]
    first = answers[0].get_json()
    assert (first["is_mine"], first["refused"], first["amount_minor"]) == (True, "", 1_000)
    mine = told(client)["mine"]
    assert codes(mine) == ["TEN-OFF", "BY-CODE"]
    assert mine[1] | {"percent": 10, "cap_minor": 500, "uses": 0, "left": None} == mine[1]
    basket = {"lines": [{"sku": goat.code, "quantity": 1}], "coupons": ["TEN-OFF"]}
    quote = client.post("/api/v1/quotes", json=basket).get_json()
    assert quote["discount_minor"] == 1_000


def test_what_cannot_be_taken_is_refused_by_name(app: Flask, session: Session) -> None:
    some_coupons(session)
    a_person(session, "buyer")
    a_person(session, "other")
    client = a_browser(app, "buyer")
    assert take(a_browser(app, "other"), "LAST-ONE").status_code == 200

    refused = {
        code: (answer.status_code, answer.get_json()["code"])
        for code in ("LAST-ONE", "PAST", "ONLY-GIVEN", "NOBODY-S")
        for answer in (take(client, code),)
    }

    assert refused == {
        "LAST-ONE": (409, "coupon_gone"),
        "PAST": (409, "coupon_ended"),
        "ONLY-GIVEN": (404, "coupon_not_found"),
        "NOBODY-S": (404, "coupon_not_found"),
    }
    assert codes(told(client)["mine"]) == []
