"""Devices hand in readings in their own forms, each under its own address."""

import json
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import Workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from cold_chain import service
from cold_chain.models import RawBlock, Reading
from cold_chain.values.files import NewTemplate
from cold_chain.values.tables import TableSpec, ValueColumn
from kernel import clock
from tests.builders.api import signed
from tests.builders.cold_chain import NOON, a_device
from tests.builders.telemetry_commands import a_frame

JSON = "application/json"
BYTES = "application/octet-stream"


@pytest.fixture
def logger(session: Session) -> str:
    code = a_device(session)
    spec = TableSpec(
        values=(ValueColumn(column="温度", channel="t1"),), time="时间", zone="Asia/Shanghai"
    )
    service.save_template(
        session, NewTemplate(code="T", name="表", spec=spec, actor="person:1", at=NOON)
    )
    session.commit()
    return code


def hand_in(client: FlaskClient, form: str, body: bytes, media: str) -> TestResponse:
    headers = signed(body)
    return client.post(
        f"/api/v1/readings/{form}", data=body, headers=headers, content_type=media
    )


def test_each_form_is_stored(client: FlaskClient, session: Session, logger: str) -> None:
    at = int((clock.now() - timedelta(minutes=5)).timestamp())
    local = clock.now() + timedelta(hours=7, minutes=57)
    sent: list[tuple[str, Any, str]] = [
        ("senml", [{"n": "t1", "u": "Cel", "t": at, "v": 4}, {"n": "h", "v": 5}], JSON),
        ("thingsboard", {"ts": at * 1000 + 1, "values": {"temperature": 4}}, JSON),
    ]
    answers = [
        hand_in(client, form, json.dumps(body).encode(), media) for form, body, media in sent
    ]
    answers.append(hand_in(client, "jt808", a_frame(clock.now() - timedelta(minutes=1)), BYTES))
    table = f"时间,温度\n{local:%Y-%m-%d %H:%M:%S},4.0\n坏行,1\n".encode("gbk")
    answers.append(hand_in(client, "table?template=T", table, "text/csv"))

    assert [one.status_code for one in answers] == [202] * 4
    assert [one.get_json()["stored"] for one in answers] == [1] * 4
    assert answers[0].get_json()["ignored"] == 1
    assert answers[3].get_json()["refusals"] == [{"place": 3, "code": "moment_unreadable"}]
    assert session.scalar(select(func.count()).select_from(Reading)) == 4
    assert session.scalar(select(func.count()).select_from(RawBlock)) == 4


def test_a_workbook_is_taken_by_its_template(client: FlaskClient, logger: str) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["时间", "温度"])
    book.active.append([f"{clock.now():%Y-%m-%d} 00:00", 4])
    packed = BytesIO()
    book.save(packed)

    answer = hand_in(client, "table?template=T", packed.getvalue(), BYTES)

    assert (answer.status_code, answer.get_json()["stored"]) == (202, 1)


@pytest.mark.parametrize(
    ("form", "body", "media", "status"),
    [
        ("senml", b"{", JSON, 422),
        ("senml", b"[]", "text/plain", 415),
        ("thingsboard", b'{"LOG-2":[{"ts":1,"values":{"t1":1}}]}', JSON, 422),
        ("thingsboard", b"[]", JSON, 422),
        ("jt808", b"~~", BYTES, 422),
        ("jt808", b"\x7e\x01\x7e", BYTES, 422),
        ("table?template=NONE", b"a,b", "text/csv", 404),
        ("table", b"a,b", "text/csv", 422),
        ("table?template=T", b"\x00", "text/csv", 422),
        ("table?template=T&zone=Mars", "时间,温度\n".encode(), "text/csv", 422),
        ("xml", b"<a/>", BYTES, 404),
    ],
)
def test_what_cannot_be_read_is_refused_and_nothing_kept(
    client: FlaskClient,
    session: Session,
    logger: str,
    form: str,
    body: bytes,
    media: str,
    status: int,
) -> None:
    answer = hand_in(client, form, body, media)

    assert (answer.status_code, session.scalar(select(func.count()).select_from(RawBlock))) == (
        status,
        0,
    )


def test_a_forged_frame_is_refused(client: FlaskClient, logger: str) -> None:
    body = a_frame(clock.now() - timedelta(minutes=1))
    headers = signed(body) | {"X-Signature": "0" * 64}

    answer = client.post(
        "/api/v1/readings/jt808", data=body, headers=headers, content_type=BYTES
    )

    assert answer.status_code == 403
