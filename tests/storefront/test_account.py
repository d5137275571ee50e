"""Signing in, out and up; language; no way out to other hosts."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.builders.people import PASSWORD, a_browser, a_person


def test_a_wrong_password_and_an_unknown_login_get_the_same_answer(
    session: Session, client: FlaskClient
) -> None:
    a_person(session, "somebody")
    session.commit()

    wrong = client.post("/login", data={"login": "somebody", "password": "not the password"})
    unknown = client.post("/login", data={"login": "nobody", "password": "not the password"})

    assert wrong.status_code == unknown.status_code == 403
    assert "登录名或密码不正确" in wrong.text
    assert "登录名或密码不正确" in unknown.text


def test_a_new_consumer_is_signed_in_at_once(client: FlaskClient) -> None:
    data = {"login": "New", "display_name": "新人", "password": PASSWORD}

    assert client.post("/register", data=data).status_code == 302

    assert client.get("/orders").status_code == 200


def test_a_short_password_and_a_taken_login_are_refused(
    session: Session, client: FlaskClient
) -> None:
    a_person(session, "taken")
    session.commit()

    short = client.post("/register", data={"login": "x", "password": "short"})
    taken = client.post("/register", data={"login": "taken", "password": PASSWORD})

    assert short.status_code == taken.status_code == 422


def test_a_copied_session_is_worthless_after_signing_out(app: Flask, session: Session) -> None:
    a_person(session, "somebody")
    session.commit()
    client = a_browser(app, "somebody")
    cookie = client.get_cookie("shanji")
    assert cookie is not None

    client.post("/logout")
    thief = app.test_client()
    thief.set_cookie("shanji", cookie.value)

    assert thief.get("/orders").status_code == 302


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x"]
)
def test_signing_in_never_leads_to_another_host(
    session: Session, client: FlaskClient, target: str
) -> None:
    a_person(session, "somebody")
    session.commit()

    answer = client.post(
        "/login", data={"login": "somebody", "password": PASSWORD, "next": target}
    )

    assert answer.location in {"/orders", "/"}


def test_the_language_can_be_switched_on_every_page(client: FlaskClient) -> None:
    assert 'lang="zh' in client.get("/login").text

    client.post("/language", data={"language": "en", "next": "/login"})

    assert 'lang="en"' in client.get("/login").text
