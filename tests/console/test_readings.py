"""The operator hands in files of loggers, sees what became of them and what was set aside."""

from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from cold_chain import service
from cold_chain.models import ClockCorrection
from cold_chain.values import Measured, Upload
from cold_chain.values.files import NewTemplate
from cold_chain.values.template_catalogue import TEMPLATES
from kernel import clock
from shop.tasks.intake import read_files
from tests.builders.cold_chain import NOON
from tests.builders.people import a_browser
from tests.console.conftest import Shop

TABLE = "时间,温度\n2026-06-01 12:00,4.5\n=1+1,2\n"


@pytest.fixture
def template_id(session: Session, shop: Shop) -> int:
    ids = [
        service.save_template(session, NewTemplate(**one, actor="task:test", at=NOON))
        for one in TEMPLATES
    ]
    session.commit()
    return ids[0]


def hand_in(operator: FlaskClient, form: str, body: bytes = TABLE.encode()) -> TestResponse:
    data = {"device": "LOG-1", "form": form, "file": (BytesIO(body), "六月<b>.csv")}
    return operator.post("/console/readings/files", data=data)


def test_a_file_is_taken_read_and_told(
    app: Flask, operator: FlaskClient, template_id: int
) -> None:
    answer = hand_in(operator, f"table:{template_id}")
    waiting = operator.get(answer.location).text
    with app.app_context():
        assert read_files() == 1
        assert read_files() == 0
    done = operator.get(answer.location)
    refused = operator.get(f"{answer.location}/refused.csv")

    assert answer.status_code == 302
    assert "等待读取" in waiting
    assert "已读取" in done.text
    assert "六月&lt;b&gt;.csv" in done.text
    assert "无法识别的时间" in done.text
    assert "'=1+1,2" in refused.text
    assert operator.get(f"{answer.location}/original").data == TABLE.encode()
    assert "六月" in operator.get("/console/readings").text


def test_the_same_file_leads_to_the_one_that_is_there(
    operator: FlaskClient, template_id: int
) -> None:
    first = hand_in(operator, f"table:{template_id}")

    assert hand_in(operator, f"table:{template_id}").location == first.location


@pytest.mark.parametrize("form", ["", "xml", "table", "table:0", "table:x"])
def test_a_form_that_cannot_be_meant_is_refused(
    operator: FlaskClient, template_id: int, form: str
) -> None:
    assert hand_in(operator, form).status_code == 422


def test_an_empty_file_and_an_unknown_logger_are_refused(
    operator: FlaskClient, template_id: int
) -> None:
    assert hand_in(operator, f"table:{template_id}", b"").status_code == 422
    data = {"device": "X", "form": "senml", "file": (BytesIO(b"[]"), "a.json")}
    assert operator.post("/console/readings/files", data=data).status_code == 422
    assert operator.post("/console/readings/files", data={"form": "senml"}).status_code == 422


def test_a_wrong_clock_is_put_right_by_a_decision(
    session: Session, operator: FlaskClient, shop: Shop
) -> None:
    at = clock.now().replace(microsecond=0) + timedelta(hours=8)
    readings = (Measured("t1", at, 400),)
    upload = Upload(
        device_code="LOG-1", body=b"zone", received_at=clock.now(), readings=readings
    )
    service.ingest_block(session, upload)
    since = clock.now() - timedelta(days=1)
    service.propose_corrections(session, since=since, at=clock.now())
    session.commit()
    number = session.scalar(select(ClockCorrection.id))
    address = f"/console/readings/corrections/{number}"

    shown = operator.get("/console/readings/aside").text
    wrong = operator.post(address, data={"state": "perhaps", "note": "x"})
    mute = operator.post(address, data={"state": "accepted", "note": ""})
    done = operator.post(address, data={"state": "accepted", "note": "司机确认"})
    twice = operator.post(address, data={"state": "accepted", "note": "司机确认"})

    assert "时区错误" in shown
    assert [one.status_code for one in (wrong, mute, done, twice)] == [422, 409, 302, 409]
    assert "司机确认" in operator.get("/console/readings/aside").text


def test_the_pages_are_the_operators(app: Flask, operator: FlaskClient, shop: Shop) -> None:
    consumer = a_browser(app, "consumer")

    for page in ("readings", "readings/aside"):
        assert operator.get(f"/console/{page}").status_code == 200
        assert consumer.get(f"/console/{page}").status_code == 403
    assert operator.get("/console/readings/files/999999").status_code == 404
    assert operator.get("/console/readings/files/999999/refused.csv").status_code == 404
