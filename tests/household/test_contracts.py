"""A household reads its own contracts and nobody else's part."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from households import service
from households.values import HouseholdId, LinkageModel, NewContract
from kernel import clock
from tests.builders.households import DEMIN
from tests.builders.people import a_browser, a_person
from tests.builders.places import a_household, a_seller

COOP = "C94"
TODAY = clock.local_date(clock.now())


def a_contract(
    session: Session, model: LinkageModel, terms: dict[str, Any], household: str | None = None
) -> None:
    code = f"K-{model}-{household}"
    service.draw_up_contract(
        session,
        NewContract(
            code=code,
            organisation_code=COOP,
            model=model,
            household_id=HouseholdId(household) if household else None,
        ),
    )
    version = service.draw_up_version(
        session, code, terms, effective_from=TODAY - timedelta(days=30)
    )
    service.activate_version(session, version, at=clock.now())


@pytest.fixture
def contracts(session: Session) -> None:
    a_seller(session, COOP)
    for household in ("H9101", "H9102", "H9103", "H9104"):
        a_household(session, household)
    service.join_cooperative(session, HouseholdId("H9101"), COOP, on=TODAY)
    rent = {"area_mu_x100": 650, "rent_fen_per_mu_year": 50_000}
    a_contract(session, LinkageModel.RENT, rent, "H9101")
    a_contract(session, LinkageModel.RENT, {**rent, "area_mu_x100": 777}, "H9102")
    a_contract(session, LinkageModel.CONSIGN, DEMIN)
    shares = {"H9101": 5, "H9102": 100, "H9104": 15}
    equity = {"reserve_bp": 1_500, "collective_share_bp": 1_000, "shares": shares}
    a_contract(session, LinkageModel.EQUITY, equity)
    a_person(session, "own", household_id="H9101")
    a_person(session, "stranger", household_id="H9103")
    session.commit()


def test_terms_and_examples_are_told_in_plain_words(app: Flask, contracts: None) -> None:
    page = a_browser(app, "own").get("/household/contracts").text

    assert "6.5 亩" in page
    assert "3,250.00" in page
    assert "59.50" in page
    assert "您家 5，全部 120" in page
    assert "3,125.00" in page


def test_no_other_household_stands_on_the_page(app: Flask, contracts: None) -> None:
    page = a_browser(app, "own").get("/household/contracts").text

    assert "H9102" not in page
    assert "7.77" not in page


def test_with_one_other_the_sum_of_shares_is_withheld(app: Flask, session: Session) -> None:
    a_seller(session, COOP)
    for household in ("H9101", "H9102"):
        a_household(session, household)
    service.join_cooperative(session, HouseholdId("H9101"), COOP, on=TODAY)
    equity = {"reserve_bp": 1_500, "collective_share_bp": 1_000}
    a_contract(session, LinkageModel.EQUITY, {**equity, "shares": {"H9101": 5, "H9102": 115}})
    a_person(session, "own", household_id="H9101")
    session.commit()

    page = a_browser(app, "own").get("/household/contracts").text

    assert "您家 5。" in page
    assert "120" not in page
    assert "3,125.00" not in page


def test_a_deposit_nobody_paid_is_told_so(app: Flask, session: Session) -> None:
    a_seller(session, COOP)
    a_household(session, "H9101")
    terms = {"floor_price": 300, "deposit_rate": 20, "max_qty_kg": 1_000}
    a_contract(session, LinkageModel.ORDER, terms, "H9101")
    a_person(session, "own", household_id="H9101")
    session.commit()

    page = a_browser(app, "own").get("/household/contracts").text

    assert "没有付过，也不会再付" in page


def test_a_household_without_contracts_is_told_so(app: Flask, contracts: None) -> None:
    page = a_browser(app, "stranger").get("/household/contracts").text

    assert "还没有生效的合同" in page
    assert "H9101" not in page


def test_the_page_needs_few_statements(
    app: Flask, contracts: None, statements: list[str]
) -> None:
    client = a_browser(app, "own")
    statements.clear()

    client.get("/household/contracts")

    assert len(statements) <= 8, statements


def test_only_a_household_has_the_page(app: Flask, session: Session, contracts: None) -> None:
    a_person(session, "nobody")
    session.commit()

    assert a_browser(app, "nobody").get("/household/contracts").status_code == 403
    assert app.test_client().get("/household/contracts").status_code == 302
