"""Documents of events: what is taken, what is refused, and what is doubtful."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cold_chain.epcis import reading
from tests.builders.epcis import a_document, a_sensor_element, a_warm_box, an_event

AT = "2022-02-16T14:05:00Z"


def problems(document: Any) -> set[tuple[str, str]]:
    found = reading.read(document)
    return {
        (one.pointer.removeprefix("/epcisBody/eventList/0"), one.code)
        for one in (
            *found.problems,
            *(wrong for each in found.events for wrong in each.problems),
        )
    }


def doubts(event: dict[str, Any]) -> set[tuple[str, str]]:
    (found,) = reading.read(a_document(event)).events
    assert not found.problems
    return {
        (one.pointer.removeprefix("/epcisBody/eventList/0"), one.code) for one in found.doubts
    }


def test_a_good_document_is_taken_apart() -> None:
    found = reading.read(a_document(an_event(), a_warm_box()))

    assert [one.pointer for one in found.events] == [
        "/epcisBody/eventList/0",
        "/epcisBody/eventList/1",
    ]
    assert not any(one.problems or one.doubts for one in found.events)


def test_a_single_event_needs_its_context() -> None:
    assert problems(an_event()) == {("/@context", "missing")}
    assert problems({**an_event(), "@context": a_document()["@context"]}) == set()


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"bizStep": "slaughtering"}, ("/bizStep", "unknown_word")),
        ({"disposition": "fresh"}, ("/disposition", "unknown_word")),
        ({"action": "KEEP"}, ("/action", "unknown_word")),
        ({"eventTime": "2026-05-12 14:00"}, ("/eventTime", "not_moment")),
        ({"eventTime": "2026-05-12T14:00:00"}, ("/eventTime", "not_moment")),
        ({"eventTimeZoneOffset": "+8"}, ("/eventTimeZoneOffset", "wrong_form")),
        ({"epcList": ["bare"]}, ("/epcList/0", "not_uri")),
        ({"epcList": ["urn:a:b", "urn:a:b"]}, ("/epcList", "repeated")),
        ({"readPoint": {"name": "door"}}, ("/readPoint/id", "missing")),
        ({"colour": "red"}, ("/colour", "unknown_field")),
        ({"ilmd": {"example:lot": "1"}}, ("/ilmd", "not_here")),
        ({"quantityList": [{"epcClass": "urn:a:b", "x": 1}]}, ("/quantityList/0/x",
                                                               "unknown_field")),
        ({"sensorElementList": [{"sensorReport": []}]}, ("/sensorElementList/0/sensorReport",
                                                          "too_few")),
        ({"sensorElementList": [{"sensorReport": [{"type": "MKT"}]}]},
         ("/sensorElementList/0/sensorReport/0/type", "unknown_word")),
        ({"persistentDisposition": {}}, ("/persistentDisposition", "missing")),
    ],
)  # fmt: skip
def test_what_is_not_of_the_form_is_refused(
    changes: dict[str, Any], found: tuple[str, str]
) -> None:
    assert found in problems(a_document(an_event(**changes)))


def test_words_of_ones_own_are_taken_under_a_prefix() -> None:
    event = an_event(
        sensorElementList=[{"sensorReport": [{"type": "example:MeanKineticTemperature"}]}],
        bizStep="https://example.com/own-step",
    )

    assert problems(a_document(event)) == set()


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"epcList": ["https://id.gs1.org/00/106141412345678907"]},
         ("/epcList/0", "check_digit_wrong")),
        ({"epcList": ["urn:epc:id:sscc:0614141.123"]}, ("/epcList/0", "key_malformed")),
        ({"quantityList": [{"epcClass": "urn:a:b", "quantity": -1}]},
         ("/quantityList/0/quantity", "negative")),
        ({"bizLocation": {"id": "https://id.gs1.org/414/4012345000055"}},
         ("/bizLocation/id", "check_digit_wrong")),
        ({"sourceList": [{"type": "location", "source": "https://x.org/gln/4012345000055"}]},
         ("/sourceList/0/source", "check_digit_wrong")),
    ],
)  # fmt: skip
def test_keys_are_looked_at(changes: dict[str, Any], found: tuple[str, str]) -> None:
    assert doubts(an_event(**changes)) == {found}


def _sensed(metadata: dict[str, Any], report: dict[str, Any]) -> set[tuple[str, str]]:
    element = {
        "sensorMetadata": metadata,
        "sensorReport": [{"type": "Temperature", "uom": "CEL", **report}],
    }
    return {
        (place.removeprefix("/sensorElementList/0"), code)
        for place, code in doubts(an_event(sensorElementList=[element]))
    }


@pytest.mark.parametrize(
    ("metadata", "report", "found"),
    [
        ({"startTime": AT, "endTime": "2022-02-16T14:04:59Z"}, {},
         ("/sensorMetadata/endTime", "ends_before_start")),
        ({"time": "2022-02-16T14:00:00.001Z"}, {}, None),
        ({"time": "2022-02-16T14:00:01Z"}, {}, ("/sensorMetadata/time", "after_event")),
        ({"deviceID": "urn:a:b"}, {"deviceID": "urn:a:b"},
         ("/sensorReport/0/deviceID", "said_twice")),
        ({"time": "2022-02-16T13:00:00Z"}, {"time": "2022-02-16T13:00:00Z"},
         ("/sensorReport/0/time", "said_twice")),
        ({"time": "2022-02-16T13:00:00Z", "startTime": "2022-02-16T12:00:00Z"}, {},
         ("/sensorMetadata/time", "said_twice")),
        ({}, {"value": -300}, ("/sensorReport/0/value", "impossible")),
        ({}, {"value": 300, "uom": "KGM"}, ("/sensorReport/0/uom", "unit_wrong")),
        ({}, {"minValue": 5, "meanValue": 4, "maxValue": 6},
         ("/sensorReport/0/meanValue", "out_of_order")),
        ({}, {"sDev": -1}, ("/sensorReport/0/sDev", "negative")),
    ],
)  # fmt: skip
def test_sensors_that_contradict_themselves_are_found(
    metadata: dict[str, Any], report: dict[str, Any], found: tuple[str, str] | None
) -> None:
    told = _sensed(metadata, report)

    if found is None:
        assert {code for _, code in told} <= {"after_event"}
    else:
        assert found in told


def test_kelvin_is_colder_than_can_be_only_below_zero() -> None:
    element = a_sensor_element("2022-02-16T13:05:00Z", ("Temperature", 255.15, "KEL"))
    warm = an_event(sensorElementList=[element])

    assert doubts(warm) == set()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[1, 2",
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": 1, "a": 2}',
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud800"}',
        b"[" * 100_000,
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_bytes_that_cannot_be_kept_are_unreadable(body: bytes) -> None:
    with pytest.raises(reading.UnreadableError):
        reading.parse(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda one: (
        st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=8), one, max_size=3)
    ),
    max_leaves=8,
)


@given(st.sampled_from(sorted(a_warm_box())), JSON)
def test_any_value_anywhere_is_answered(name: str, value: Any) -> None:
    document = a_document({**a_warm_box(), name: value})

    found = reading.read(json.loads(json.dumps(document)))

    assert found.events or found.problems


@given(JSON)
def test_any_json_is_answered(document: Any) -> None:
    assert reading.read(document).problems
