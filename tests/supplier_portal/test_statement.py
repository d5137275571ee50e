"""A seller's statement: what is owed, what its contracts brought, and files that agree."""

import csv
import io
import zipfile
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from catalog.models import Lot
from kernel import clock
from parties.models import Organisation
from parties.values import OrganisationKind, Role
from tests.builders.cold_chain import CARRIER, a_device
from tests.builders.people import a_browser, a_person
from tests.builders.places import DISTRICT, VILLAGE
from tests.builders.sales import GOAT, SHOOTS, a_paid_group, a_world
from workflows import order_delivered, order_shipped
from workflows.order_delivered import Receipt
from workflows.travel import HandOver


@pytest.fixture
def sold(session: Session) -> None:
    world = a_world(session)
    at = clock.now() - timedelta(hours=2)
    session.execute(update(Lot).values(best_before=clock.local_date(at) + timedelta(days=9)))
    number = f"{a_paid_group(session, {world.goat.code: 2}, at=at).number}-1"
    logger = a_device(session)
    order_shipped.pack(session, number, actor="person:1", at=at)
    order_shipped.ship(session, number, HandOver(actor="person:1", device_code=logger), at=at)
    arrived = at + timedelta(hours=1)
    order_delivered.deliver(session, number, Receipt("person:1", "recipient"), at=arrived)
    a_person(session, "manager", (Role.MANAGER, GOAT))
    a_person(session, "packer", (Role.PACKER, GOAT))
    a_person(session, "elsewhere", (Role.MANAGER, SHOOTS))
    a_person(session, "operator", (Role.OPERATOR, GOAT))
    a_person(session, "village", (Role.OFFICIAL, VILLAGE))
    a_person(session, "district", (Role.OFFICIAL, DISTRICT))
    session.commit()


def drill(login: str, app: Flask, contract: str = f"{GOAT}-CONSIGN") -> tuple[int, str]:
    month = f"{clock.local_date(clock.now() - timedelta(hours=1)):%Y-%m}"
    answer = a_browser(app, login).get(
        f"/supplier/statement/households?contract={contract}&month={month}"
    )
    return answer.status_code, answer.text


def test_the_page_ends_with_the_ledger_and_no_difference(app: Flask, sold: None) -> None:
    page = a_browser(app, "manager").get("/supplier/statement").text

    assert "平台欠我们的" in page
    assert "12 户农户" in page
    assert "账本余额" in page
    assert page.rindex("¥0.00") > page.index("账本余额")


def test_the_figure_leads_to_the_households_by_number(app: Flask, sold: None) -> None:
    status, page = drill("manager", app)

    assert status == 200
    assert "HX0003" in page
    assert "/supplier/entitlements/" in page


def test_who_packs_sees_no_households_and_others_see_nothing(app: Flask, sold: None) -> None:
    assert "/supplier/statement/households" not in (
        a_browser(app, "packer").get("/supplier/statement").text
    )
    assert drill("packer", app)[0] == 403
    assert "HX00" not in drill("elsewhere", app)[1]


def test_the_rows_say_what_the_page_says(app: Flask, sold: None) -> None:
    browser = a_browser(app, "manager")
    text = browser.get("/supplier/statement.csv").data.decode("utf-8-sig")

    _, *rows = csv.reader(io.StringIO(text))

    assert {row[3] for row in rows} == {
        "cooperative",
        "household",
        "logistics",
        "platform",
        "village",
    }
    assert f"{sum(float(row[7]) for row in rows):.2f}" == "196.00"
    page = browser.get("/supplier/statement").text
    assert all(f"¥{row[7]}" in page for row in rows)


def test_the_workbook_has_both_tables(app: Flask, sold: None) -> None:
    body = a_browser(app, "manager").get("/supplier/statement.xlsx").data

    with zipfile.ZipFile(io.BytesIO(body)) as book:
        assert len([name for name in book.namelist() if "worksheets/sheet" in name]) == 2
        assert "月末余额" in book.read("xl/sharedStrings.xml").decode()


@pytest.mark.parametrize(
    "address",
    [
        "/supplier/statement?year=1999",
        "/supplier/statement.csv?year=x",
        "/supplier/statement/households?contract=x&month=2026-13",
        "/supplier/statement/households?contract=x&month=2026-01&after=x",
    ],
)
def test_what_is_not_offered_is_refused(app: Flask, sold: None, address: str) -> None:
    assert a_browser(app, "manager").get(address).status_code == 422


def test_a_village_collective_reads_the_village_s_money(
    app: Flask, session: Session, sold: None
) -> None:
    assert a_browser(app, "manager").get("/supplier/village").status_code == 404
    session.execute(
        update(Organisation)
        .where(Organisation.code == GOAT)
        .values(kind=OrganisationKind.VILLAGE_COLLECTIVE)
    )
    session.commit()

    page = a_browser(app, "manager").get("/supplier/village").text

    assert "村集体自有" in page
    assert "没有设定村集体收入目标" in page


def test_officials_read_the_villages_of_their_region(app: Flask, sold: None) -> None:
    own = a_browser(app, "village").get("/oversight/village-money").text

    assert "村集体自有" in own
    assert "HX00" not in own
    district = a_browser(app, "district")
    assert "选择村" in district.get("/oversight/village-money").text
    assert "村集体自有" in district.get(f"/oversight/village-money?place={VILLAGE}").text
    outside = a_browser(app, "village").get("/oversight/village-money?place=500229")
    assert outside.status_code == 403


def test_the_operator_reads_a_carrier_s_account(app: Flask, sold: None) -> None:
    browser = a_browser(app, "operator")

    assert f"/console/carriers/{CARRIER}" in browser.get("/console/carriers").text
    assert "账本余额" in browser.get(f"/console/carriers/{CARRIER}").text
    assert browser.get(f"/console/carriers/{GOAT}").status_code == 404
    assert a_browser(app, "manager").get("/console/carriers").status_code == 403
