"""Officials of the region and operators open one amount for a purpose; nobody else does."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from households.models import Entitlement, Household, IdentityLook, LookAlert
from kernel.audit import AuditRow
from parties.models import Organisation
from parties.values import OrganisationKind, Role
from tests.builders.api import a_key
from tests.builders.catalog import NOON
from tests.builders.looks import a_look_policy
from tests.builders.people import PASSWORD, a_browser, a_person
from tests.builders.places import a_place, once
from tests.builders.sales import GOAT, a_paid_group, a_world

OWN = "HX0003"
REASON = {"purpose": "complaint", "words": "核对投诉情况"}
PLATFORM = {"code": "PLATFORM", "name": "山集", "kind": OrganisationKind.PLATFORM}


@pytest.fixture
def part(session: Session) -> Entitlement:
    world = a_world(session)
    a_look_policy(session, per_hour=3)
    once(session, Organisation, PLATFORM, key="code")
    a_paid_group(session, {world.goat.code: 2}, at=NOON)
    session.commit()
    return session.scalars(select(Entitlement).where(Entitlement.household_id == OWN)).one()


@pytest.fixture
def enter(app: Flask, session: Session, part: Entitlement) -> Callable[[str], FlaskClient]:
    village = session.scalars(select(Household.village_code).where(Household.id == OWN)).one()
    scopes = {
        "village": (Role.OFFICIAL, village),
        "township": (Role.OFFICIAL, village[:9]),
        "district": (Role.OFFICIAL, village[:6]),
        "neighbour": (Role.OFFICIAL, a_place(session, f"{village[:9]}999")),
        "operator": (Role.OPERATOR, "PLATFORM"),
        "manager": (Role.MANAGER, GOAT),
    }
    made: set[str] = set()

    def browser(login: str) -> FlaskClient:
        if login not in made:
            made.add(login)
            given = [scopes[login]] if login in scopes else []
            a_person(session, login, *given, household_id=OWN if login == "own" else None)
            session.commit()
        return a_browser(app, login)

    return browser


def looks(session: Session) -> int:
    return session.scalars(select(func.count(IdentityLook.id))).one()


@pytest.mark.parametrize(
    ("login", "face"),
    [("village", "oversight"), ("township", "oversight"), ("operator", "console")],
)
def test_who_may_says_why_and_reads_every_step(
    session: Session,
    enter: Callable[[str], FlaskClient],
    part: Entitlement,
    login: str,
    face: str,
) -> None:
    browser, page = enter(login), f"/{face}/entitlements/{part.id}"
    amount = f"¥{part.amount_minor / 100:,.2f}"

    listed = browser.get(f"/{face}/households/{OWN}/entitlements").text
    assert page in listed
    assert amount not in listed
    assert amount not in browser.get(page).text
    assert browser.post(page, data={"purpose": "complaint"}).status_code == 422
    assert looks(session) == 0

    opened = browser.post(page, data=REASON)

    assert opened.status_code == 200
    assert amount in opened.text
    assert opened.headers["Cache-Control"] == "no-store"
    look = session.execute(
        select(IdentityLook.household_id, IdentityLook.fields, IdentityLook.purpose)
    ).one()
    assert tuple(look) == (OWN, ["income"], "complaint")
    act = session.execute(
        select(AuditRow.action, AuditRow.detail).order_by(AuditRow.id.desc()).limit(1)
    ).one()
    assert (act.action, act.detail["entitlement"]) == ("income_looked_at", part.id)
    assert "一笔收益的计算" in enter("own").get("/household/looks").text


def test_the_api_opens_the_same_for_the_same(
    session: Session, enter: Callable[[str], FlaskClient], part: Entitlement
) -> None:
    address = f"/api/v1/entitlements/{part.id}/explanation"

    told = enter("district").post(address, json=REASON, headers=a_key())

    assert (told.status_code, told.get_json()["amount_minor"]) == (200, part.amount_minor)
    assert told.get_json()["party_code"] == OWN
    assert enter("district").get(address).status_code == 404
    for body in ({}, {"purpose": "complaint"}, REASON | {"fields": ["name"]}):
        assert enter("district").post(address, json=body, headers=a_key()).status_code == 422
    wrong = enter("operator").post(address, json=REASON | {"purpose": "visit"}, headers=a_key())
    assert (wrong.status_code, wrong.get_json()["code"]) == (403, "purpose_not_yours")
    assert looks(session) == 1


@pytest.mark.parametrize(
    ("login", "page", "api"),
    [("neighbour", 404, 404), ("manager", 403, 403), ("own", 403, 403), ("buyer", 403, 403)],
)
def test_nobody_else_opens_anything(
    session: Session,
    enter: Callable[[str], FlaskClient],
    part: Entitlement,
    login: str,
    page: int,
    api: int,
) -> None:
    browser = enter(login)

    assert browser.post(f"/oversight/entitlements/{part.id}", data=REASON).status_code == page
    assert browser.post(f"/console/entitlements/{part.id}", data=REASON).status_code == 403
    answer = browser.post(
        f"/api/v1/entitlements/{part.id}/explanation", json=REASON, headers=a_key()
    )
    assert answer.status_code == api
    assert browser.get(f"/oversight/households/{OWN}/entitlements").status_code == page
    assert browser.get(f"/console/households/{OWN}/entitlements").status_code == 403
    assert looks(session) == 0


def test_what_is_no_household_s_is_not_there(
    session: Session, enter: Callable[[str], FlaskClient]
) -> None:
    other = session.scalars(
        select(Entitlement.id).where(Entitlement.household_id.is_(None)).limit(1)
    ).one()
    operator = enter("operator")

    for number in (other, 0, 10**12, 2**63 + 5):
        page = operator.post(f"/console/entitlements/{number}", data=REASON)
        assert page.status_code == 404
    assert looks(session) == 0


def test_too_many_amounts_raise_the_alert_and_ask_for_the_password(
    session: Session, enter: Callable[[str], FlaskClient], part: Entitlement
) -> None:
    browser, page = enter("township"), f"/oversight/entitlements/{part.id}"
    for _ in range(3):
        assert browser.post(page, data=REASON).status_code == 200

    stopped = browser.post(page, data=REASON)
    refused = browser.post(
        f"/api/v1/entitlements/{part.id}/explanation", json=REASON, headers=a_key()
    )

    assert stopped.status_code == 302
    assert stopped.location.startswith("/account/confirm?next=/oversight/entitlements/")
    assert (refused.status_code, refused.get_json()["code"]) == (403, "look_needs_password")
    assert session.scalars(select(LookAlert.looks)).one() == 3
    browser.post(stopped.location, data={"password": PASSWORD})
    assert browser.post(page, data=REASON).status_code == 200
