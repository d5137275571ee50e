"""A household sees its own share of a close, and is heard while it is on notice."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from households import queries, service
from households.values import LinkageModel
from kernel import clock
from parties.values import Role
from shop.tasks import allotments as allotment_tasks
from tests.builders.allotments import PAYER, a_draft, a_general, resolved, shares_of
from tests.builders.people import a_browser, a_person
from tests.builders.places import VILLAGE, a_household
from workflows import allotment_final

NOW = clock.now()


@pytest.fixture
def code(session: Session) -> str:
    """A dividend of 30 yuan for H1 and H2, on notice since yesterday."""
    return on_notice_since(session, 1)


@pytest.fixture
def household(app: Flask, session: Session, code: str) -> FlaskClient:
    """A browser of household H1."""
    del code
    a_person(session, "h1", household_id="H1")
    return a_browser(app, "h1")


def test_a_household_sees_its_own_share_and_no_other(household: FlaskClient, code: str) -> None:
    page = household.get(f"/household/allotments/{code}").text

    assert "¥10.00" in page
    assert "¥20.00" not in page
    assert "H2" not in page
    assert code in household.get("/household/allotments").text


def test_an_objection_is_recorded_and_shown_to_who_raised_it(
    session: Session, household: FlaskClient, code: str
) -> None:
    here = f"/household/allotments/{code}"

    said = household.post(
        f"{here}/objection", data={"reason": "股数不对"}, follow_redirects=True
    )
    empty = household.post(f"{here}/objection", data={"reason": " "}, follow_redirects=True)

    assert "您的异议已登记" in said.text
    assert "股数不对" in said.text
    assert "请写明理由" in empty.text
    assert [one.household_id for one in queries.list_objections(session, code)] == ["H1"]


def test_a_household_is_heard_three_times(household: FlaskClient, code: str) -> None:
    for _ in range(4):
        answer = household.post(
            f"/household/allotments/{code}/objection",
            data={"reason": "x"},
            follow_redirects=True,
        )

    assert "请等待答复" in answer.text


def test_a_stranger_s_close_is_not_found_once_its_notice_is_over(
    app: Flask, session: Session
) -> None:
    code = on_notice_since(session, 8)
    a_household(session, "H9")
    a_person(session, "h9", household_id="H9")

    page = a_browser(app, "h9").get(f"/household/allotments/{code}")

    assert page.status_code == 404


def test_the_clock_makes_it_final(app: Flask, session: Session) -> None:
    code = on_notice_since(session, 8)
    with app.app_context():
        assert allotment_tasks.finalise_due() == 1
        assert allotment_tasks.finalise_due() == 0

    assert queries.get_allotment(session, code).state.value == "final"


def test_the_operator_books_what_the_payer_pays_in(app: Flask, session: Session) -> None:
    code = on_notice_since(session, 8)
    allotment_final.finalise(session, code, at=NOW)
    a_person(session, "operator", (Role.OPERATOR, PAYER))
    operator = a_browser(app, "operator")

    listed = operator.get("/console/bank/payers").text
    wrong = [
        operator.post(
            f"/console/bank/payers/{code}",
            data={"reference": "B1", "amount": amount},
            follow_redirects=True,
        )
        for amount in ("x", "-5", "0.001", "1e309", "sNaN", "1" * 4000)
    ]
    paid = operator.post(
        f"/console/bank/payers/{code}",
        data={"reference": "B1", "amount": "30.00"},
        follow_redirects=True,
    )

    assert "¥30.00" in listed
    assert all("到账金额应大于零" in answer.text for answer in wrong)
    assert "付款单位已交清" in paid.text
    assert code not in paid.text


def test_an_official_sees_the_collectives_of_the_region_only(
    app: Flask, session: Session
) -> None:
    code = on_notice_since(session, 1)
    a_person(session, "official", (Role.OFFICIAL, VILLAGE))
    official = a_browser(app, "official")

    assert official.get("/oversight/allotments").status_code == 200
    assert official.get(f"/oversight/allotments/{code}").status_code == 404


def on_notice_since(session: Session, days: int) -> str:
    """Put a dividend of H1 and H2 on notice some days ago."""
    for household in ("H1", "H2"):
        a_household(session, household)
    terms = shares_of(["H1", "H2"])
    terms["shares"]["H2"] = 2
    a_general(session, LinkageModel.EQUITY, terms)
    code = a_draft(
        session,
        LinkageModel.EQUITY,
        contract_code=f"{PAYER}-EQUITY",
        basis={"profit_minor": 3_000},
    )
    at = NOW - timedelta(days=days)
    resolved(session, code, at=at)
    service.publish_allotment(session, code, at=at)
    return code
