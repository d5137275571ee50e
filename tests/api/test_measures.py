"""Programs of officials read the figures of the page, with the same ones withheld."""

import csv
import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.builders.people import a_browser, a_person
from tests.oversight.test_income import a_sale

ADDRESS = "/api/v1/measures"


@pytest.fixture
def official(app: Flask, session: Session) -> FlaskClient:
    a_sale(session, 12)
    return a_browser(app, "official")


def test_the_figures_are_those_of_the_files(official: FlaskClient) -> None:
    told = official.get(ADDRESS).get_json()
    file = official.get(f"/oversight/income.csv?known={told['known']}")

    _, *rows = csv.reader(io.StringIO(file.data.decode("utf-8-sig")))
    assert len(rows) == len(told["rows"]) > 0
    for row, found in zip(rows, told["rows"], strict=True):
        assert [f"{found['minors'][name] / 100:.2f}" for name in ("M1", "M2", "M3", "M4")] == [
            f"{float(cell):.2f}" for cell in row[5:9]
        ]


def test_an_answer_can_be_had_again(official: FlaskClient) -> None:
    told = official.get(ADDRESS).get_json()
    again = official.get(f"{ADDRESS}?known={told['known']}").get_json()

    assert again == told
    assert official.get(f"{ADDRESS}?known=20260101T000000000000Z.0").status_code == 422


def test_a_figure_is_its_rows_and_its_rest(official: FlaskClient) -> None:
    for measure in ("M1", "M2", "M3", "M4", "M5"):
        told = official.get(f"{ADDRESS}/sources?measure={measure}").get_json()
        rows = sum(row["amount_minor"] for row in told["rows"])
        assert rows + told["rest_minor"] == told["amount_minor"]
        for division in (told["by_month"], told["by_place"]):
            if division:
                parts = sum(row["amount_minor"] for row in division["rows"])
                assert parts + division["rest_minor"] == told["amount_minor"]


def test_a_few_households_are_null_and_do_not_open(app: Flask, session: Session) -> None:
    a_sale(session, 4)
    browser = a_browser(app, "official")

    for row in browser.get(ADDRESS).get_json()["rows"]:
        assert row["households"] is None
        assert row["minors"]["M3"] is None
    assert browser.get(f"{ADDRESS}/sources?measure=M3").status_code == 404
    assert browser.get(f"{ADDRESS}/sources?measure=M1").status_code == 200


def test_only_officials_read_their_own_region(app: Flask, session: Session) -> None:
    a_sale(session, 12)
    a_person(session, "buyer")
    session.commit()

    assert app.test_client().get(ADDRESS).status_code == 401
    assert a_browser(app, "buyer").get(ADDRESS).status_code == 403
    assert a_browser(app, "official").get(f"{ADDRESS}?region=110000").status_code == 403
