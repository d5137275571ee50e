"""Officials count contracts and read those with all producers, never one household's."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from households import service
from households.values import HouseholdId, LinkageModel, NewContract
from kernel import clock
from kernel.policy import PolicyParam
from parties.values import Role
from tests.builders.households import DEMIN
from tests.builders.people import a_browser, a_person
from tests.builders.places import a_household, a_place, a_seller

COOP = "C95"
TODAY = clock.local_date(clock.now())
RENT = {"area_mu_x100": 650, "rent_fen_per_mu_year": 50_000}


def a_contract(
    session: Session, model: LinkageModel, terms: dict[str, Any], household: str | None = None
) -> str:
    code = f"K-{model}-{household or 'ALL'}"
    contract = NewContract(
        code=code,
        organisation_code=COOP,
        model=model,
        household_id=HouseholdId(household) if household else None,
    )
    service.draw_up_contract(session, contract)
    version = service.draw_up_version(
        session, code, terms, effective_from=TODAY - timedelta(days=30)
    )
    service.activate_version(session, version, at=clock.now())
    return code


@pytest.fixture
def contracts(session: Session) -> None:
    a_seller(session, COOP)
    for number in range(12):
        a_household(session, f"H92{number:02}")
        a_contract(session, LinkageModel.RENT, RENT, f"H92{number:02}")
    wage = {"day_rate_fen": 12_345}
    a_contract(session, LinkageModel.WAGE, wage, "H9200")
    a_contract(session, LinkageModel.CONSIGN, DEMIN)
    shares = {"reserve_bp": 0, "collective_share_bp": 0, "shares": {"H9200": 7}}
    a_contract(session, LinkageModel.EQUITY, shares)
    row = {"unit": "households", "basis": "test", "note": ""}
    session.add(
        PolicyParam(
            code="disclosure_min_households", value=10, valid_from=date(2020, 1, 1), **row
        )
    )
    a_person(session, "district", (Role.OFFICIAL, "500156"))
    a_person(session, "elsewhere", (Role.OFFICIAL, a_place(session, "500229")))
    session.commit()


def test_contracts_are_counted_and_few_households_are_not(app: Flask, contracts: None) -> None:
    page = a_browser(app, "district").get("/oversight/contracts").text

    assert '<td class="num" data-label="单独签订的户数">约 10 户</td>' in page
    assert '<span class="suppressed">不公开</span>' in page
    assert "H92" not in page.replace("H9200-", "")


def test_a_contract_with_all_producers_is_read_without_anybody_s_part(
    app: Flask, contracts: None
) -> None:
    client = a_browser(app, "district")

    assert "59.50" in client.get("/oversight/contracts/K-CONSIGN-ALL").text
    equity = client.get("/oversight/contracts/K-EQUITY-ALL").text
    assert "H9200" not in equity


def test_a_contract_with_one_household_is_not_shown(app: Flask, contracts: None) -> None:
    client = a_browser(app, "district")

    for code in ("K-WAGE-H9200", "K-RENT-H9201", "K-NONE"):
        assert client.get(f"/oversight/contracts/{code}").status_code == 404


def test_another_region_sees_nothing_of_it(app: Flask, contracts: None) -> None:
    client = a_browser(app, "elsewhere")

    assert COOP not in client.get("/oversight/contracts").text
    assert client.get("/oversight/contracts/K-CONSIGN-ALL").status_code == 404
