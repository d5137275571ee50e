"""ThingsBoard telemetry: its forms and time scales; hostile bytes in every format."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cold_chain.rules.formats import read_body, thingsboard
from cold_chain.values import DoorSeen, IntakeFormat, Measured
from cold_chain.values.formats import Findings
from cold_chain.values.tables import TableSpec, ValueColumn
from kernel.errors import InvalidError
from tests.builders.cold_chain import NOON
from tests.cold_chain.formats import a_sender

AT = datetime(2016, 1, 1, 12, 0, 0, 512_000, tzinfo=UTC)
SPEC = TableSpec(
    values=(
        ValueColumn(column="#2", channel="t1"),
        ValueColumn(column="#3", channel="door"),
    ),
    time="#1",
    zone="Asia/Shanghai",
    heading_line=0,
)


def read(sent: Any) -> Findings:
    return thingsboard.decode(msgspec.json.encode(sent), a_sender())


@pytest.mark.parametrize(
    "sent",
    [
        {"ts": 1451649600512, "values": {"temperature": -18.2}},
        [{"ts": 1451649600512, "values": {"temperature": "-18.2"}}],
        {"LOG-1": [{"ts": 1451649600512, "values": {"t1": -18.2}}]},
        {"S-LOG-1": [{"ts": "1451649600512", "values": {"temperature": -18.2}}]},
    ],
)
def test_the_forms_say_the_same(sent: Any) -> None:
    assert read(sent).readings == [Measured("t1", AT, -1820)]


def test_seconds_are_told_from_milliseconds() -> None:
    found = read({"ts": 1451649600, "values": {"t1": 4}})

    assert found.readings == [Measured("t1", AT.replace(microsecond=0), 400)]


def test_a_message_without_a_moment_counts_from_its_receipt() -> None:
    found = read({"temperature": 4.25, "door": "open", "battery": 3.3})

    assert found.readings == [Measured("t1", NOON, 425)]
    assert found.doors == [DoorSeen("door", NOON, is_open=True)]
    assert found.ignored == 1


def test_what_cannot_be_read_is_told_and_the_rest_taken() -> None:
    found = read(
        [
            {"ts": 1451649600512, "values": {"t1": "warm", "door": "ajar", "t2": 4}},
            {"ts": "yesterday", "values": {"t1": 4}},
            7,
            {"ts": 1451649600512, "values": [1]},
        ]
    )

    assert [one.centi for one in found.readings] == [400]
    assert [(one.place, one.code) for one in found.refused] == [
        (0, "value_unreadable"),
        (0, "door_unreadable"),
        (1, "moment_unreadable"),
        (2, "message_unreadable"),
        (3, "message_unreadable"),
    ]


def test_a_gateway_may_not_speak_for_another_device() -> None:
    with pytest.raises(InvalidError, match="another device"):
        read({"LOG-1": [], "LOG-2": [{"ts": 1451649600512, "values": {"t1": 4}}]})


@pytest.mark.parametrize("body", [b"", b"7", b"null", b'"x"', b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_telemetry_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidError):
        thingsboard.decode(body, a_sender())


def test_too_many_values_at_once_are_refused() -> None:
    with pytest.raises(InvalidError, match="too many"):
        read([{f"k{number}": 1 for number in range(200)}] * 60)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["ts", "values", "t1", "door", "bn", "n", "v", "t", "u", "LOG-1"])
            | st.text(),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
CELLS = st.text(alphabet="0123456789-:/. ,;\t年月日时分℃－PMam下午零\"'\n\x00e", max_size=80)
BODIES = (
    st.binary(max_size=300)
    | JSON.map(msgspec.json.encode)
    | CELLS.map(str.encode)
    | st.binary(max_size=80).map(lambda some: b"PK\x03\x04" + some)
    | st.binary(max_size=80).map(lambda some: b"\x7e\x02\x00" + some + b"\x7e")
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(list(IntakeFormat)), BODIES)
def test_hostile_bytes_end_in_findings_or_a_refusal(form: IntakeFormat, body: bytes) -> None:
    spec = SPEC if form is IntakeFormat.TABLE else None
    try:
        found = read_body(form, body, a_sender(), spec=spec)
    except InvalidError:
        return

    assert all(-(2**31) <= one.centi < 2**31 for one in found.readings)
    assert all(
        at.utcoffset() in {timedelta(0), timedelta(hours=8)}
        for at in [one.at for one in found.readings] + [one.at for one in found.doors]
    )
