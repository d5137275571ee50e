"""States of shipments, health of devices, doors, curves and chains."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cold_chain.errors import ShipmentStateError
from cold_chain.rules.chain import GENESIS, Link, block_hash, data_version, find_break
from cold_chain.rules.charts import thin
from cold_chain.rules.doors import open_periods
from cold_chain.rules.states import TRANSITIONS, check_transition, device_health
from cold_chain.values import DeviceHealth, DeviceState, ShipmentState, Span
from tests.builders.cold_chain import NOON, a_custody, a_series


def test_every_state_has_a_row_and_is_reached_from_a_draft() -> None:
    reached = {ShipmentState.DRAFT}
    for _ in TRANSITIONS:
        reached |= {after for before in reached for after in TRANSITIONS[before]}

    assert set(TRANSITIONS) == set(ShipmentState) == reached


def test_goods_are_cancelled_before_loading_only() -> None:
    check_transition(1, ShipmentState.READY, ShipmentState.CANCELLED)

    with pytest.raises(ShipmentStateError):
        check_transition(1, ShipmentState.LOADED, ShipmentState.CANCELLED)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (15, DeviceHealth.ACTIVE),
        (16, DeviceHealth.ABNORMAL),
        (21, DeviceHealth.OFFLINE),
        (48 * 60 + 1, DeviceHealth.SERVICE),
    ],
)
def test_a_silent_device_is_first_abnormal_then_offline_then_a_case_for_service(
    minutes: int, expected: DeviceHealth
) -> None:
    seen_at = NOON - timedelta(minutes=minutes)

    assert device_health(DeviceState.ACTIVE, seen_at, at=NOON) is expected


def test_a_device_never_heard_of_is_registered_and_a_retired_one_stays_retired() -> None:
    assert device_health(DeviceState.REGISTERED, None, at=NOON) is DeviceHealth.REGISTERED
    assert device_health(DeviceState.RETIRED, NOON, at=NOON) is DeviceHealth.RETIRED


def test_a_door_counts_as_open_from_first_seen_open_to_next_seen_shut() -> None:
    seen = [(30, False), (10, True), (20, True), (40, False), (50, True)]

    assert open_periods(seen, 60) == [Span(10, 30), Span(50, 60)]


@given(st.lists(st.integers(-3000, 3000), min_size=1, max_size=2000), st.integers(4, 400))
def test_a_thinned_curve_keeps_its_ends_and_extremes(values: list[int], limit: int) -> None:
    series = a_series([value / 100 for value in values])

    kept = thin(series, limit)

    assert len(kept) <= limit
    assert kept[0] == series[0]
    assert kept[-1] == series[-1]
    assert min(one.centi for one in kept) == min(values)
    assert max(one.centi for one in kept) == max(values)
    assert kept == sorted(kept)


def a_chain(bodies: list[bytes]) -> list[Link]:
    links: list[Link] = []
    for seq, body in enumerate(bodies, start=1):
        prev_hash = links[-1].hash if links else GENESIS
        links.append(Link(seq, seq, body, prev_hash, block_hash(prev_hash, seq, seq, body)))
    return links


def test_a_whole_chain_has_no_break() -> None:
    links = a_chain([b"a" * 32, b"b" * 32, b"c" * 32])

    assert find_break(links, last_seq=3, last_hash=links[-1].hash) is None
    assert find_break([], last_seq=0, last_hash=GENESIS) is None


@pytest.mark.parametrize(
    ("damage", "first_bad"),
    [
        (lambda links: [links[0], links[1]._replace(sha256=b"x" * 32), links[2]], 2),
        (lambda links: [links[0], links[1]._replace(received_us=9), links[2]], 2),
        (lambda links: [links[0], links[2]], 2),
        (lambda links: [links[1], links[0], links[2]], 1),
        (lambda links: links[:2], 3),
    ],
    ids=["flipped", "redated", "deleted", "reordered", "cut off"],
)
def test_a_damaged_chain_names_its_first_bad_block(
    damage: Callable[[list[Link]], list[Link]], first_bad: int
) -> None:
    links = a_chain([b"a" * 32, b"b" * 32, b"c" * 32])

    assert find_break(damage(links), last_seq=3, last_hash=links[-1].hash) == first_bad


def test_the_data_version_tells_every_input_apart() -> None:
    series = a_series([2, 3])
    versions = {
        data_version(series, a_custody(5), []),
        data_version(series[:1], a_custody(5), []),
        data_version(series, a_custody(6), []),
        data_version(series, a_custody(5), [Span(0, 1)]),
    }

    assert len(versions) == 4
