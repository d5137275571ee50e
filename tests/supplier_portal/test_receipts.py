"""A cooperative weighs goods on a phone: the price is seen first, then recorded once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.models import Lot, Sku
from households.models import Entitlement, GoodsReceipt
from kernel import clock
from parties.values import Role
from tests.builders.people import a_browser, a_person
from tests.builders.purchases import (
    a_market_price,
    a_purchase_contract,
    check_deferred,
    goods_bought,
)
from tests.builders.sales import GOAT, SHOOTS, balances


@pytest.fixture
def sku(session: Session) -> Sku:
    made = goods_bought(session)
    today = clock.local_date(clock.now())
    monday = today - timedelta(days=today.weekday())
    a_market_price(session, made.product_code, 650, week_on=monday)
    a_purchase_contract(session, "H1")
    a_person(session, "shoots", (Role.CLERK, SHOOTS))
    a_person(session, "till", (Role.CASHIER, SHOOTS))
    a_person(session, "goat", (Role.MANAGER, GOAT))
    session.commit()
    return made


@pytest.fixture
def clerk(app: Flask, sku: Sku) -> FlaskClient:
    return a_browser(app, "shoots")


def a_form(sku: Sku, **changes: Any) -> dict[str, str]:
    today = clock.local_date(clock.now()).isoformat()
    return {
        "step": "check",
        "code": "GB260601-ABCDEF",
        "contract": f"HT-{SHOOTS}-H1-ORDER",
        "household": "",
        "lot": "new",
        "sku": sku.code,
        "harvested_on": today,
        "certificate": "",
        "weight_kg": "12.345",
        "grade": "100",
        "received_on": today,
    } | changes


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(GoodsReceipt)) or 0


def test_the_price_is_shown_before_anything_is_saved(
    session: Session, clerk: FlaskClient, sku: Sku
) -> None:
    page = clerk.post("/supplier/receipts/new", data=a_form(sku))

    assert page.status_code == 200
    # 12.345 kg at 8.00 instead of 6.50 a kilogram.
    assert "¥98.76" in page.text
    assert "¥18.52" in page.text
    assert (count(session), session.scalar(select(func.count()).select_from(Lot))) == (0, 2)


def test_a_confirmed_weighing_is_recorded_once(
    session: Session, clerk: FlaskClient, sku: Sku
) -> None:
    for _ in range(2):
        answer = clerk.post("/supplier/receipts/new", data=a_form(sku, step="save"))
        assert answer.location == "/supplier/receipts/GB260601-ABCDEF"

    check_deferred(session)
    assert count(session) == 1
    assert balances(session)["L:payable:hh:H1"] == -9_876
    assert session.scalar(select(func.sum(Entitlement.amount_minor))) == 9_876
    slip = clerk.get("/supplier/receipts/GB260601-ABCDEF")
    assert "¥98.76" in slip.text
    listed = clerk.get("/supplier/receipts")
    assert "GB260601-ABCDEF" in listed.text


def test_a_second_delivery_goes_into_the_open_lot(
    session: Session, clerk: FlaskClient, sku: Sku
) -> None:
    clerk.post("/supplier/receipts/new", data=a_form(sku, step="save"))
    lot = session.scalars(
        select(Lot.code).join(GoodsReceipt, GoodsReceipt.lot_id == Lot.id)
    ).one()
    more = a_form(sku, step="save", code="GB260601-ABCDEG", lot=lot)

    assert clerk.post("/supplier/receipts/new", data=more).status_code == 302

    check_deferred(session)
    row = session.scalars(
        select(Lot).where(Lot.code == lot).execution_options(populate_existing=True)
    ).one()
    assert (row.weight_g, row.received) == (24_690, 24)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"weight_kg": "0"}, "重量请填大于零的公斤数"),
        ({"weight_kg": "-3"}, "重量请填大于零的公斤数"),
        ({"weight_kg": "NaN"}, "重量请填大于零的公斤数"),
        ({"weight_kg": "1e400"}, "重量请填大于零的公斤数"),
        ({"weight_kg": "12.3456"}, "重量请填大于零的公斤数"),
        ({"weight_kg": "十"}, "重量请填大于零的公斤数"),
        ({"grade": "0"}, "等级系数请填"),
        ({"grade": "abc"}, "等级系数请填"),
        ({"grade": "9" * 5_000}, "等级系数请填"),
        ({"received_on": "tomorrow"}, "日期请按"),
        ({"received_on": "2999-01-01"}, "收购日期不能晚于今天"),
        ({"harvested_on": "2999-01-01"}, "采收日期不能晚于今天"),
        ({"contract": "HT-X"}, "请选择收购合同"),
        ({"contract": f"{SHOOTS}-CONSIGN"}, "请选择收购合同"),
        ({"household": "H2"}, "该合同是另一农户的"),
        ({"household": "<b>"}, "请填写户号"),
        ({"sku": ""}, "请选择商品规格"),
        ({"sku": "NONE"}, "没有找到该规格"),
        ({"lot": "NONE"}, "没有找到该批次"),
    ],
)
@pytest.mark.parametrize("step", ["check", "save"])
def test_bad_input_is_said_and_nothing_is_written(
    session: Session,
    clerk: FlaskClient,
    sku: Sku,
    step: str,
    changes: dict[str, str],
    said: str,
) -> None:
    page = clerk.post("/supplier/receipts/new", data=a_form(sku, step=step) | changes)

    assert page.status_code == 422
    assert said in page.text
    assert count(session) == 0


def test_a_lot_that_is_being_sold_takes_nothing_more(
    session: Session, clerk: FlaskClient, sku: Sku
) -> None:
    clerk.post("/supplier/receipts/new", data=a_form(sku, step="save"))
    lot = session.scalars(
        select(Lot)
        .join(GoodsReceipt, GoodsReceipt.lot_id == Lot.id)
        .execution_options(populate_existing=True)
    ).one()
    lot.available, lot.held = lot.available - 1, 1
    session.commit()

    more = a_form(sku, step="save", code="GB260601-ABCDEG", lot=lot.code)
    page = clerk.post("/supplier/receipts/new", data=more)

    assert (page.status_code, count(session)) == (422, 1)
    assert "已开始销售" in page.text


def test_a_wrong_weighing_is_taken_back_by_a_second_slip(
    session: Session, clerk: FlaskClient, sku: Sku
) -> None:
    clerk.post("/supplier/receipts/new", data=a_form(sku, step="save"))

    answer = clerk.post("/supplier/receipts/GB260601-ABCDEF/take-back")

    assert answer.location == "/supplier/receipts/GB260601-ABCDEF-R"
    assert "L:payable:hh:H1" not in balances(session)
    assert "已作废" in clerk.get("/supplier/receipts").text


def test_somebody_else_s_slip_is_not_there(
    app: Flask, session: Session, clerk: FlaskClient, sku: Sku
) -> None:
    clerk.post("/supplier/receipts/new", data=a_form(sku, step="save"))
    goat = a_browser(app, "goat")

    assert goat.get("/supplier/receipts/GB260601-ABCDEF").status_code == 404
    assert goat.post("/supplier/receipts/GB260601-ABCDEF/take-back").status_code == 404
    assert "GB260601" not in goat.get("/supplier/receipts").text
    assert count(session) == 1


def test_a_cashier_reads_slips_and_weighs_nothing(app: Flask, sku: Sku) -> None:
    till = a_browser(app, "till")

    assert till.get("/supplier/receipts").status_code == 200
    assert till.get("/supplier/receipts/new").status_code == 403
    assert till.post("/supplier/receipts/new", data=a_form(sku)).status_code == 403


def test_an_empty_form_proposes_a_new_slip_of_today(clerk: FlaskClient, sku: Sku) -> None:
    page = clerk.get("/supplier/receipts/new").text

    assert re.search(r'name="code" value="GB\d{6}-[2-9A-Z]{6}"', page)
    assert f'value="{clock.local_date(clock.now())}"' in page


def test_without_a_purchase_contract_the_page_says_what_to_do(app: Flask, sku: Sku) -> None:
    page = a_browser(app, "goat").get("/supplier/receipts").text

    assert 'href="/supplier/contracts/new"' in page
    assert 'href="/supplier/receipts/new"' not in page


def test_who_may_not_weigh_is_told_whom_to_ask(app: Flask, sku: Sku) -> None:
    page = a_browser(app, "till").get("/supplier/receipts").text

    assert 'href="/supplier/receipts/new"' not in page
