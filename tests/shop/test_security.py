"""Sessions: who is recognised, and what ends a session."""

from datetime import UTC, datetime

import pytest
from flask import Flask, session
from sqlalchemy.orm import Session

from kernel.access import find_actor
from parties import service as parties
from parties.values import PersonId
from shop import security

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.fixture
def person_id(session: Session) -> PersonId:
    made = parties.register(
        session, login="li", display_name="李", password="long enough", at=AT
    )
    session.flush()
    return made


def _cookie_of(app: Flask, person_id: int) -> dict[str, object]:
    with app.test_request_context():
        session["basket"] = "token"
        security.remember(person_id)
        return dict(session)


def _actor_with(app: Flask, cookie: dict[str, object]) -> object:
    with app.test_request_context("/no-such-page", headers={"User-Agent": "werkzeug"}):
        session.update(cookie)
        session.pop("_id", None)
        app.preprocess_request()
        return find_actor()


def test_a_person_who_signed_in_is_recognised(app: Flask, person_id: PersonId) -> None:
    cookie = _cookie_of(app, person_id)

    actor = _actor_with(app, cookie)

    assert isinstance(actor, security.Actor)
    assert (actor.person_id, actor.name) == (person_id, "李")


def test_signing_in_keeps_the_basket(app: Flask, person_id: PersonId) -> None:
    assert _cookie_of(app, person_id)["basket"] == "token"


def test_ending_the_sessions_of_a_person_ends_this_one(
    app: Flask, session: Session, person_id: PersonId
) -> None:
    cookie = _cookie_of(app, person_id)

    parties.end_sessions(session, person_id)
    session.flush()

    assert _actor_with(app, cookie) is None


@pytest.mark.parametrize("token", ["", "1", "x:1", "1:x", "99999999:1", "1:1:1"])
def test_a_forged_token_is_nobody(app: Flask, token: str) -> None:
    assert _actor_with(app, {"_user_id": token, "_fresh": True}) is None
