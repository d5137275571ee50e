"""SenML packs: the published examples, base fields, and what is refused."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cold_chain.values import DoorSeen, Measured
from kernel.errors import InvalidError
from shop.api import senml
from shop.api.schemas.readings import SenMLPack

NOON = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)


def read(pack: list[dict[str, Any]]) -> tuple[list[Measured], list[DoorSeen]]:
    records = msgspec.json.decode(msgspec.json.encode(pack), type=SenMLPack)
    return senml.read(records, "LOG-1", received_at=NOON)


def second(value: float) -> datetime:
    return datetime.fromtimestamp(value, UTC)


def test_base_time_and_unit_hold_for_the_records_behind_them() -> None:
    pack = [{"bt": 1_320_067_464, "bu": "Cel", "n": "t1", "v": 21.2}]
    pack += [{"n": "t1", "t": 10 * step, "v": 21.2 + step / 10} for step in range(1, 10)]

    readings, _doors = read(pack)

    assert [one.at for one in readings] == [
        second(1_320_067_464 + 10 * step) for step in range(10)
    ]
    assert [one.centi for one in readings] == list(range(2120, 2220, 10))


def test_times_around_a_base_keep_their_fraction() -> None:
    pack = [{"bt": 1_276_020_076.001, "bu": "Cel", "n": "t1", "v": 1, "t": -5}]
    pack += [{"n": "t1", "t": step, "v": 1} for step in range(-4, 1)]

    readings, _doors = read(pack)

    assert readings[0].at == datetime(2010, 6, 8, 18, 1, 11, 1_000, tzinfo=UTC)
    assert readings[-1].at == datetime(2010, 6, 8, 18, 1, 16, 1_000, tzinfo=UTC)


def test_small_times_count_from_the_receipt() -> None:
    readings, _doors = read([{"n": "t1", "u": "Cel", "v": -18, "t": -60}])

    assert readings == [Measured("t1", second(NOON.timestamp() - 60), -1800)]


def test_base_value_is_added_and_kelvin_is_understood() -> None:
    readings, _doors = read(
        [{"bn": "urn:dev:LOG-1:", "bv": 2, "n": "t1", "u": "K", "v": 271.15}]
    )

    assert [(one.channel_code, one.centi) for one in readings] == [("t1", 0)]


def test_a_truth_is_a_door() -> None:
    _readings, doors = read([{"n": "LOG-1/door", "vb": True, "t": 1_780_000_000}])

    assert doors == [DoorSeen("door", second(1_780_000_000), is_open=True)]


def test_a_record_of_base_fields_only_is_no_reading() -> None:
    assert read([{"bn": "t1", "bu": "Cel"}, {"v": 4.0}])[0] == [Measured("t1", NOON, 400)]


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"n": "t1", "u": "%RH", "v": 50}, "senml_unit_unknown"),
        ({"n": "t1", "v": 50}, "senml_unit_unknown"),
        ({"n": "t1", "u": "Cel"}, "senml_unit_unknown"),
        ({"n": "t1", "u": "Cel", "v": 1, "vb": True}, "senml_value_twice"),
        ({"u": "Cel", "v": 1}, "senml_channel_missing"),
        ({"n": "LOG-1:", "u": "Cel", "v": 1}, "senml_channel_missing"),
        ({"n": "LOG-2:t1", "u": "Cel", "v": 1}, "senml_other_device"),
        ({"n": "t1", "u": "Cel", "v": 1, "t": -250_000_000_000}, "senml_time_out_of_range"),
        ({"n": "t1", "u": "Cel", "v": 1, "bt": 2e11, "t": 2e11}, "senml_time_out_of_range"),
    ],
)
def test_a_record_that_cannot_be_meant_is_refused(record: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        read([record])

    assert (refusal.value.code, refusal.value.params["record"]) == (code, 0)


@pytest.mark.parametrize(
    "pack",
    [
        [],
        [{"n": "t1", "unknown": 1}],
        [{"n": "t1", "v": "4.0"}],
        [{"n": "t1", "v": 1e9}],
        [{"n": "t 1", "v": 1}],
        [{"n": None, "v": 1}],
        [{"bver": 11, "n": "t1", "v": 1}],
        {"n": "t1", "v": 1},
        [{"n": "t1", "v": 1}] * 10_001,
    ],
)
def test_what_is_no_pack_is_refused_when_reading(pack: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        read(pack)


@given(
    st.integers(-8_000, 8_000),
    st.integers(0, 4_000_000_000),
    st.integers(0, 999_999),
)
def test_hundredths_and_microseconds_survive(centi: int, whole: int, micro: int) -> None:
    moment = second(2**28 + whole).replace(microsecond=micro)
    pack = [{"n": "t1", "u": "Cel", "v": centi / 100, "t": moment.timestamp()}]

    (reading,) = read(pack)[0]

    assert reading.centi == centi
    assert abs((reading.at - moment).total_seconds()) < 1e-5
