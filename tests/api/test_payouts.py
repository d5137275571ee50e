"""The bank's answers by program: all rows or none, each fault at its place."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from kernel import clock
from parties.values import Role
from payments import queries
from tests.builders.api import a_key
from tests.builders.people import a_browser, a_person
from tests.builders.places import a_seller
from tests.builders.settlements import (
    a_submitted,
    some_accounts,
    some_owed,
    some_params,
)


@pytest.fixture
def code(session: Session) -> str:
    some_params(session)
    for seller in ("PLATFORM", "C90"):
        a_seller(session, seller)
    some_accounts(session, "coop:C90", "coop:C91")
    some_owed(session, "1", {"L:payable:coop:C90": 5_000, "L:payable:coop:C91": 700})
    a_person(session, "one", (Role.OPERATOR, "PLATFORM"))
    a_person(session, "manager", (Role.MANAGER, "C90"))
    submitted = a_submitted(session, at=clock.now() - timedelta(days=1))
    session.commit()
    return submitted


def _row(number: int, minor: int, **changes: Any) -> dict[str, Any]:
    today = clock.local_date(clock.now()).isoformat()
    row = {"line_number": number, "amount_minor": minor, "outcome": "paid", "on": today}
    return row | {"bank_reference": f"B{number}"} | changes


def _send(client: FlaskClient, code: str, *rows: dict[str, Any]) -> TestResponse:
    body, address = {"rows": list(rows)}, f"/api/v1/settlements/{code}/answers"
    return client.post(address, json=body, headers=a_key())


def test_answers_count_once(app: Flask, session: Session, code: str) -> None:
    one = a_browser(app, "one")
    rows = [_row(1, 5_000), _row(2, 700, outcome="returned", return_reason="bank_fault")]

    assert _send(one, code, *rows).json == {"applied": 2, "repeated": 0}
    assert _send(one, code, *rows).json == {"applied": 0, "repeated": 2}
    assert queries.sum_paid(session, "coop:C90") == 5_000


def test_every_faulty_row_is_named_by_its_place(
    app: Flask, session: Session, code: str
) -> None:
    answer = _send(a_browser(app, "one"), code, _row(1, 5_000), _row(2, 1), _row(7, 1))

    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json["errors"]] == ["/rows/1", "/rows/2"]  # type: ignore[index]
    assert queries.sum_paid(session, "coop:C90") == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "returned"},
        {"return_reason": "other"},
        {"on": "2026-02-31"},
        {"amount_minor": 0},
        {"amount_minor": "5000"},
        {"bank_reference": "=1+1"},
        {"account": "6200"},
    ],
)
def test_rows_of_another_shape_are_refused(
    app: Flask, code: str, changes: dict[str, Any]
) -> None:
    assert _send(a_browser(app, "one"), code, _row(1, 5_000) | changes).status_code == 422


def test_only_operators_hand_in_answers(app: Flask, code: str) -> None:
    assert _send(app.test_client(), code, _row(1, 5_000)).status_code == 401
    assert _send(a_browser(app, "manager"), code, _row(1, 5_000)).status_code == 403
    assert _send(a_browser(app, "one"), "S190001", _row(1, 5_000)).status_code == 404
