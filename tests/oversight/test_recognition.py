"""The pages of recognition: seller, offices, everybody."""

from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalog.models import RecognitionApplication, RecognitionObjection
from parties.values import Role
from tests.builders.catalog import a_product, a_sku
from tests.builders.papers import CITY, a_type, paper_policies
from tests.builders.people import a_browser, a_person
from tests.builders.places import DISTRICT, TOWNSHIP, a_place, a_seller

FORM = {
    "product": "P1",
    "spec": "1kg/袋",
    "unit_price": "98.00",
    "yearly_output": "20000",
    "product_value": "600000",
    "supply_period": "全年",
    "licence": "执照一号",
    "test_report": "报告一号",
    "linkage": "purchase",
    "lifted": "3",
    "monitored": "1",
    "gain": "3200.50",
}
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF"
PEOPLE = ("seller", "rival", "town", "county", "cityman", "elsewhere")


def with_file() -> dict[str, object]:
    """Return the field of a file."""
    return {"document": (BytesIO(PDF), "scan.pdf")}


@pytest.fixture
def people(app: Flask, session: Session) -> dict[str, FlaskClient]:
    """Everybody there is, signed in."""
    paper_policies(session)
    a_type(session, "RECOGNITION")
    a_seller(session, "C90")
    a_seller(session, "C91")
    a_sku(session, a_product(session, "P1", seller_code="C90"))
    a_person(session, "seller", (Role.MANAGER, "C90"))
    a_person(session, "rival", (Role.MANAGER, "C91"))
    a_person(session, "town", (Role.OFFICIAL, a_place(session, TOWNSHIP)))
    a_person(session, "county", (Role.OFFICIAL, a_place(session, DISTRICT)))
    a_person(session, "cityman", (Role.CITY_REVIEWER, a_place(session, CITY)))
    a_person(session, "elsewhere", (Role.OFFICIAL, a_place(session, "500156999")))
    session.commit()
    return {login: a_browser(app, login) for login in PEOPLE}


@pytest.fixture
def code(people: dict[str, FlaskClient]) -> str:
    """Return the code of an application that was handed in."""
    answer = people["seller"].post(
        "/supplier/recognition", data=FORM | with_file(), content_type="multipart/form-data"
    )
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"].rpartition("/")[2])


def take(client: FlaskClient, code: str, step: str, note: str = "同意") -> int:
    """Take a step and return the status of the answer."""
    return client.post(
        f"/oversight/recognition/{code}/{step}",
        data={"note": note} | with_file(),
        content_type="multipart/form-data",
    ).status_code


def test_it_goes_from_the_form_to_the_notice_and_the_number(
    people: dict[str, FlaskClient], code: str, client: FlaskClient, session: Session
) -> None:
    for login in ("town", "county", "cityman"):
        assert code in people[login].get("/oversight/recognition").text
        assert take(people[login], code, "agree") == 302
    notice = client.get(f"/recognition/{code}").text
    assert "产品认定公示" in notice
    # Four households are too few to be told.
    assert "不公开" in notice
    objected = client.post(f"/recognition/{code}/objections", data={"words": "产地不实"})
    assert objected.status_code == 302
    assert "产地不实" in people["county"].get(f"/oversight/recognition/{code}").text
    assert "产地不实" not in people["cityman"].get(f"/oversight/recognition/{code}").text
    assert take(people["county"], code, "approve") == 422
    _let_notice_end(session)
    assert take(people["county"], code, "approve") == 422
    objection = people["county"].post(
        f"/oversight/recognition/{code}/objections/{_objection(session)}",
        data={"answer": "经核实产地属实"},
    )
    assert objection.status_code == 302
    assert take(people["county"], code, "approve") == 302
    assert "BF-500156-" in people["seller"].get(f"/supplier/recognition/{code}").text


def test_other_places_and_rivals_see_nothing(people: dict[str, FlaskClient], code: str) -> None:
    assert code not in people["elsewhere"].get("/oversight/recognition").text
    for path in (
        f"/oversight/recognition/{code}",
        f"/oversight/recognition/{code}/documents/1",
    ):
        assert people["elsewhere"].get(path).status_code == 404
    assert take(people["elsewhere"], code, "agree") == 404
    for path in ("", "/again", "/documents/1"):
        assert people["rival"].get(f"/supplier/recognition/{code}{path}").status_code == 404
    for step in ("again", "withdraw"):
        answer = people["rival"].post(f"/supplier/recognition/{code}/{step}", data=FORM)
        assert answer.status_code == 404


def test_the_city_s_reviewer_reads_nothing_else_of_the_region(
    people: dict[str, FlaskClient], code: str
) -> None:
    assert code
    for path in ("/oversight/", "/oversight/households", "/oversight/register"):
        assert people["cityman"].get(path).status_code == 403


def test_a_rejection_is_mended(people: dict[str, FlaskClient], code: str) -> None:
    assert take(people["town"], code, "reject", note="") == 422
    assert take(people["town"], code, "reject", note="缺报告") == 302
    assert "缺报告" in people["seller"].get(f"/supplier/recognition/{code}").text

    answer = people["seller"].post(
        f"/supplier/recognition/{code}/again",
        data=FORM | with_file(),
        content_type="multipart/form-data",
    )

    assert answer.status_code == 302
    assert take(people["town"], code, "agree") == 302


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit_price": "viel"},
        {"product_value": "499999.99"},
        {"lifted": "0", "monitored": "0"},
        {"linkage": "friendship"},
        {"spec": ""},
    ],
    ids=str,
)
def test_a_form_that_makes_no_sense_is_refused(
    people: dict[str, FlaskClient], session: Session, wrong: dict[str, str]
) -> None:
    answer = people["seller"].post(
        "/supplier/recognition",
        data=FORM | wrong | with_file(),
        content_type="multipart/form-data",
    )

    assert answer.status_code == 422
    assert session.scalars(select(RecognitionApplication)).all() == []


def _let_notice_end(session: Session) -> None:
    session.execute(
        update(RecognitionApplication).values(
            notice_from="2020-01-01", notice_until="2020-01-08"
        )
    )
    session.commit()


def _objection(session: Session) -> int:
    return session.scalars(select(RecognitionObjection.id)).one()
