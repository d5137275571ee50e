"""Faces open identities only to those who may, masked, on record, and never too many."""

from datetime import date
from itertools import product

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from households import service
from households.models import IdentityLook, LookAlert
from parties.models import Organisation, Person
from parties.values import OrganisationKind, Role
from tests.builders.looks import IDENTITY, a_look_policy, a_sealed_household
from tests.builders.people import PASSWORD, a_browser, a_person
from tests.builders.places import TOWNSHIP, VILLAGE, a_seller, once

OTHER_VILLAGE = "500156204204"
PATHS = {
    "oversight": "/oversight/households/{}/identity",
    "supplier": "/supplier/members/{}/identity",
    "console": "/console/households/{}/identity",
}
MAY = {("village", "oversight"), ("manager", "supplier"), ("operator", "console")}
SECRETS = [IDENTITY.name, IDENTITY.phone, IDENTITY.id_number, IDENTITY.bank_account]
REASON = {"purpose": "complaint", "words": "核对投诉情况"}


@pytest.fixture
def people(session: Session) -> None:
    a_look_policy(session)
    for code in ("C90", "C91"):
        a_seller(session, code)
    platform = {"code": "PLATFORM", "name": "山集", "kind": OrganisationKind.PLATFORM}
    once(session, Organisation, platform, key="code")
    household = a_sealed_household(session, "H1")
    service.join_cooperative(session, household, "C90", on=date(2025, 1, 1))
    a_sealed_household(session, "H2", OTHER_VILLAGE)
    session.commit()


def sign_in(app: Flask, session: Session, login: str) -> FlaskClient:
    """Register somebody on first use and return their browser; hashing passwords is slow."""
    if login and session.scalar(select(Person.id).where(Person.login == login)) is None:
        own = "H1" if login == "own" else None
        a_person(session, login, *SCOPES.get(login, ()), household_id=own)
        session.commit()
    return a_browser(app, login) if login else app.test_client()


def clean(answer: TestResponse) -> bool:
    return not any(secret in answer.text for secret in SECRETS if secret)


SCOPES = {
    "village": [(Role.OFFICIAL, VILLAGE)],
    "neighbour": [(Role.OFFICIAL, OTHER_VILLAGE)],
    "township": [(Role.OFFICIAL, TOWNSHIP)],
    "manager": [(Role.MANAGER, "C90")],
    "competitor": [(Role.MANAGER, "C91")],
    "clerk": [(Role.CLERK, "C90")],
    "operator": [(Role.OPERATOR, "PLATFORM")],
    "buyer": [(Role.BUYER, "C91")],
}
LOGINS = [
    "village", "neighbour", "township", "manager", "competitor", "clerk", "operator", "buyer",
    "consumer", "own", "",
]  # fmt: skip


@pytest.mark.parametrize("login", LOGINS)
def test_every_role_sees_only_what_is_its_own(
    app: Flask, session: Session, people: None, login: str
) -> None:
    browser = sign_in(app, session, login)
    fields = ["name", "phone", "id_number", "bank_account"]

    for face, household in product(PATHS, ("H1", "H404")):
        path = PATHS[face].format(household)
        empty = browser.post(path, data={})
        masked = browser.post(path, data=REASON)
        full = browser.post(path, data=REASON | {"fields": fields})
        form = browser.get(path)

        assert clean(form)
        assert clean(empty)
        assert clean(masked)
        if (login, face) in MAY and household == "H1":
            assert (masked.status_code, full.status_code) == (200, 200)
            assert all(secret in full.text for secret in SECRETS if secret)
            assert "138****5678" in masked.text
            assert full.headers["Cache-Control"] == "no-store"
        else:
            assert clean(full)
            assert full.status_code in {302, 403}
    expected = 2 if login in {who for who, _face in MAY} else 0
    assert session.scalars(select(func.count(IdentityLook.id))).one() == expected


def test_without_a_purpose_the_form_says_what_is_missing(
    app: Flask, session: Session, people: None
) -> None:
    browser = sign_in(app, session, "village")

    answer = browser.post(PATHS["oversight"].format("H1"), data={"words": "核对投诉情况"})

    assert answer.status_code == 422
    assert "请选择查看目的" in answer.text
    assert session.scalars(select(func.count(IdentityLook.id))).one() == 0


def looked(browser: FlaskClient, times: int) -> list[TestResponse]:
    path = PATHS["oversight"].format("H1")
    return [browser.post(path, data=REASON) for _ in range(times)]


def test_the_limit_leads_to_the_password_and_the_password_leads_back(
    app: Flask, session: Session, people: None
) -> None:
    browser = sign_in(app, session, "village")
    looked(browser, 25)

    (stopped,) = looked(browser, 1)
    wrong = browser.post("/account/confirm", data={"password": "wrong password"})
    right = browser.post(stopped.location, data={"password": PASSWORD})
    (again,) = looked(browser, 1)

    assert stopped.status_code == 302
    assert stopped.location.startswith("/account/confirm?next=/oversight/households/H1/")
    assert (wrong.status_code, again.status_code) == (403, 200)
    assert right.location == "/oversight/households/H1/identity"
    assert session.scalars(select(func.count(LookAlert.id))).one() == 1


def test_an_alert_reaches_the_operator_and_the_superior_only(
    app: Flask, session: Session, people: None
) -> None:
    looked(sign_in(app, session, "village"), 25)
    alert_id = session.scalars(select(LookAlert.id)).one()

    assert "25" in sign_in(app, session, "operator").get("/console/looks/alerts").text
    assert (
        f"/alerts/{alert_id}/review"
        in sign_in(app, session, "township").get("/oversight/alerts").text
    )
    for login in ("village", "neighbour"):
        page = sign_in(app, session, login).get("/oversight/alerts").text
        assert f"/alerts/{alert_id}/review" not in page
        refused = sign_in(app, session, login).post(
            f"/oversight/alerts/{alert_id}/review", data={"finding": "没有问题"}
        )
        assert refused.status_code == 404
    for login in ("consumer", "buyer", "manager"):
        assert sign_in(app, session, login).get("/console/looks/alerts").status_code == 403


def test_a_superior_records_what_was_found(app: Flask, session: Session, people: None) -> None:
    looked(sign_in(app, session, "village"), 25)
    alert_id = session.scalars(select(LookAlert.id)).one()
    township = sign_in(app, session, "township")
    path = f"/oversight/alerts/{alert_id}/review"

    assert township.post(path, data={"finding": " "}).status_code == 422
    assert township.post(path, data={"finding": "入户核实，属实"}).status_code == 302

    assert (
        "入户核实，属实" in sign_in(app, session, "operator").get("/console/looks/alerts").text
    )


def test_a_household_sees_who_looked(app: Flask, session: Session, people: None) -> None:
    browser = sign_in(app, session, "village")
    browser.post(PATHS["oversight"].format("H1"), data=REASON | {"fields": ["phone"]})

    page = sign_in(app, session, "own").get("/household/looks").text

    assert "村级干部" in page
    assert f"village-{VILLAGE}" in page
    assert "电话" in page
    assert REASON["words"] not in page
    assert sign_in(app, session, "consumer").get("/household/looks").status_code == 403


def test_the_operator_reads_the_reasons(app: Flask, session: Session, people: None) -> None:
    sign_in(app, session, "village").post(PATHS["oversight"].format("H1"), data=REASON)

    operator = sign_in(app, session, "operator")

    assert REASON["words"] in operator.get("/console/looks?household=H1").text
    assert REASON["words"] not in operator.get("/console/looks?household=H2").text
    assert REASON["words"] not in operator.get("/console/audit").text


def test_a_manager_lists_members_by_number(app: Flask, session: Session, people: None) -> None:
    page = sign_in(app, session, "manager").get("/supplier/members").text

    assert "H1" in page
    assert "H2" not in page
    assert IDENTITY.name not in page
    assert sign_in(app, session, "clerk").get("/supplier/members").status_code == 403
