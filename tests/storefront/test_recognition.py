"""Objections by anybody: taken while the notice runs, sealed, shown to the district alone."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from catalog.models import RecognitionApplication, RecognitionObjection
from catalog.service import recognition as service
from kernel import clock
from tests.builders.catalog import a_product
from tests.builders.papers import SCAN, Offices, a_form, a_step, a_type, paper_policies, staff
from tests.builders.people import a_browser
from tests.builders.places import a_seller

HOSTILE = "<script>alert(1)</script>\n{{ 7 * 7 }} ' OR 1=1 -- \u202e 名单不实"


@pytest.fixture
def code(session: Session) -> str:
    """An application whose notice runs today."""
    paper_policies(session)
    a_type(session, "RECOGNITION")
    seller, at = a_seller(session), clock.now()
    offices = Offices(session)
    found = service.hand_in(
        session,
        a_form(a_product(session, seller_code=seller)),
        seller_code=seller,
        by=staff(session, seller),
        document=SCAN,
        at=at,
    )
    for who in (offices.town, offices.county, offices.city):
        service.agree(session, found, who, a_step(at=at))
    session.commit()
    return found


def object_to(client: FlaskClient, code: str, words: str, contact: str = "") -> int:
    """Send the form; return the status."""
    form = {"words": words, "contact": contact}
    return client.post(f"/recognition/{code}/objections", data=form).status_code


def count(session: Session) -> int:
    return len(session.scalars(select(RecognitionObjection.id)).all())


def test_words_of_strangers_are_sealed_and_shown_as_words_to_the_district_alone(
    app: Flask, client: FlaskClient, session: Session, code: str
) -> None:
    assert object_to(client, code, HOSTILE, "13800000000") == 302
    assert object_to(client, code, "没有留名的异议") == 302

    kept = session.execute(text("SELECT words, contact FROM recognition_objections")).all()
    assert all("名单".encode() not in bytes(row.words) for row in kept)
    assert kept[1].contact is None
    public = client.get(f"/recognition/{code}").text
    assert "名单不实" not in public
    assert "13800000000" not in public
    page = a_browser(app, "county").get(f"/oversight/recognition/{code}").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)" not in page
    assert "{{ 7 * 7 }}" in page
    assert "13800000000" in page
    seller = a_browser(app, "manager-c90").get(f"/supplier/recognition/{code}")
    assert "名单不实" not in seller.text


@pytest.mark.parametrize("words", ["", "   ", "长" * 2_001])
def test_what_says_nothing_or_too_much_is_refused(
    client: FlaskClient, session: Session, code: str, words: str
) -> None:
    assert object_to(client, code, words) == 422
    assert count(session) == 0


def test_nul_bytes_are_refused_before_anybody_reads_them(
    client: FlaskClient, session: Session, code: str
) -> None:
    assert object_to(client, code, "a\x00b") in {400, 422}
    assert count(session) == 0


def test_fifty_that_wait_are_enough(client: FlaskClient, session: Session, code: str) -> None:
    at = clock.now()
    for number in range(50):
        service.object_to(session, code, f"异议 {number}", "", at=at)
    session.commit()

    assert object_to(client, code, "又一条") == 422
    assert count(session) == 50


def test_after_the_last_day_nothing_is_taken(
    client: FlaskClient, session: Session, code: str
) -> None:
    yesterday = clock.local_date(clock.now()) - timedelta(days=1)
    session.execute(
        update(RecognitionApplication).values(notice_from=yesterday, notice_until=yesterday)
    )
    session.commit()

    assert object_to(client, code, "太晚了") in {404, 409, 422}
    assert count(session) == 0
    assert client.get(f"/recognition/{code}").status_code == 404
