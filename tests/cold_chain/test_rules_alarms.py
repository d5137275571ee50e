"""Alarms: delays, returns, hysteresis, doors, gaps, and sides."""

from hypothesis import given
from hypothesis import strategies as st

from cold_chain.rules.alarms import find_alarms
from cold_chain.rules.moments import MINUTE_US
from cold_chain.values import AlarmMode, ExcursionEnd, LimitSide, Span
from tests.builders.cold_chain import (
    a_profile,
    a_rule,
    a_sample,
    a_series,
    at_minute,
    minutes_after,
)

WHO_TYPE_I = (
    a_rule(45, 60, code="hot", includes_limit=True),
    a_rule(30, 600, code="warm", includes_limit=True, mode=AlarmMode.CUMULATIVE),
    a_rule(-0.5, 60, code="freeze", includes_limit=True, side=LimitSide.LOWER),
)


def test_a_value_that_returns_in_time_starts_the_count_anew() -> None:
    series = a_series([10, 10, 10, 10, 10, 7, 10, 10, 10, 10, 10, 7])

    found = find_alarms(series, a_profile(a_rule(8, 30)))

    assert found.alarms == ()
    assert [(one.end_us - one.start_us) / MINUTE_US for one in found.excursions] == [25, 25]
    assert {one.ended for one in found.excursions} == {ExcursionEnd.RETURNED}


def test_the_limit_itself_is_inside_unless_the_rule_says_otherwise() -> None:
    series = a_series([8.0] * 10)

    assert find_alarms(series, a_profile(a_rule(8, 30))).alarms == ()
    assert find_alarms(series, a_profile(a_rule(8, 30, includes_limit=True))).alarms


def test_a_confirmed_excursion_ends_only_well_inside_the_limit() -> None:
    series = a_series([25, 25, 25, 23.5, 25, 23.5, 23, 22])
    profile = a_profile(a_rule(24, 10), hysteresis_centi=100)

    (excursion,) = find_alarms(series, profile).excursions

    assert minutes_after(excursion.end_us) == 30
    assert excursion.peak_centi == 2500


def test_hysteresis_does_not_turn_a_short_stay_into_an_alarm() -> None:
    series = a_series([25, 25, 23.5, 23.5, 23.5, 23.5, 23.5, 23.5])

    assert find_alarms(series, a_profile(a_rule(24, 20), hysteresis_centi=100)).alarms == ()


def test_a_reading_at_the_door_alarms_no_sooner_than_the_door_delay() -> None:
    series = a_series([2, 12, 12, 12, 12, 2])
    door = Span(at_minute(3), at_minute(4))
    profile = a_profile(a_rule(8, 5))

    closed = find_alarms(series, profile).alarms[0]
    opened = find_alarms(series, profile, [door]).alarms[0]

    assert minutes_after(closed.alarm_us) == 10
    assert minutes_after(opened.alarm_us) == 20


def test_a_reading_at_the_door_still_counts_in_the_cumulative_budget() -> None:
    series = a_series([2, 12, 12, 2])
    total = a_rule(8, 10, mode=AlarmMode.CUMULATIVE)
    door = Span(at_minute(3), at_minute(4))

    assert find_alarms(series, a_profile(total), [door]).alarms


def test_an_excursion_that_began_long_after_the_door_was_shut_has_no_grace() -> None:
    series = a_series([2, 2, 2, 2, 12, 12, 12])
    door = Span(at_minute(3), at_minute(4))

    (excursion,) = find_alarms(series, a_profile(a_rule(8, 5)), [door]).excursions

    assert not excursion.at_door


def test_a_gap_breaks_a_stay() -> None:
    series = [*a_series([10, 10, 10, 10]), *a_series([10, 10, 10, 10], first=40)]

    found = find_alarms(series, a_profile(a_rule(8, 20)))

    assert found.alarms == ()
    assert [one.ended for one in found.excursions] == [ExcursionEnd.GAP, ExcursionEnd.OPEN]


def test_a_value_still_outside_at_the_last_reading_has_no_end() -> None:
    found = find_alarms(a_series([2, 10, 10, 10]), a_profile(a_rule(8, 10)))

    assert found.alarms[0].end_us is None


def test_cold_counts_like_warm_with_the_sign_turned() -> None:
    series = a_series([1, -1, -2, -1, 1])
    profile = a_profile(a_rule(-0.5, 15, code="cold", side=LimitSide.LOWER))

    found = find_alarms(series, profile)

    assert minutes_after(found.alarms[0].alarm_us) == 20
    assert found.excursions[0].peak_centi == -200


def test_the_who_preset_of_a_ten_day_device() -> None:
    hours = [*[20.0] * 6, *[31.0] * 66, *[-0.5] * 8, *[46.0] * 6]

    found = find_alarms(a_series(hours, every_min=10), a_profile(*WHO_TYPE_I))

    assert {alarm.rule for alarm in found.alarms} == {"freeze", "warm"}


def test_dense_readings_are_not_counted_as_full_intervals() -> None:
    series = [a_sample(minute, 10, every_min=5) for minute in range(8)]

    total = a_rule(8, 20, mode=AlarmMode.CUMULATIVE)

    assert find_alarms(series, a_profile(total)).alarms == ()


@given(st.lists(st.integers(0, 1600), min_size=2, max_size=60), st.data())
def test_an_alarm_once_known_stays_known_as_readings_arrive(
    values: list[int], data: st.DataObject
) -> None:
    series = a_series([value / 100 for value in values])
    profile = a_profile(a_rule(8, 20), a_rule(8, 40, code="t", mode=AlarmMode.CUMULATIVE))
    so_far = data.draw(st.integers(1, len(series)))

    early = find_alarms(series[:so_far], profile).alarms
    late = find_alarms(series, profile).alarms

    known = [(alarm.rule, alarm.start_us, alarm.alarm_us) for alarm in late]
    assert all((one.rule, one.start_us, one.alarm_us) in known for one in early)
    assert all(one.alarm_us <= series[so_far - 1].at_us for one in early)


def test_the_worst_case_spends_a_gap_between_two_breaches_beyond_the_limit() -> None:
    series = [*a_series([10, 10]), *a_series([10, 10, 2], first=40), a_sample(90, 10)]
    total = a_rule(8, 50, mode=AlarmMode.CUMULATIVE)

    assert find_alarms(series, a_profile(total)).alarms == ()
    (alarm,) = find_alarms(series, a_profile(total), bridge_gaps=True).alarms
    assert minutes_after(alarm.alarm_us) == 45
