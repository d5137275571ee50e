"""Officials read five measures; the files say what the page says, never a few households."""

import csv
import html
import io
import re
import zipfile
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from catalog.models import Lot
from kernel import clock
from parties.values import Role
from tests.builders.cold_chain import a_device
from tests.builders.people import a_browser, a_person
from tests.builders.places import DISTRICT
from tests.builders.sales import a_paid_group, a_world
from workflows import order_cancelled, order_delivered, order_shipped
from workflows.order_cancelled import Refusal
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

ENDINGS = ("", ".csv", ".xlsx")


def a_sale(session: Session, households_each: int) -> None:
    world = a_world(session, households_each=households_each)
    at = clock.now() - timedelta(hours=2)
    session.execute(update(Lot).values(best_before=clock.local_date(at) + timedelta(days=9)))
    number = f"{a_paid_group(session, {world.goat.code: 2}, at=at).number}-1"
    logger = a_device(session)
    order_shipped.pack(session, number, actor="person:1", at=at)
    order_shipped.ship(session, number, HandOver(actor="person:1", device_code=logger), at=at)
    order_delivered.deliver(
        session, number, Receipt("person:1", "recipient"), at=at + timedelta(hours=1)
    )
    a_person(session, "official", (Role.OFFICIAL, DISTRICT))
    session.commit()


@pytest.fixture
def official(app: Flask, session: Session) -> FlaskClient:
    a_sale(session, 12)
    return a_browser(app, "official")


def rows_of(browser: FlaskClient) -> list[list[str]]:
    text = browser.get("/oversight/income.csv").data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_each_measure_stands_under_its_own_name(official: FlaskClient) -> None:
    page = official.get("/oversight/income").text

    for name in (
        "M1",
        "M2",
        "M3",
        "M4",
        "M5",
        "挂钩销售额",
        "溯源到户额",
        "确认收入",
        "净收入",
    ):
        assert name in page
    assert "任何两个都不能相加" in page
    assert "196.00" in page
    assert "HX00" not in page


def test_the_rows_equal_the_page(official: FlaskClient) -> None:
    heading, *rows = rows_of(official)

    whole = next(row for row in rows if row[1] == "全年" and row[2] == DISTRICT)
    page = official.get("/oversight/income").text
    assert heading[4:10] == [
        "农户数",
        "M1 挂钩销售额（元）",
        "M2 溯源到户额（元）",
        "M3 确认收入（元）",
        "M4 净收入（元）",
        "M5 已付款（元）",
    ]
    assert whole[4:6] == ["12", "196.00"]
    for figure in whole[5:8]:
        assert figure in page


def test_the_workbook_opens(official: FlaskClient) -> None:
    body = official.get("/oversight/income.xlsx").data

    with zipfile.ZipFile(io.BytesIO(body)) as book:
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "household-income/1" in texts
    assert "确认收入" in texts


def test_a_few_households_stay_unknown_in_page_and_files(app: Flask, session: Session) -> None:
    a_sale(session, 4)
    browser = a_browser(app, "official")

    _, *rows = rows_of(browser)

    assert {row[4] for row in rows} == {"未公布"}
    # Months in which nobody earned are not told apart from those of a few.
    assert {row[5] for row in rows} == {"196.00", "0.00"}
    assert {figure for row in rows for figure in row[6:9]} <= {"未公布", "0.00"}
    assert "未公布" in browser.get("/oversight/income").text


def test_a_figure_opens_down_to_its_orders(session: Session, official: FlaskClient) -> None:
    number = session.scalars(
        text("SELECT number FROM seller_orders WHERE state = 'delivered'")
    ).one()

    for measure in ("M1", "M2", "M3"):
        page = official.get(f"/oversight/income/sources?measure={measure}")
        assert page.status_code == 200
        assert number in page.text
        assert "HX00" not in page.text


def test_a_withheld_figure_does_not_open(app: Flask, session: Session) -> None:
    a_sale(session, 4)
    browser = a_browser(app, "official")

    assert browser.get("/oversight/income/sources?measure=M3").status_code == 404
    assert browser.get("/oversight/income/sources?measure=M1").status_code == 200


@pytest.mark.parametrize(
    "asked", ["measure=M9", "measure=M3&place=5", "measure=M3&month=x", "measure=M3&page=-1"]
)
def test_a_figure_that_is_not_in_the_table_is_refused(
    official: FlaskClient, asked: str
) -> None:
    assert official.get(f"/oversight/income/sources?{asked}").status_code == 422


def quoted(browser: FlaskClient) -> str:
    found = re.search(
        r'href="/oversight/income(\?[^"]*known=[^"]+)"', browser.get("/oversight/income").text
    )
    assert found is not None
    return html.unescape(found[1])


def told(browser: FlaskClient, ending: str, address: str) -> bytes:
    """Return a file, or what a page says; around it a form's token changes by the second."""
    said: bytes = browser.get(f"/oversight/income{ending}{address}").data
    return said if ending else said.partition(b"<main")[2].partition(b"</main>")[0]


def test_a_quoted_page_stays_as_it_was(session: Session, official: FlaskClient) -> None:
    address = quoted(official)
    pages = [told(official, ending, address) for ending in ENDINGS]
    number = session.scalars(
        text("SELECT number FROM seller_orders WHERE state = 'delivered'")
    ).one()
    refusal = Refusal("person:1", "spoilt")
    order_cancelled.refund_in_full(session, number, refusal, at=clock.now())
    # In a test everything is recorded at once; the refund came later.
    session.execute(text("SET LOCAL session_replication_role = replica"))
    later = text("UPDATE ledger_txs SET recorded_at = :at WHERE kind LIKE 'refund%'")
    session.execute(later, {"at": clock.now()})
    session.execute(text("SET LOCAL session_replication_role = origin"))
    session.commit()

    again = [told(official, ending, address) for ending in ENDINGS]

    assert again == pages
    assert "196.00" in again[0].decode()
    assert "196.00" not in rows_of(official)[-1]


def test_the_end_of_a_month_is_offered_and_knows_nothing_later(official: FlaskClient) -> None:
    end = clock.local_date(clock.now()).replace(day=1) - timedelta(days=1)
    page = official.get(f"/oversight/income?year={end.year}&known={end}")

    assert page.status_code == 200
    assert f"{end} 23:59" in page.text
    assert "196.00" not in page.text


@pytest.mark.parametrize(
    "known",
    ["2026-11-15", "2999-12-31", "20261101T000000000000Z", "20261101T000000000000Z.x", "x"],
)
def test_a_moment_of_one_s_own_choice_is_refused(official: FlaskClient, known: str) -> None:
    assert official.get(f"/oversight/income?known={known}").status_code == 422


@pytest.mark.parametrize("address", ["/oversight/income?year=1999", "/oversight/income?year=x"])
def test_a_year_that_is_not_offered_is_refused(official: FlaskClient, address: str) -> None:
    assert official.get(address).status_code == 422


def test_another_region_is_refused(official: FlaskClient) -> None:
    assert official.get("/oversight/income?region=500229").status_code == 403


def test_only_officials_may_read_it(app: Flask, official: FlaskClient) -> None:
    assert app.test_client().get("/oversight/income").status_code == 302
