"""Loggers hand in readings: proven, in either form, as often as they like."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from cold_chain.models import Device, Reading
from kernel import clock
from tests.builders.api import signed
from tests.builders.cold_chain import a_device

READINGS = "/api/v1/readings"
SENML = "application/senml+json"


@pytest.fixture
def logger(session: Session) -> str:
    code = a_device(session)
    session.commit()
    return code


def rows(*centis: int, first_minute: int = 60) -> list[list[Any]]:
    start = clock.now() - timedelta(minutes=first_minute)
    return [
        ["t1", int((start + timedelta(minutes=index)).timestamp()), centi]
        for index, centi in enumerate(centis)
    ]


def hand_in(client: FlaskClient, body: bytes, **changes: str) -> TestResponse:
    headers = signed(body, **changes)
    return client.post(READINGS, data=body, headers=headers, content_type="application/json")


def compact(readings: list[list[Any]], **more: Any) -> bytes:
    return json.dumps({"readings": readings} | more).encode()


def test_new_readings_are_stored_and_counted(
    client: FlaskClient, session: Session, logger: str
) -> None:
    body = compact(rows(-1800, -1790, 8500), doors=[["door", rows(0)[0][1], True]])

    answer = hand_in(client, body)

    assert answer.status_code == 202
    assert answer.get_json() == {
        "block": 1,
        "is_repeated": False,
        "stored": 3,
        "duplicate": 0,
        "conflict": 0,
        "quarantined": 1,
        "clock_faults": 0,
        "refused": 0,
        "ignored": 0,
        "refusals": [],
    }
    assert session.scalar(select(func.count()).select_from(Reading)) == 3


def test_the_same_body_again_changes_nothing(
    client: FlaskClient, session: Session, logger: str
) -> None:
    body = compact(rows(-1800, -1790))
    hand_in(client, body)

    again = hand_in(client, body).get_json()

    assert (again["block"], again["is_repeated"], again["stored"]) == (1, True, 0)
    assert session.scalar(select(func.count()).select_from(Reading)) == 2


def test_readings_known_already_and_contradictions_are_told_apart(
    client: FlaskClient, logger: str
) -> None:
    sent = rows(-1800, -1790)
    hand_in(client, compact(sent))
    other = [sent[0], [*sent[1][:2], -1700], ["t1", sent[1][1] + 60, -1780]]

    answer = hand_in(client, compact(other)).get_json()

    assert [answer[key] for key in ("stored", "duplicate", "conflict")] == [1, 1, 1]


def test_senml_and_the_short_form_say_the_same(client: FlaskClient, logger: str) -> None:
    sent = rows(-1800, -1790)
    hand_in(client, compact(sent))
    pack = [{"bn": "urn:dev:LOG-1:", "bt": sent[0][1], "bu": "Cel", "n": "t1", "v": -18}]
    body = json.dumps([*pack, {"n": "t1", "t": 60, "v": -17.9}]).encode()

    answer = client.post(READINGS, data=body, headers=signed(body), content_type=SENML)

    assert (answer.status_code, answer.get_json()["duplicate"]) == (202, 2)


def test_moments_nobody_can_believe_are_set_aside(client: FlaskClient, logger: str) -> None:
    body = compact([["t1", 0, -1800], ["t1", 4_000_000_000, -1800]])

    assert hand_in(client, body).get_json()["clock_faults"] == 2


def test_ten_thousand_readings_fit_into_one_upload(client: FlaskClient, logger: str) -> None:
    start = int(clock.now().timestamp()) - 10_000
    body = compact([["t1", start + index, -1800 + index % 7] for index in range(10_000)])

    answer = hand_in(client, body)

    assert (answer.status_code, answer.get_json()["stored"]) == (202, 10_000)


def test_one_more_than_ten_thousand_is_refused(client: FlaskClient, logger: str) -> None:
    body = compact([["t1", index, 0] for index in range(10_001)])

    assert hand_in(client, body).status_code == 422


def test_an_upload_over_too_many_days_is_refused(client: FlaskClient, logger: str) -> None:
    body = compact([["t1", 1_700_000_000 + 86_400 * day, 0] for day in range(63)])

    answer = hand_in(client, body)

    assert (answer.status_code, answer.get_json()["code"]) == (422, "readings_too_wide")


@pytest.mark.parametrize(
    "changes",
    [
        {"X-Signature": "0" * 64},
        {"X-Device": "LOG-2"},
        {"X-Timestamp": "1"},
        {"X-Nonce": "another-nonce"},
    ],
)
def test_a_forged_request_is_refused(
    client: FlaskClient, session: Session, logger: str, changes: dict[str, str]
) -> None:
    body = compact(rows(-1800))

    answer = client.post(
        READINGS,
        data=body,
        headers=signed(body) | changes,
        content_type="application/json",
    )

    assert answer.status_code == 403
    assert session.scalar(select(func.count()).select_from(Reading)) == 0


def test_a_changed_body_is_refused(client: FlaskClient, logger: str) -> None:
    headers = signed(compact(rows(-1800)))

    answer = client.post(
        READINGS,
        data=compact(rows(-1700)),
        headers=headers,
        content_type="application/json",
    )

    assert answer.status_code == 403


def test_a_recorded_request_cannot_be_played_again(client: FlaskClient, logger: str) -> None:
    body = compact(rows(-1800))
    headers = signed(body)
    first = client.post(READINGS, data=body, headers=headers, content_type="application/json")

    again = client.post(READINGS, data=body, headers=headers, content_type="application/json")

    assert (first.status_code, again.status_code) == (202, 403)
    assert again.get_json()["code"] == "nonce_replayed"


def test_a_revoked_logger_is_refused(
    client: FlaskClient, session: Session, logger: str
) -> None:
    session.execute(update(Device).values(revoked_at=clock.now()))
    session.commit()

    assert hand_in(client, compact(rows(-1800))).status_code == 403


@pytest.mark.parametrize("missing", ["X-Device", "X-Timestamp", "X-Nonce", "X-Signature"])
def test_a_request_without_proof_is_refused(
    client: FlaskClient, logger: str, missing: str
) -> None:
    body = compact(rows(-1800))
    headers = signed(body)
    del headers[missing]

    answer = client.post(READINGS, data=body, headers=headers, content_type="application/json")

    assert answer.status_code == 422
    assert answer.get_json()["errors"] == [{"header": missing, "detail": "必填。"}]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"readings": [["t1", 1.5, 0]]}',
        b'{"readings": [["t1", 1, 0, 0]]}',
        b'{"readings": [["t1", 1, true]]}',
        b'{"readings": [["t1", -1, 0]]}',
        b'{"readings": [["nobody", 1780000000, 0]]}',
        b'{"readings": [["door", 1780000000, 0]]}',
        b'{"readings": [], "more": 1}',
        b'{"readings": ' + b"[" * 100_000,
        b'{"readings": [["t1", 1780000000, 1' + b"0" * 40 + b"]]}",
        b'{"readings": [["\\u0000", 1780000000, 0]]}',
        b"\xff\xfe",
    ],
)
def test_a_body_that_says_nothing_is_refused(
    client: FlaskClient, logger: str, body: bytes
) -> None:
    assert hand_in(client, body).status_code == 422


def test_another_media_type_is_refused(client: FlaskClient, logger: str) -> None:
    body = compact(rows(-1800))

    answer = client.post(READINGS, data=body, headers=signed(body), content_type="text/csv")

    assert answer.status_code == 415


def test_a_body_of_three_megabytes_is_refused(client: FlaskClient, logger: str) -> None:
    body = b" " * (3 * 1024 * 1024)

    assert hand_in(client, body).status_code == 413
