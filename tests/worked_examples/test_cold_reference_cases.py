"""Published reference cases of temperature evaluation, told so that a QA officer can follow."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from cold_chain.rules.alarms import find_alarms
from cold_chain.rules.degree_minutes import dose_hold, dose_linear, to_milli
from cold_chain.rules.gaps import credit, find_gaps
from cold_chain.rules.mkt import mkt_left_hold, mkt_trapezoid
from cold_chain.rules.moments import MINUTE_US
from cold_chain.rules.verdict import COVERAGE_LOW, GAP_TOO_LONG, evaluate
from cold_chain.values import AlarmMode, Verdict
from tests.builders.cold_chain import (
    a_custody,
    a_profile,
    a_rule,
    a_sample,
    a_series,
    at_minute,
    minutes_after,
)

WITHIN = 0.005


def test_m1_a_constant_year_has_its_own_kinetic_mean() -> None:
    assert mkt_left_hold([(2500, 7)] * 52) == pytest.approx(25.0, abs=1e-9)


def test_m2_the_kinetic_mean_is_weighted_by_time() -> None:
    hours = [(2300, 200), (2800, 20), (3000, 8), (2100, 300)]

    mean = sum(centi * time for centi, time in hours) / sum(time for _, time in hours) / 100

    assert sum(time for _, time in hours) == 528
    assert sum(max(0, centi - 2500) * time for centi, time in hours) == 100 * 100
    assert mean == pytest.approx(22.159, abs=0.0005)
    assert mkt_left_hold(hours) == pytest.approx(22.36, abs=WITHIN)


@pytest.mark.parametrize(
    ("hours_at_14", "expected"), [(6, 8.285), (4, 7.328)], ids=["too warm", "still good"]
)
def test_m4_a_few_warm_hours_in_a_cold_day(hours_at_14: int, expected: float) -> None:
    weighted = [(500, 24 - hours_at_14), (1400, hours_at_14)]

    assert mkt_left_hold(weighted) == pytest.approx(expected, abs=0.0005)


def test_m6_sparse_readings_tell_the_two_published_rules_apart() -> None:
    points = [(0, 500), (10, 500), (60, 1500), (75, 500)]
    held = [(500, 10), (500, 50), (1500, 15), (500, 0)]

    assert mkt_trapezoid(pairwise(points)) == pytest.approx(10.767, abs=0.0005)
    assert mkt_left_hold(held) == pytest.approx(8.154, abs=0.0005)


def test_a1_the_alarm_sounds_an_hour_after_the_excursion_began() -> None:
    nine = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
    series = [
        sample._replace(at_us=at_minute(minute, nine))
        for minute, sample in zip(
            range(-30, 110, 10), a_series([44.0] * 3 + [46.0] * 8 + [44.9] * 3), strict=True
        )
    ]

    found = find_alarms(series, a_profile(a_rule(44.9, 60), gap_factor_permille=9_000))

    (alarm,) = found.alarms
    assert minutes_after(alarm.start_us, nine) == 0
    assert minutes_after(alarm.alarm_us, nine) == 60
    assert alarm.end_us is not None
    assert minutes_after(alarm.end_us, nine) == 80


def test_a2_short_stays_add_up_to_a_cumulative_alarm_only() -> None:
    hot, cool = [31.0] * 24, [20.0] * 12
    series = a_series([*hot, *cool, *hot, *cool, *hot], every_min=10)
    at_or_above_30 = {"delay_min": 600, "includes_limit": True}
    profile = a_profile(
        a_rule(30, code="single", **at_or_above_30),
        a_rule(30, code="total", mode=AlarmMode.CUMULATIVE, **at_or_above_30),
    )

    found = find_alarms(series, profile)

    (alarm,) = found.alarms
    longest_us = max(one.end_us - one.start_us for one in found.excursions[:2])
    assert alarm.rule == "total"
    assert alarm.end_us is None
    assert minutes_after(alarm.alarm_us) == 830
    assert series[83].at_us == alarm.alarm_us
    assert longest_us == 240 * MINUTE_US


def test_a4_time_between_two_readings_far_apart_is_unknown_and_no_breach() -> None:
    series = [a_sample(0, 10), a_sample(180, 10)]

    assessment = evaluate(series, a_custody(180), a_profile(limit=8))

    (gap,) = assessment.gaps
    assert assessment.verdict is Verdict.INCONCLUSIVE
    assert assessment.alarms == ()
    assert assessment.figures.credited_us == 2 * 5 * MINUTE_US
    assert gap.unknown_us == 170 * MINUTE_US
    assert {COVERAGE_LOW, GAP_TOO_LONG} <= set(assessment.reasons)


def test_a5_one_warm_stretch_of_a_frozen_load_in_every_measure() -> None:
    series = a_series([-18, -18, -14, -12, -13, -16, -18])
    credits_us = credit(series, 1900)

    linear = dose_linear(series, -1500, 1900)
    figures = evaluate(series, a_custody(30), a_profile(limit=-15)).figures
    beyond = sum(1 for one in series if one.centi > -1500)

    assert beyond * 5 == 15
    assert to_milli(dose_hold(series, credits_us, -1500)) == 30_000
    assert to_milli(linear.area) == 26_458
    assert float(linear.above_us / MINUTE_US) == pytest.approx(14.583, abs=0.0005)
    assert figures.trip_length_us == 30 * MINUTE_US
    assert figures.credited_us == 35 * MINUTE_US
    assert figures.mkt_centi == -1516
    assert mkt_left_hold(
        [(one.centi, credit_us) for one, credit_us in zip(series, credits_us, strict=True)]
    ) == pytest.approx(-15.1625, abs=0.0005)
    assert (figures.dose_hold_milli, figures.dose_linear_milli) == (30_000, 26_458)


def test_forty_minutes_without_data_are_never_a_pass() -> None:
    day = a_series([2.0] * 289)
    without_forty = [one for one in day if not 600 < minutes_after(one.at_us) < 640]

    whole = evaluate(day, a_custody(1440), a_profile())
    holed = evaluate(without_forty, a_custody(1440), a_profile())

    assert whole.verdict is Verdict.PASS
    assert holed.figures.coverage_permille >= 950
    assert holed.verdict is Verdict.INCONCLUSIVE
    assert [round((gap.to_us - gap.from_us) / MINUTE_US) for gap in holed.gaps] == [40]


def test_a_step_of_one_point_nine_intervals_is_no_gap_yet() -> None:
    just = [a_sample(0, 2), a_sample(9.5, 2)]
    more = [a_sample(0, 2), a_sample(9.51, 2)]

    assert find_gaps(just, a_custody(9.5), 1900) == []
    assert len(find_gaps(more, a_custody(9.51), 1900)) == 1
