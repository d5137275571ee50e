"""SenML packs: the published examples, every base field, and what is refused."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cold_chain.rules.formats import senml
from cold_chain.values import DoorSeen, Measured
from cold_chain.values.formats import Findings
from kernel.errors import InvalidError
from tests.builders.cold_chain import NOON
from tests.cold_chain.formats import a_sender


def read(pack: Any) -> Findings:
    return senml.decode(msgspec.json.encode(pack), a_sender())


def second(value: float) -> datetime:
    return datetime.fromtimestamp(value, UTC)


def test_the_fourth_example_resolves_as_published() -> None:
    pack: list[dict[str, Any]] = [
        {"bn": "urn:dev:ow:10e2073a01080063", "bt": 1_320_067_464, "bu": "%RH", "v": 20}
    ]
    pack += [
        {"u": "lon", "v": 24.30621},
        {"u": "lat", "v": 60.07965},
        *({"t": at, "v": 20.3 + at} for at in range(10, 60, 10)),
        {"u": "lon", "t": 60, "v": 24.30622},
        {"u": "lat", "t": 60, "v": 60.07965},
        {"u": "%EL", "t": 92, "v": 98},
        {"t": 92, "v": 19},
    ]

    resolved = senml.resolve(pack, received_at=NOON)

    assert len(resolved) == 12
    assert (resolved[0].at, resolved[-1].at) == (second(1_320_067_464), second(1_320_067_556))
    assert {one.name for one in resolved} == {"urn:dev:ow:10e2073a01080063"}
    assert [one.unit for one in resolved][:3] == ["%RH", "lon", "lat"]


def test_times_around_a_base_keep_their_fraction() -> None:
    pack: list[dict[str, Any]] = [
        {"bn": "t1", "bt": 1_276_020_076.001, "bu": "A", "bver": 5, "u": "V", "v": 120.1}
    ]
    pack += [{"t": at, "v": 1.2} for at in range(-5, 1)]

    resolved = senml.resolve(pack, received_at=NOON)

    assert [one.at.timestamp() for one in resolved] == pytest.approx(
        [1_276_020_071.001 + step for step in (0, 1, 2, 3, 4, 5, 5)], abs=1e-6
    )
    assert resolved[0].at.microsecond == 1000


def test_small_times_count_from_the_receipt() -> None:
    found = read([{"n": "t1", "u": "Cel", "v": -18, "t": -60}])
    edge = senml.resolve([{"n": "t1", "v": 1, "t": 2**28}], received_at=NOON)

    assert found.readings == [Measured("t1", second(NOON.timestamp() - 60), -1800)]
    assert edge[0].at == second(2**28)


def test_base_value_is_added_and_kelvin_is_understood() -> None:
    found = read([{"bn": "urn:dev:LOG-1:", "bv": 2, "n": "t1", "u": "K", "v": 271.15}])

    assert [(one.channel_code, one.centi) for one in found.readings] == [("t1", 0)]


def test_base_sum_sum_text_and_data_are_resolved() -> None:
    pack = [
        {"bn": "m", "bs": 5, "s": 2},
        {"n": "a", "vs": "words"},
        {"n": "b", "vd": "aGk", "ut": 60},
    ]

    total, words, data = senml.resolve(pack, received_at=NOON)

    assert (total.value, total.total) == (None, Decimal(7))
    assert (words.text, words.total) == ("words", None)
    assert (data.data, data.update_s) == ("aGk", Decimal(60))


def test_a_truth_is_a_door() -> None:
    found = read([{"n": "LOG-1/door", "vb": True, "t": 1_780_000_000}])

    assert found.doors == [DoorSeen("door", second(1_780_000_000), is_open=True)]


def test_a_record_of_base_fields_only_is_no_reading() -> None:
    found = read([{"bn": "t1", "bu": "Cel"}, {"v": 4.0}])

    assert found.readings == [Measured("t1", NOON, 400)]


def test_other_quantities_and_unknown_labels_are_passed_over() -> None:
    found = read(
        [{"n": "h1", "u": "%RH", "v": 50}, {"n": "t1", "u": "Cel", "v": 4, "colour": "red"}]
    )

    assert ([one.centi for one in found.readings], found.ignored) == ([400], 1)


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"n": "t1", "u": "%RH", "v": 50}, "senml_unit_unknown"),
        ({"n": "t1", "v": 50}, "senml_unit_unknown"),
        ({"n": "t1", "u": "Cel"}, "senml_value_missing"),
        ({"n": "t1", "u": "Cel", "v": 1, "vb": True}, "senml_value_twice"),
        ({"u": "Cel", "v": 1}, "senml_channel_missing"),
        ({"n": "t 1", "u": "Cel", "v": 1}, "senml_channel_missing"),
        ({"n": "LOG-1:", "u": "Cel", "v": 1}, "senml_channel_missing"),
        ({"n": "LOG-2:t1", "u": "Cel", "v": 1}, "senml_other_device"),
        ({"n": "t1", "u": "Cel", "v": 1, "t": -250_000_000_000}, "senml_time_out_of_range"),
        ({"n": "t1", "u": "Cel", "v": 1, "bt": 2e11, "t": 2e11}, "senml_time_out_of_range"),
        ({"n": "t1", "u": "Cel", "v": 1e300}, "senml_value_out_of_range"),
        ({"n": "t1", "u": "Cel", "v": 1, "must_": 1}, "senml_label_unknown"),
        ({"n": "t1", "u": "Cel", "v": "4.0"}, "senml_label_wrong"),
        ({"n": None, "v": 1}, "senml_label_wrong"),
        ({"bver": 11, "n": "t1", "v": 1}, "senml_version_unknown"),
        (7, "senml_label_wrong"),
    ],
)
def test_a_record_that_cannot_be_meant_is_refused(record: Any, code: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        read([record])

    assert (refusal.value.code, refusal.value.params["record"]) == (code, 0)


@pytest.mark.parametrize("pack", [[], {"n": "t1", "v": 1}, [{"n": "t1", "v": 1}] * 10_001])
def test_what_is_no_pack_is_refused(pack: Any) -> None:
    with pytest.raises(InvalidError, match="pack"):
        read(pack)


def test_versions_of_one_pack_agree() -> None:
    with pytest.raises(InvalidError, match="another version"):
        read([{"bver": 10, "n": "t1", "u": "Cel", "v": 1}, {"bver": 9, "n": "t1", "v": 1}])


@given(st.integers(-8_000, 8_000), st.integers(0, 4_000_000_000), st.integers(0, 999_999))
def test_hundredths_and_microseconds_survive(centi: int, whole: int, micro: int) -> None:
    moment = second(2**28 + whole).replace(microsecond=micro)

    (reading,) = read(
        [{"n": "t1", "u": "Cel", "v": centi / 100, "t": moment.timestamp()}]
    ).readings

    assert reading.centi == centi
    assert abs((reading.at - moment).total_seconds()) < 1e-5
