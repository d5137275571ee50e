"""People and households read, correct, carry away and end what is kept about them."""

import json

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from households import service
from households.values import HouseholdId
from parties import queries
from parties.models import Organisation, Person
from parties.values import ConsentScope, OrganisationKind, RequestState, Role, Subject
from tests.builders.looks import IDENTITY, a_look_policy, a_sealed_household
from tests.builders.people import PASSWORD, a_browser, a_person
from tests.builders.places import once

SUBJECT = Subject(household_id="H1")


@pytest.fixture
def people(session: Session) -> None:
    a_look_policy(session)
    household = a_sealed_household(session, "H1")
    a_sealed_household(session, "H2")
    platform = {"code": "PLATFORM", "name": "山集", "kind": OrganisationKind.PLATFORM}
    once(session, Organisation, platform, key="code")
    a_person(session, "own", household_id=household)
    session.commit()


def test_a_household_sees_its_own_record_and_nobody_else_s(
    app: Flask, session: Session, people: None
) -> None:
    own = a_browser(app, "own")

    record = own.get("/household/rights/record")
    data = json.loads(own.get("/household/rights/data.json").data)
    rows = own.get("/household/rights/data.csv").text

    assert IDENTITY.id_number is not None
    assert IDENTITY.id_number in record.text
    assert record.headers["Cache-Control"] == "no-store"
    assert data["identity"][0]["phone"] == IDENTITY.phone
    assert data["household"][0]["id"] == "H1"
    assert IDENTITY.name in rows
    assert "H2" not in rows
    for path in ("rights", "rights/record", "rights/data.json", "rights/data.csv"):
        assert app.test_client().get(f"/household/{path}").status_code in {302, 401}


def test_a_consent_is_given_and_withdrawn_on_the_page(
    app: Flask, session: Session, people: None
) -> None:
    own = a_browser(app, "own")
    scope = {"scope": "publishing"}

    own.post("/household/rights/consent", data=scope)
    given = queries.list_consenting(session, ["H1"], ConsentScope.PUBLISHING)
    own.post("/household/rights/withdraw", data=scope)
    left = queries.list_consenting(session, ["H1"], ConsentScope.PUBLISHING)

    assert given == {"H1"}
    assert left == frozenset()
    assert own.post("/household/rights/consent", data={"scope": "x"}).status_code == 422
    assert own.post("/household/rights/withdraw", data=scope).status_code == 404


def test_a_correction_reaches_the_operator_and_comes_back(
    app: Flask, session: Session, people: None
) -> None:
    own = a_browser(app, "own")
    own.post("/household/rights/request", data={"kind": "correction", "words": "电话换了"})
    (request,) = queries.list_own_requests(session, SUBJECT)
    a_person(session, "operator", (Role.OPERATOR, "PLATFORM"))
    session.commit()
    operator = a_browser(app, "operator")
    path = f"/console/rights/{request.request_id}"

    assert "电话换了" in operator.get(path).text
    assert operator.post(f"{path}/close", data={"phone": "13700000001"}).status_code == 422
    answer = {"phone": "13700000001", "answer": "已更正", "outcome": "done"}
    assert operator.post(f"{path}/close", data=answer).status_code == 302

    identity = service.open_own_identity(session, HouseholdId("H1"))
    assert identity is not None
    assert (identity.phone, identity.name) == ("13700000001", IDENTITY.name)
    assert "已更正" in own.get("/household/rights").text
    assert own.get("/console/rights").status_code == 403


def test_a_deletion_is_granted_by_the_operator(
    app: Flask, session: Session, people: None
) -> None:
    own = a_browser(app, "own")
    own.post("/household/rights/request", data={"kind": "deletion", "words": "搬走了"})
    (request,) = queries.list_own_requests(session, SUBJECT)
    a_person(session, "operator", (Role.OPERATOR, "PLATFORM"))
    session.commit()
    operator = a_browser(app, "operator")

    assert "H1" in operator.get("/console/rights").text
    operator.post(f"/console/rights/{request.request_id}/grant")

    (closed,) = queries.list_own_requests(session, SUBJECT)
    assert (closed.state, closed.words) == (RequestState.DONE, None)
    assert own.get("/household/").status_code in {302, 403}


def test_the_operator_takes_down_what_was_asked_on_paper(
    app: Flask, session: Session, people: None
) -> None:
    a_person(session, "operator", (Role.OPERATOR, "PLATFORM"))
    session.commit()
    operator = a_browser(app, "operator")

    for household, status in (("H2", 302), ("H404", 404), ("", 404)):
        form = {"household": household, "kind": "access", "words": "要一份复印件"}
        assert operator.post("/console/rights", data=form).status_code == status
    assert len(queries.list_own_requests(session, Subject(household_id="H2"))) == 1


def test_an_account_is_closed_by_its_person_with_the_password(
    app: Flask, session: Session, people: None
) -> None:
    person = a_person(session, "leaving@example.com")
    session.commit()
    browser = a_browser(app, "leaving@example.com")

    wrong = browser.post("/account/rights/close", data={"password": "wrong password"})
    still = session.scalar(select(Person.erased_at).where(Person.id == person))
    right = browser.post("/account/rights/close", data={"password": PASSWORD})

    assert (wrong.status_code, still) == (403, None)
    assert right.status_code == 302
    session.expire_all()
    assert session.get_one(Person, person).display_name == ""
    assert browser.get("/account/rights").status_code == 302
    form = {"login": "leaving@example.com", "password": PASSWORD}
    assert app.test_client().post("/login", data=form).status_code == 403


def test_an_account_corrects_its_name_and_carries_its_data_away(
    app: Flask, session: Session, people: None
) -> None:
    own = a_browser(app, "own")

    own.post("/account/rights/name", data={"display_name": "=新名字"})

    account = json.loads(own.get("/account/rights/data.json").data)["account"][0]
    assert account["display_name"] == "=新名字"
    assert ",'=新名字" in own.get("/account/rights/data.csv").text
    assert own.post("/account/rights/name", data={"display_name": " "}).status_code == 422
