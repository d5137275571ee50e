"""Wrong passwords are counted by account, wherever a password is asked for."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from shop.patience import limiter
from tests.builders.people import PASSWORD, a_browser, a_person

WRONG = "not the password"
REFUSED, LATER, FOUND = 403, 429, 302


@pytest.fixture(autouse=True)
def _few_attempts(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = replace(
        app.extensions["shanji_settings"],
        sign_in_limit="5 per 15 minutes",
        sign_in_limit_anywhere="8 per 15 minutes",
    )
    monkeypatch.setitem(app.extensions, "shanji_settings", patient)
    with app.app_context():
        limiter.reset()


def sign_in(client: FlaskClient, login: str, password: str, address: str = "10.0.0.1") -> int:
    form = {"login": login, "password": password}
    return client.post("/login", data=form, environ_base={"REMOTE_ADDR": address}).status_code


def confirm(client: FlaskClient, password: str) -> int:
    return client.post("/account/confirm", data={"password": password}).status_code


def test_the_password_is_asked_again_five_times_and_no_more(
    app: Flask, session: Session
) -> None:
    a_person(session, "wang")
    session.commit()
    browser = a_browser(app, "wang")

    assert [confirm(browser, WRONG) for _ in range(6)] == [REFUSED] * 5 + [LATER]
    assert confirm(browser, PASSWORD) == LATER


def test_signing_in_and_confirming_are_counted_together(app: Flask, session: Session) -> None:
    a_person(session, "wang")
    session.commit()
    browser = a_browser(app, "wang")

    assert [confirm(browser, WRONG) for _ in range(3)] == [REFUSED] * 3
    outside = app.test_client()
    told = [sign_in(outside, " WANG ", WRONG, "127.0.0.1") for _ in range(3)]
    assert told == [REFUSED, REFUSED, LATER]


def test_right_passwords_cost_no_patience(app: Flask, session: Session) -> None:
    a_person(session, "wang")
    session.commit()
    browser = a_browser(app, "wang")

    assert [confirm(browser, PASSWORD) for _ in range(7)] == [FOUND] * 7


def test_others_sign_in_while_one_account_is_guessed_at(app: Flask, session: Session) -> None:
    for login in ("wang", "li"):
        a_person(session, login)
    session.commit()
    for _ in range(5):
        sign_in(app.test_client(), "wang", WRONG)

    assert sign_in(app.test_client(), "wang", PASSWORD) == LATER
    assert sign_in(app.test_client(), "li", PASSWORD) == FOUND
    assert sign_in(app.test_client(), "wang", PASSWORD, "10.0.0.2") == FOUND


def test_many_addresses_share_one_patience_for_an_account(app: Flask, session: Session) -> None:
    a_person(session, "wang")
    session.commit()

    told = [sign_in(app.test_client(), "wang", WRONG, f"10.0.1.{one}") for one in range(10)]

    assert told == [REFUSED] * 8 + [LATER] * 2


def test_closing_an_account_asks_with_the_same_patience(app: Flask, session: Session) -> None:
    a_person(session, "wang")
    session.commit()
    browser = a_browser(app, "wang")
    form = {"password": WRONG}

    told = [browser.post("/account/rights/close", data=form).status_code for _ in range(6)]

    assert told == [REFUSED] * 5 + [LATER]
