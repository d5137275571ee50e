"""A cooperative pays a deposit with a contract, and its manager decides about the rest."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from households import queries, service
from households.queries.advances import list_advances
from households.values import HouseholdId
from kernel import clock
from kernel.audit import AuditRow
from parties.values import Role
from tests.builders.people import a_browser, a_person
from tests.builders.places import a_household, a_seller

COOP, OTHER, OWN = "C91", "C92", "H9001"
TODAY = clock.local_date(clock.now())
FORM = {
    "effective_from": (TODAY - timedelta(days=30)).isoformat(),
    "household": OWN,
    "floor_price": "8",
    "max_qty_kg": "1000",
    "deposit_rate": "10",
    "action": "save",
}
CODE = f"HT-{COOP}-{OWN}-ORDER"
ADDRESS = f"/supplier/contracts/{CODE}"


@pytest.fixture
def manager(app: Flask, session: Session) -> FlaskClient:
    for seller in (COOP, OTHER):
        a_seller(session, seller)
    a_household(session, OWN)
    service.join_cooperative(session, HouseholdId(OWN), COOP, on=TODAY)
    for login, role, seller in (
        ("manager", Role.MANAGER, COOP),
        ("clerk", Role.CLERK, COOP),
        ("stranger", Role.MANAGER, OTHER),
    ):
        a_person(session, login, (role, seller))
    a_person(session, "own", household_id=OWN)
    session.commit()
    return a_browser(app, "manager")


def end(session: Session) -> None:
    (row,) = queries.find_contract(session, CODE)
    assert row.version_id is not None
    service.end_version(session, row.version_id, last_day=TODAY - timedelta(days=1))
    session.commit()


def test_a_deposit_is_told_before_it_is_paid_and_paid_once(
    session: Session, manager: FlaskClient
) -> None:
    manager.post("/supplier/contracts/new/ORDER", data=FORM)
    assert "800.00" in manager.get(ADDRESS).text
    assert list_advances(session, payer=COOP) == []

    page = manager.post(f"{ADDRESS}/activate", follow_redirects=True).text

    assert "已记入应付农户" in page
    (one,) = list_advances(session, payer=COOP)
    assert (one.contract_code, one.paid_minor, one.open_minor) == (CODE, 80_000, 80_000)
    statement = manager.get("/supplier/statement").text
    assert "付给农户的定金" in statement


def test_a_deposit_with_everybody_is_refused_at_its_field(
    session: Session, manager: FlaskClient
) -> None:
    answer = manager.post("/supplier/contracts/new/ORDER", data=FORM | {"household": ""})

    assert answer.status_code == 422
    assert "定金只能付给一户" in answer.text
    assert queries.find_contract(session, f"HT-{COOP}-ALL-ORDER") == []


def test_the_rest_is_decided_by_the_manager_after_the_end_with_a_reason(
    app: Flask, session: Session, manager: FlaskClient
) -> None:
    manager.post("/supplier/contracts/new/ORDER", data=FORM)
    manager.post(f"{ADDRESS}/activate")
    decision = {"move": "waived", "reason": "受灾，双方商定"}
    early = manager.post(f"{ADDRESS}/advance", data=decision, follow_redirects=True)
    assert "合同还没有结束" in early.text
    end(session)
    assert 'name="reason"' in manager.get(ADDRESS).text
    assert 'name="reason"' not in a_browser(app, "clerk").get(ADDRESS).text
    assert a_browser(app, "clerk").post(f"{ADDRESS}/advance", data=decision).status_code == 403
    foreign = a_browser(app, "stranger").post(f"{ADDRESS}/advance", data=decision)
    assert foreign.status_code == 404
    for wrong in ({"move": "paid", "reason": "x"}, {"move": "waived"}, {}):
        manager.post(f"{ADDRESS}/advance", data=wrong)
        assert list_advances(session)[0].open_minor == 80_000

    page = manager.post(f"{ADDRESS}/advance", data=decision, follow_redirects=True).text

    assert "受灾，双方商定" in page
    (one,) = list_advances(session)
    assert (one.waived_minor, one.open_minor) == (80_000, 0)
    again = manager.post(f"{ADDRESS}/advance", data=decision, follow_redirects=True)
    assert "没有尚未抵扣的定金" in again.text
    acts = session.scalars(select(AuditRow.action).where(AuditRow.action.like("advance_%")))
    assert list(acts) == ["advance_waived"]


def test_the_household_reads_its_deposit_and_why_it_was_closed(
    app: Flask, session: Session, manager: FlaskClient
) -> None:
    manager.post("/supplier/contracts/new/ORDER", data=FORM)
    manager.post(f"{ADDRESS}/activate")
    own = a_browser(app, "own")

    assert "定金是先付的钱，不是收入" in own.get("/household/contracts").text
    assert "先付的定金，还没有交货来抵" in own.get("/household/").text

    end(session)
    manager.post(f"{ADDRESS}/advance", data={"move": "returned", "reason": "改种了"})
    assert "改种了" in own.get("/household/contracts").text
