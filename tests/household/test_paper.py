"""A household's year comes as a PDF within a second, and as a page to print where it cannot."""

import time
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from shop import typesetting
from tests.builders.catalog import NOON
from tests.builders.people import a_browser, a_person
from tests.builders.sales import a_paid_group, a_world

OWN = "HX0003"


@pytest.fixture
def sold(session: Session) -> None:
    world = a_world(session)
    a_paid_group(session, {world.goat.code: 2}, at=NOON)
    a_person(session, "own", household_id=OWN)
    a_person(session, "consumer")
    session.commit()


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PATH", "")
    typesetting.is_offered.cache_clear()
    yield
    typesetting.is_offered.cache_clear()


def test_the_year_is_set_in_less_than_a_second(app: Flask, sold: None) -> None:
    if not typesetting.is_offered():
        pytest.skip("this machine has no Pango or no Chinese font")
    browser = a_browser(app, "own")
    browser.get(f"/household/statement.pdf?year={NOON.year}")
    # What other programs of the machine do meanwhile does not count.
    began = time.process_time()

    answer = browser.get(f"/household/statement.pdf?year={NOON.year}")

    assert time.process_time() - began < 1
    assert answer.content_type == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert OWN in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_without_chinese_type_the_page_prints(
    app: Flask, sold: None, bare_machine: None
) -> None:
    browser = a_browser(app, "own")

    answer = browser.get(f"/household/statement.pdf?year={NOON.year}")

    assert answer.location == f"/household/?year={NOON.year}"
    assert "不能生成 PDF" in browser.get(answer.location).text


def test_who_is_no_household_gets_no_paper(app: Flask, sold: None) -> None:
    assert a_browser(app, "consumer").get("/household/statement.pdf").status_code == 403
    assert app.test_client().get("/household/statement.pdf").status_code == 302
