"""The event hash is that of the standard's reference, however the event is written."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cold_chain.epcis import hashing, names
from tests.builders.epcis import CONTEXT, OWN, a_warm_box, an_event

WORDS = [CONTEXT, OWN]
NI = "ni:///sha-256;{}?ver=CBV2.0"

# What the reference implementation (epcis-event-hash-generator 1.9.3) says of these events.
REFERENCE = {
    "a warm box": (
        a_warm_box(),
        "4afcdd3db3ff438fbe6c5a341ab8d1c405945f10d0c9a21b44d9ff45358b3801",
    ),
}


@pytest.mark.parametrize("name", list(REFERENCE))
def test_hash_is_that_of_the_reference(name: str) -> None:
    event, digest = REFERENCE[name]

    assert hashing.hash_event(event, WORDS) == NI.format(digest)


def _shuffled(value: Any, random: Any) -> Any:
    if isinstance(value, dict):
        names_ = list(value)
        random.shuffle(names_)
        return {name: _shuffled(value[name], random) for name in names_}
    if isinstance(value, list):
        parts = [_shuffled(one, random) for one in value]
        random.shuffle(parts)
        return parts
    return value


@given(st.randoms(use_true_random=False))
def test_hash_does_not_depend_on_order(random: Any) -> None:
    event = a_warm_box(
        bizTransactionList=[
            {"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:0614141073467:1"},
            {"type": "desadv", "bizTransaction": "urn:epcglobal:cbv:bt:0614141073467:2"},
        ]
    )

    assert hashing.hash_event(_shuffled(event, random), WORDS) == hashing.hash_event(
        event, WORDS
    )


@pytest.mark.parametrize(
    "same",
    [
        {"eventTime": "2022-02-16T14:00:00Z"},
        {"eventTime": "2022-02-16T22:00:00.0004+08:00"},
        {"bizStep": "https://ref.gs1.org/cbv/BizStep-inspecting"},
        {"bizStep": "urn:epcglobal:cbv:bizstep:inspecting"},
        {"epcList": ["https://id.gs1.org/01/04012345111118/21/9876"]},
        {"epcList": ["https://example.com/a/gtin/4012345111118/ser/9876?17=250101"]},
        {"eventID": "urn:uuid:404d95fc-9457-4a51-bd6a-0bba133845a8"},
        {"recordTime": "2022-02-16T23:00:00Z"},
        {"errorDeclaration": {"declarationTime": "2022-02-17T00:00:00Z"}},
    ],
)
def test_the_same_said_otherwise_has_the_same_hash(same: dict[str, Any]) -> None:
    assert hashing.hash_event(an_event(**same), WORDS) == hashing.hash_event(an_event(), WORDS)


@pytest.mark.parametrize(
    "other",
    [
        {"eventTime": "2022-02-16T15:00:00.001+01:00"},
        {"action": "ADD"},
        {"bizStep": "packing"},
        {"epcList": ["urn:epc:id:sgtin:4012345.011111.9877"]},
        {"readPoint": {"id": "urn:epc:id:sgln:4012345.00006.0"}},
        {"example:own": "1"},
        {"disposition": "active"},
    ],
)
def test_every_change_changes_the_hash(other: dict[str, Any]) -> None:
    assert hashing.hash_event(an_event(**other), WORDS) != hashing.hash_event(an_event(), WORDS)


def test_own_words_count_by_their_address_not_their_prefix() -> None:
    mine = hashing.hash_event(an_event(**{"example:a": "1"}), WORDS)
    renamed = hashing.hash_event(
        an_event(**{"x:a": "1"}), [CONTEXT, {"x": "http://ns.example.com/epcis/"}]
    )
    foreign = hashing.hash_event(an_event(**{"x:a": "1"}), [CONTEXT, {"x": "http://other/"}])

    assert mine == renamed
    assert mine != foreign


def test_hashing_leaves_the_event_alone() -> None:
    event = a_warm_box()
    before = copy.deepcopy(event)

    hashing.hash_event(json.loads(json.dumps(event)), WORDS)
    hashing.hash_event(event, WORDS)

    assert event == before


@pytest.mark.parametrize(
    ("urn", "web"),
    [
        ("urn:epc:id:sgtin:4012345.011111.9876", "/01/04012345111118/21/9876"),
        ("urn:epc:id:sscc:0614141.1234567890", "/00/106141412345678908"),
        ("urn:epc:id:sgln:4012345.00005.0", "/414/4012345000054"),
        ("urn:epc:id:sgln:0614141.07346.1234", "/414/0614141073467/254/1234"),
        ("urn:epc:id:pgln:9520001.11111", "/417/9520001111112"),
        ("urn:epc:id:grai:4012345.55555.987", "/8003/04012345555554987"),
        ("urn:epc:id:giai:4000001.12345", "/8004/400000112345"),
        ("urn:epc:class:lgtin:4012345.012345.998877", "/01/04012345123456/10/998877"),
        ("urn:epc:idpat:sgtin:4012345.098765.*", "/01/04012345987652"),
    ],
)
def test_urns_and_web_addresses_are_one_name(urn: str, web: str) -> None:
    assert names.canonical(urn) == names.ROOT + web
    assert names.canonical(names.ROOT + web) == names.ROOT + web
    assert names.wrong_check_digit(names.ROOT + web) is None


@given(st.integers(0, 10**17 - 1))
def test_one_wrong_digit_is_always_found(number: int) -> None:
    right = names.with_check_digit(f"{number:017}")
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)

    assert names.wrong_check_digit(f"{names.ROOT}/00/{right}") is None
    assert names.wrong_check_digit(f"{names.ROOT}/00/{wrong}") == right[-1]


@given(st.text())
def test_any_text_may_be_asked_for_its_name(text: str) -> None:
    assert names.canonical_or_same(text)[:0] == ""
    names.wrong_check_digit(text)
    names.canonical(f"urn:epc:{text}")
    names.canonical(f"https://id.gs1.org/{text}")
