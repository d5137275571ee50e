"""A program of a cooperative weighs goods once, reads its slips, and learns of no others."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.models import Sku
from households.models import GoodsReceipt
from kernel import clock
from kernel.audit import AuditRow
from parties.values import Role
from tests.builders.api import a_key
from tests.builders.people import a_browser, a_person
from tests.builders.places import a_household
from tests.builders.purchases import (
    a_market_price,
    a_purchase_contract,
    an_open_lot,
    check_deferred,
    goods_bought,
)
from tests.builders.sales import GOAT, SHOOTS, balances

RECEIPTS = "/api/v1/receipts"
TODAY = clock.local_date(clock.now())


@pytest.fixture
def sku(session: Session) -> Sku:
    made = goods_bought(session)
    monday = TODAY - timedelta(days=TODAY.weekday())
    a_market_price(session, made.product_code, 650, week_on=monday)
    a_purchase_contract(session, "H1")
    a_purchase_contract(session, None)
    a_purchase_contract(session, "H9", seller=GOAT)
    for login, role, code in (
        ("clerk", Role.CLERK, SHOOTS),
        ("till", Role.CASHIER, SHOOTS),
        ("packer", Role.PACKER, SHOOTS),
        ("goat", Role.MANAGER, GOAT),
        ("official", Role.OFFICIAL, "500156"),
    ):
        a_person(session, login, (role, code))
    session.commit()
    return made


@pytest.fixture
def clerk(app: Flask, sku: Sku) -> FlaskClient:
    return a_browser(app, "clerk")


def a_body(sku: Sku, **changes: Any) -> dict[str, Any]:
    body = {
        "contract": f"HT-{SHOOTS}-H1-ORDER",
        "new_lot": {"sku": sku.code, "harvested_on": TODAY.isoformat()},
        "weight_g": 12_345,
        "received_on": TODAY.isoformat(),
    } | changes
    return {name: value for name, value in body.items() if value is not None}


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(GoodsReceipt)) or 0


def test_a_weighing_is_priced_recorded_and_read_again(
    session: Session, clerk: FlaskClient, sku: Sku
) -> None:
    made = clerk.post(RECEIPTS, json=a_body(sku), headers=a_key())

    check_deferred(session)
    told = made.get_json()
    assert made.status_code == 201
    # 12.345 kg at 8.00 instead of 6.50 a kilogram.
    assert (told["pay_minor"], told["uplift_minor"]) == (9_876, 1_852)
    assert (told["household_id"], told["grade_percent"]) == ("H1", 100)
    assert balances(session)["L:payable:hh:H1"] == -9_876
    assert made.headers["Location"] == f"{RECEIPTS}/{told['code']}"
    assert clerk.get(made.headers["Location"]).get_json() == told
    assert clerk.get(RECEIPTS).get_json() == {"rows": [told], "next": None}
    row = session.execute(
        select(AuditRow.action, AuditRow.subject).order_by(AuditRow.id.desc()).limit(1)
    ).one()
    assert tuple(row) == ("goods_received", f"receipt:{told['code']}")
    assert told["code"] in clerk.get("/supplier/receipts").text


def test_the_same_key_gives_the_same_answer_and_another_body_a_conflict(
    session: Session, clerk: FlaskClient, sku: Sku
) -> None:
    key = a_key()
    first = clerk.post(RECEIPTS, json=a_body(sku), headers=key)
    clerk.post(f"/supplier/receipts/{first.get_json()['code']}/take-back")
    again = clerk.post(RECEIPTS, json=a_body(sku), headers=key)
    other = clerk.post(RECEIPTS, json=a_body(sku, weight_g=1), headers=key)

    assert (again.status_code, again.get_data()) == (201, first.get_data())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert (other.status_code, other.get_json()["code"]) == (409, "idempotency_key_reused")
    # The weighing and its taking back.
    assert count(session) == 2


def test_a_second_delivery_goes_into_the_lot_that_is_there(
    session: Session, clerk: FlaskClient, sku: Sku
) -> None:
    lot = an_open_lot(session, sku)
    session.commit()
    for household in ("H1", None):
        body = a_body(sku, lot=lot, new_lot=None, household_id=household)
        assert clerk.post(RECEIPTS, json=body, headers=a_key()).status_code == 201

    rows = clerk.get(f"{RECEIPTS}?limit=1").get_json()
    rest = clerk.get(f"{RECEIPTS}?limit=1&after={rows['next']}").get_json()
    assert [row["lot"] for row in rows["rows"] + rest["rows"]] == [lot, lot]


@pytest.mark.parametrize(
    "changes",
    [
        {"weight_g": 0},
        {"weight_g": "12345"},
        {"weight_g": 12.5},
        {"weight_g": True},
        {"weight_g": 10**12},
        {"grade_percent": 0},
        {"grade_percent": 1_001},
        {"received_on": "tomorrow"},
        {"received_on": "20260601"},
        {"received_on": "2999-01-01"},
        {"received_on": None},
        {"contract": ""},
        {"contract": None},
        {"lot": "L1"},
        {"new_lot": None},
        {"new_lot": {"sku": "X"}},
        {"household_id": "<b>"},
        {"price_minor": 1},
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    session: Session, clerk: FlaskClient, sku: Sku, changes: dict[str, Any]
) -> None:
    answer = clerk.post(RECEIPTS, json=a_body(sku, **changes), headers=a_key())

    assert answer.status_code in {404, 422}
    assert answer.content_type == "application/problem+json"
    assert count(session) == 0


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"contract": f"HT-{GOAT}-H9-ORDER"}, 404, "purchase_not_found"),
        ({"contract": "HT-SECRET"}, 404, "purchase_not_found"),
        ({"contract": f"HT-{SHOOTS}-ALL-ORDER"}, 422, "receipt_household_missing"),
        (
            {"contract": f"HT-{SHOOTS}-ALL-ORDER", "household_id": "HSTRANGER"},
            409,
            "household_not_member",
        ),
        ({"household_id": "HOTHER"}, 409, "contract_other_household"),
        ({"lot": "LOT-FOREIGN", "new_lot": None}, 404, "lot_not_found"),
        ({"new_lot": {"sku": "SKU-FOREIGN", "harvested_on": "2026-01-01"}}, 404, None),
    ],
)
def test_what_is_not_the_caller_s_is_refused_and_not_repeated(
    session: Session,
    clerk: FlaskClient,
    sku: Sku,
    changes: dict[str, Any],
    status: int,
    code: str | None,
) -> None:
    a_household(session, "HSTRANGER")
    a_household(session, "HOTHER")
    session.commit()

    answer = clerk.post(RECEIPTS, json=a_body(sku, **changes), headers=a_key())

    assert answer.status_code == status
    assert code in {None, answer.get_json()["code"]}
    assert not any(
        word in answer.text
        for word in ("HSTRANGER", "HOTHER", "FOREIGN", "SECRET", f"HT-{GOAT}", "H9")
    )
    assert count(session) == 0


def test_each_caller_gets_only_what_is_theirs(
    app: Flask, clerk: FlaskClient, session: Session, sku: Sku
) -> None:
    made = clerk.post(RECEIPTS, json=a_body(sku), headers=a_key()).get_json()
    slip = f"{RECEIPTS}/{made['code']}"

    goat = a_browser(app, "goat")
    assert goat.get(slip).status_code == 404
    assert made["code"] not in goat.get(slip).text
    assert goat.get(RECEIPTS).get_json()["rows"] == []
    assert goat.get(f"{RECEIPTS}?seller={SHOOTS}").status_code == 404
    assert goat.post(RECEIPTS, json=a_body(sku), headers=a_key()).status_code == 404
    for login, reads in (("till", 200), ("packer", 403), ("official", 403)):
        browser = a_browser(app, login)
        assert (browser.get(slip).status_code, browser.get(RECEIPTS).status_code) == (
            reads,
            reads,
        )
        assert browser.post(RECEIPTS, json=a_body(sku), headers=a_key()).status_code == 403
    guest = app.test_client()
    assert guest.get(slip).status_code == 401
    assert guest.post(RECEIPTS, json=a_body(sku), headers=a_key()).status_code == 401
    assert count(session) == 1


def test_without_a_key_nothing_is_recorded(
    session: Session, clerk: FlaskClient, sku: Sku
) -> None:
    assert clerk.post(RECEIPTS, json=a_body(sku)).status_code == 422
    assert count(session) == 0
