"""The operator gives partners' machines keys, and enters the prefix goods are named by."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cold_chain import queries
from kernel.audit import AuditRow
from parties.models import Organisation
from parties.values import OrganisationKind, Role
from tests.builders.people import a_browser, a_person
from tests.builders.places import once

PAGE = "/console/partners"
KEY = {"organisation": "PLATFORM", "label": "测试", "may_capture": "yes"}


@pytest.fixture
def operator(app: Flask, session: Session) -> FlaskClient:
    platform = {"code": "PLATFORM", "name": "山集", "kind": OrganisationKind.PLATFORM}
    once(session, Organisation, platform, key="code")
    a_person(session, "keeper", (Role.OPERATOR, "PLATFORM"))
    session.commit()
    return a_browser(app, "keeper")


def test_a_key_is_shown_once_opens_and_is_taken_back(
    app: Flask, operator: FlaskClient, session: Session
) -> None:
    page = operator.post(f"{PAGE}/keys", data=KEY)
    (token,) = re.findall(r"k-[0-9a-f]{12}\.[\w-]{40,}", page.text)
    headers = {"Authorization": f"Bearer {token}"}
    machine = app.test_client()

    assert page.headers["Cache-Control"] == "no-store"
    assert token not in operator.get(PAGE).text
    assert machine.get("/api/epcis/events", headers=headers).status_code == 200

    code = token.partition(".")[0]
    assert operator.post(f"{PAGE}/keys/{code}/revoke").status_code == 302
    assert machine.get("/api/epcis/events", headers=headers).status_code == 401
    acts = session.scalars(select(AuditRow.action).order_by(AuditRow.id)).all()
    assert acts[-2:] == ["partner_key_given", "partner_key_revoked"]
    details = str(session.scalars(select(AuditRow.detail)).all())
    assert token.partition(".")[2] not in details


def test_a_prefix_is_entered(operator: FlaskClient, session: Session) -> None:
    given = {"prefix": "6901234", "holder": "PLATFORM", "basis": "中国物品编码中心"}

    assert operator.post(f"{PAGE}/prefixes", data=given).status_code == 302

    assert [row.prefix for row in queries.list_prefixes(session)] == ["6901234"]


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        ("keys", KEY | {"organisation": "NOBODY"}, 404),
        ("keys", KEY | {"label": ""}, 422),
        ("keys", KEY | {"organisation": "a\x00b"}, 400),
        ("prefixes", {"prefix": "12", "holder": "PLATFORM", "basis": "x"}, 422),
        ("prefixes", {"prefix": "1234567", "holder": "NOBODY", "basis": "x"}, 404),
        ("prefixes", {}, 422),
    ],
)
def test_a_wrong_form_is_refused(
    operator: FlaskClient, path: str, data: dict[str, str], status: int
) -> None:
    assert operator.post(f"{PAGE}/{path}", data=data).status_code == status
