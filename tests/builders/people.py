"""People of every role, and a browser signed in as one of them."""

from datetime import date, datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from parties import service as parties
from parties.values import PersonId, Role, Scope
from tests.builders.catalog import NOON

PASSWORD = "a long password"
SINCE = date(2020, 1, 1)


def a_person(
    session: Session,
    login: str,
    *scopes: tuple[Role, str],
    household_id: str | None = None,
    at: datetime = NOON - timedelta(days=30),
) -> PersonId:
    """Register a person with roles in organisations, or in regions for officials."""
    person_id = parties.register(
        session, login=login, display_name=login.title(), password=PASSWORD, at=at
    )
    for role, code in scopes:
        is_official = role in {Role.OFFICIAL, Role.CITY_REVIEWER}
        scope = Scope(role, None if is_official else code, code if is_official else None)
        parties.grant(session, person_id, scope, valid_from=SINCE)
    if household_id is not None:
        parties.link_household(session, person_id, household_id)
    return person_id


def a_browser(app: Flask, login: str) -> FlaskClient:
    """Return a client in which somebody has signed in."""
    client = app.test_client()
    answer = client.post("/login", data={"login": login, "password": PASSWORD})
    assert answer.status_code == 302
    return client
