"""Certificates by programs: public facts for everybody, one's own for sellers, one way in."""

import base64
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from catalog.models import CertificatePaper, Lot, Product, Sku
from catalog.service import recognition
from kernel import clock
from orders.models import LotNotice
from parties.values import Role
from tests.builders.api import a_key
from tests.builders.command import Command
from tests.builders.paper_commands import a_certificate_filed
from tests.builders.papers import SCAN, Offices, a_form, a_step, staff
from tests.builders.people import a_browser, a_person
from tests.builders.sales import GOAT, SHOOTS, a_paid_group

API = "/api/v1"


@pytest.fixture
def command(session: Session) -> Command:
    """A fitting request of a clerk of the shoots' seller."""
    made = a_certificate_filed(session)
    a_person(session, "other-clerk", (Role.CLERK, GOAT))
    session.commit()
    return made


@pytest.fixture
def clerk(app: Flask, command: Command) -> FlaskClient:
    """The clerk's program."""
    return a_browser(app, command.login)


def file(client: FlaskClient, command: Command, **changes: Any) -> TestResponse:
    """Send the request, changed."""
    body = {name: value for name, value in {**command.body, **changes}.items() if value}
    return client.post(f"{API}/certificates", json=body, headers=a_key())


def test_what_is_filed_is_public_and_not_worth_anything_yet(
    app: Flask, clerk: FlaskClient, command: Command
) -> None:
    answer = file(clerk, command)

    assert answer.status_code == 201
    code = answer.get_json()["code"]
    assert answer.headers["Location"].endswith(f"/certificates/{code}")
    told = app.test_client().get(f"{API}/certificates/{code}").get_json()
    assert (told["number"], told["standing"]) == ("LB-1", "unreviewed")
    assert set(told) & {"state", "submitted_at", "submitted_by", "document_id", "scan"} == set()
    own = clerk.get(f"{API}/certificates").get_json()["rows"]
    assert [(row["code"], row["state"]) for row in own] == [(code, "submitted")]
    (product,) = command.body["products"]
    public = app.test_client().get(f"{API}/products/{product}/certificates").get_json()
    assert public == {"rows": []}


def test_nobody_lists_what_is_another_s(
    app: Flask, clerk: FlaskClient, command: Command
) -> None:
    file(clerk, command)
    other = a_browser(app, "other-clerk")

    assert other.get(f"{API}/certificates").get_json() == {"rows": []}
    assert other.get(f"{API}/certificates?seller={SHOOTS}").status_code == 404
    assert app.test_client().get(f"{API}/certificates").status_code == 401
    assert file(app.test_client(), command).status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"seller": GOAT},
        {"products": ["P-404"]},
        {"products": None, "lots": ["L-404"], "type": "CQHGZ"},
        {"type": "NONE"},
        {"type": "RECOGNITION"},
        {"type": "LAB"},
        {"brand": "X"},
        {"valid_to": "2001-01-01"},
        {"scan": base64.b64encode(b"%PDF-1.4 /OpenAction<</S/JavaScript>>").decode()},
        {"scan": base64.b64encode(b"\xff\xd8\xff\xe0 no picture").decode()},
        {"scan": "<svg onload=alert(1)>"},
        {"sources": ["a", "b"]},
        {"number": "a\u0000b"},
        {"more": 1},
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_and_writes_nothing(
    clerk: FlaskClient, session: Session, command: Command, wrong: dict[str, Any]
) -> None:
    answer = file(clerk, command, **wrong)

    assert answer.status_code in {400, 404, 409, 422}, answer.text
    assert session.scalars(select(CertificatePaper)).all() == []


def test_another_seller_s_goods_are_unknown(
    clerk: FlaskClient, session: Session, command: Command
) -> None:
    product = session.scalars(select(Product.code).where(Product.seller_code == GOAT)).one()
    lot = session.scalars(select(Lot.code).where(Lot.seller_code == GOAT)).one()

    assert file(clerk, command, products=[product]).status_code == 404
    assert file(clerk, command, products=None, lots=[lot], type="CQHGZ").status_code == 404


def test_a_failed_report_stops_the_lot_and_tells_its_buyers(
    clerk: FlaskClient, session: Session, command: Command
) -> None:
    lot = session.scalars(select(Lot).where(Lot.seller_code == SHOOTS)).one()
    sku = session.scalars(select(Sku.code).where(Sku.id == lot.sku_id)).one()
    group = a_paid_group(session, {sku: 1}, at=clock.now())
    session.commit()

    answer = file(
        clerk, command, type="LAB", result="fail", products=None, lots=[lot.code], valid_to=None
    )

    assert answer.status_code == 201, answer.text
    assert answer.get_json()["standing"] == "unreviewed"
    session.refresh(lot)
    assert lot.quarantined_at is not None
    assert session.scalars(select(LotNotice.order_number)).all() == [f"{group.number}-1"]


def test_notices_are_public_and_applications_are_the_seller_s(
    app: Flask, clerk: FlaskClient, session: Session, command: Command
) -> None:
    at = clock.now()
    (product,) = command.body["products"]
    code = recognition.hand_in(
        session,
        a_form(product),
        seller_code=SHOOTS,
        by=staff(session, SHOOTS),
        document=SCAN,
        at=at,
    )
    offices, guest = Offices(session), app.test_client()
    session.commit()
    assert guest.get(f"{API}/recognition-notices").get_json() == {"rows": []}
    assert guest.get(f"{API}/recognition-notices/{code}").status_code == 404

    for who in (offices.town, offices.county, offices.city):
        recognition.agree(session, code, who, a_step(at=at))
    session.commit()

    (row,) = guest.get(f"{API}/recognition-notices").get_json()["rows"]
    assert row["code"] == code
    assert set(row) & {"licence_number", "households_lifted", "average_gain_minor"} == set()
    assert guest.get(f"{API}/recognition-notices/{code}").get_json() == row
    own = clerk.get(f"{API}/recognitions/{code}").get_json()
    assert (own["state"], own["round"]) == ("publicity", 1)
    assert [one["code"] for one in clerk.get(f"{API}/recognitions").get_json()["rows"]] == [
        code
    ]
    other = a_browser(app, "other-clerk")
    assert other.get(f"{API}/recognitions/{code}").status_code == 404
    assert guest.get(f"{API}/recognitions/{code}").status_code == 401
