"""A logger in a cool box is suspected; honest loggers and silence are not."""

from hypothesis import given
from hypothesis import strategies as st

from cold_chain.rules.moments import MINUTE_US
from cold_chain.rules.tampering import find_cool_box
from cold_chain.values import Span
from tests.builders.cold_chain import a_series, at_minute

CALM = [2.0] * 24
RISING = [2.0 + step * 0.25 for step in range(72)]


def test_a_flat_logger_in_a_warming_truck_is_suspected() -> None:
    probe = a_series([*CALM, *RISING])
    off = Span(at_minute(120), at_minute(400))

    found = find_cool_box(a_series([2.0] * 96), probe, unit_off=[off])

    assert found is not None
    assert found.was_unit_off
    assert not found.had_open_door
    assert found.to_us - found.from_us >= 30 * MINUTE_US
    assert found.short_centi >= 200


def test_goods_that_warm_slowly_are_honest() -> None:
    goods = [2.0]
    air = [*CALM, *RISING]
    for value in air[1:]:
        goods.append(goods[-1] + (value - goods[-1]) * 5 / 125)

    assert find_cool_box(a_series(goods), a_series(air)) is None


def test_a_sensor_that_is_off_by_a_constant_is_honest() -> None:
    air = [*CALM, *RISING]

    assert find_cool_box(a_series([value - 1.0 for value in air]), a_series(air)) is None


def test_goods_loaded_warm_that_cool_down_are_honest() -> None:
    goods = [10.0]
    for _ in range(95):
        goods.append(goods[-1] + (2.0 - goods[-1]) * 5 / 70)

    assert find_cool_box(a_series(goods), a_series([2.0] * 96)) is None


def test_what_nobody_measured_is_held_against_nobody() -> None:
    probe = a_series([*CALM, *RISING])

    assert find_cool_box(a_series([2.0] * 26), probe) is None
    assert find_cool_box([], probe) is None
    assert find_cool_box(a_series([2.0] * 96), []) is None


@given(st.lists(st.integers(-300, 300), min_size=13, max_size=80), st.integers(-5, 10))
def test_a_logger_no_colder_than_the_warmest_air_is_honest(tenths: list[int], off: int) -> None:
    air = [value / 10 for value in tenths]
    warmest = max(air) + off / 10

    assert find_cool_box(a_series([warmest] * len(air)), a_series(air)) is None
