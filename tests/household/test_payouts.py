"""A household sees its payments and says that they arrived; its clerk can, too."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from households import service as households
from households.values import HouseholdId, Identity
from parties.values import Role
from payments import queries
from shop.tasks import outbox as relay_task
from tests.builders.people import a_browser, a_person
from tests.builders.places import a_household, a_seller
from tests.builders.settlements import (
    JULY,
    a_submitted,
    an_answer,
    some_owed,
    some_params,
)
from workflows import payout_run

Browser = Callable[[str], FlaskClient]


def _relay(client: FlaskClient) -> None:
    """Do what the worker does next."""
    with client.application.app_context():
        relay_task.relay()


@pytest.fixture
def browser(app: Flask, session: Session) -> Browser:
    """One household with a payment, another one, its cooperative's clerk and a stranger's."""
    some_params(session)
    for seller in ("C90", "C91", "PLATFORM"):
        a_seller(session, seller)
    for number in ("H0001", "H0002"):
        a_household(session, number)
        a_person(session, number, household_id=number)
    households.seal_identity(
        session,
        HouseholdId("H0001"),
        Identity(name="张样例", phone="10000000001", bank_account="6200000000000001"),
    )
    households.join_cooperative(
        session, HouseholdId("H0001"), "C90", on=JULY.date() - timedelta(days=400)
    )
    a_person(session, "clerk", (Role.CLERK, "C90"))
    a_person(session, "stranger", (Role.CLERK, "C91"))
    a_person(session, "one", (Role.OPERATOR, "PLATFORM"))
    some_owed(session, "1", {"L:payable:hh:H0001": 5_000})
    code = a_submitted(session)
    payout_run.take_answers(session, code, [an_answer(code, 1, 5_000)], "", by=None, at=JULY)
    session.commit()
    return lambda login: a_browser(app, login)


def _line(session: Session) -> int:
    return queries.list_payouts(session, "hh:H0001").rows[0].id


def test_the_code_comes_by_message_and_acknowledges(browser: Browser, session: Session) -> None:
    own, line = browser("H0001"), _line(session)
    assert "50.00" in own.get("/household/payouts").text
    own.post(f"/household/payouts/{line}/code")
    _relay(own)
    messages = browser("one").get("/console/payouts/messages").text
    code = re.search(r"确认码是 (\d{6})", messages)
    assert code is not None
    assert "10000000001" in messages

    wrong = "111111" if code[1] != "111111" else "222222"
    own.post(f"/household/payouts/{line}/acknowledge", data={"code": wrong})
    assert "确认码不对" in own.get(f"/household/payouts?asked={line}").text
    own.post(f"/household/payouts/{line}/acknowledge", data={"code": code[1]})

    assert "您已确认收到" in own.get("/household/payouts").text


def test_nobody_else_sees_or_acknowledges_it(browser: Browser, session: Session) -> None:
    other, line = browser("H0002"), _line(session)

    assert "50.00" not in other.get("/household/payouts").text
    assert other.post(f"/household/payouts/{line}/code").status_code == 404
    answer = other.post(f"/household/payouts/{line}/acknowledge", data={"code": "1"})
    assert answer.status_code == 404
    assert browser("clerk").get("/household/payouts").status_code == 403


def test_a_clerk_acknowledges_for_own_members_without_seeing_amounts(
    browser: Browser, session: Session
) -> None:
    line = _line(session)
    clerk, stranger = browser("clerk"), browser("stranger")
    said = {"reason": "当面告知"}

    page = clerk.get("/supplier/payouts").text
    assert "H0001" in page
    assert "50.00" not in page
    assert "H0001" not in stranger.get("/supplier/payouts").text
    path = f"/supplier/payouts/{line}/acknowledge"
    assert stranger.post(path, data=said).status_code == 404
    assert clerk.post(path, data={"reason": ""}).status_code == 422
    assert clerk.post(path, data=said).status_code == 302

    assert "由合作社代您确认收到" in browser("H0001").get("/household/payouts").text
    assert "H0001" not in clerk.get("/supplier/payouts").text


def test_old_payments_without_a_word_are_listed_for_a_reminder(browser: Browser) -> None:
    page = browser("one").get("/console/payouts/reminders").text
    assert "H0001" in page
    assert "50.00" not in page
