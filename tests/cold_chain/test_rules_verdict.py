"""The verdict: what may be said, what stays unknown, and what holds for any series."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cold_chain.errors import ReadingError
from cold_chain.rules.degree_minutes import dose_hold, dose_linear
from cold_chain.rules.gaps import credit
from cold_chain.rules.mkt import mkt_left_hold
from cold_chain.rules.moments import MINUTE_US
from cold_chain.rules.verdict import (
    GAP_MAY_HIDE_EXCURSION,
    NO_READINGS,
    evaluate,
    known_until,
)
from cold_chain.values import Sample, Severity, Verdict
from tests.builders.cold_chain import (
    a_custody,
    a_profile,
    a_rule,
    a_sample,
    a_series,
    at_minute,
)

CENTI = st.integers(-3000, 4000)
STEPS = st.lists(st.tuples(st.integers(1, 40), CENTI), min_size=1, max_size=60)


def a_wandering_series(steps: list[tuple[int, int]]) -> list[Sample]:
    minute = 0
    series = []
    for step, centi in steps:
        minute += step
        series.append(a_sample(minute, centi / 100))
    return series


@given(STEPS)
def test_the_kinetic_mean_is_never_below_the_plain_mean(steps: list[tuple[int, int]]) -> None:
    weighted = [(centi, step) for step, centi in steps]

    mean = sum(centi * step for centi, step in weighted) / sum(step for step, _ in steps) / 100

    assert mkt_left_hold(weighted) >= mean - 1e-9


@given(CENTI, st.lists(st.integers(1, 1000), min_size=1, max_size=30))
def test_a_constant_series_has_its_own_value_as_every_mean(
    centi: int, weights: list[int]
) -> None:
    assert mkt_left_hold([(centi, weight) for weight in weights]) == pytest.approx(centi / 100)

    figures = evaluate(a_series([centi / 100] * 20), a_custody(95), a_profile()).figures

    assert figures.mean_centi == figures.mkt_centi == figures.min_centi == figures.max_centi
    assert figures.mean_centi == centi


@given(STEPS, st.randoms(use_true_random=False))
def test_shuffling_splitting_and_repeating_an_upload_changes_nothing(
    steps: list[tuple[int, int]], chance: random.Random
) -> None:
    series = a_wandering_series(steps)
    upload = [*series, *chance.sample(series, k=len(series) // 2)]
    chance.shuffle(upload)
    custody = a_custody(sum(step for step, _ in steps))

    assert evaluate(upload, custody, a_profile()) == evaluate(series, custody, a_profile())


@given(STEPS, st.integers(1, 9), st.integers(-3000, 800))
def test_a_reading_inside_the_range_adds_no_heat_to_a_series_that_is_inside(
    steps: list[tuple[int, int]], step: int, inside: int
) -> None:
    series = [*a_wandering_series(steps), a_sample(10_000, 8)]
    longer = [*series, a_sample(10_000 + step, inside / 100)]

    before = dose_hold(series, credit(series, 1900), 800), dose_linear(series, 800, 1900)
    after = dose_hold(longer, credit(longer, 1900), 800), dose_linear(longer, 800, 1900)

    assert after == before


@given(STEPS)
def test_on_schedule_a_reading_inside_the_range_never_raises_the_held_heat(
    steps: list[tuple[int, int]],
) -> None:
    series = a_series([centi / 100 for _, centi in steps])
    longer = [*series, a_sample(5 * len(series), 8)]

    before = dose_hold(series, credit(series, 1900), 800)

    assert dose_hold(longer, credit(longer, 1900), 800) <= before


@given(STEPS)
def test_unknown_and_known_time_never_exceed_the_custody(steps: list[tuple[int, int]]) -> None:
    length = sum(step for step, _ in steps)
    figures = evaluate(a_wandering_series(steps), a_custody(length), a_profile()).figures

    assert 0 <= figures.coverage_permille <= 1000
    assert figures.credited_us <= figures.custody_us + 5 * MINUTE_US
    assert (figures.min_centi is None) == (figures.samples == 0)


@given(STEPS)
def test_a_pass_means_covered_and_without_alarm(steps: list[tuple[int, int]]) -> None:
    custody = a_custody(sum(step for step, _ in steps))

    assessment = evaluate(a_wandering_series(steps), custody, a_profile())

    if assessment.verdict is Verdict.PASS:
        assert assessment.reasons == ()
        assert assessment.figures.coverage_permille >= 950
        assert all(gap.to_us - gap.from_us <= 30 * MINUTE_US for gap in assessment.gaps)
    if assessment.verdict is Verdict.FAIL:
        assert assessment.alarms


def test_custody_without_a_reading_is_inconclusive() -> None:
    assessment = evaluate([], a_custody(60), a_profile())

    assert assessment.verdict is Verdict.INCONCLUSIVE
    assert NO_READINGS in assessment.reasons
    assert assessment.figures.max_centi is None


def test_a_confirmed_breach_fails_even_when_much_is_unknown() -> None:
    series = a_series([12.0] * 10)

    assessment = evaluate(series, a_custody(600), a_profile(limit=8))

    assert assessment.verdict is Verdict.FAIL


def test_a_warning_does_not_fail_a_shipment() -> None:
    profile = a_profile(a_rule(4, 30, severity=Severity.WARNING))

    assessment = evaluate(a_series([5.0] * 13), a_custody(60), profile)

    assert assessment.verdict is Verdict.PASS
    assert assessment.reasons == ("alarm:warm",)


def test_a_short_gap_between_two_warm_stretches_may_hide_an_alarm() -> None:
    hours = [2.0] * 120
    series = [
        one
        for one in a_series([*hours, *[10.0] * 9, *hours])
        if one.at_us not in {at_minute(620), at_minute(625)}
    ]
    custody = a_custody(1240)

    assessment = evaluate(series, custody, a_profile(a_rule(8, 30)))

    assert assessment.figures.coverage_permille >= 950
    assert assessment.alarms == ()
    assert assessment.reasons == (GAP_MAY_HIDE_EXCURSION,)
    assert assessment.verdict is Verdict.INCONCLUSIVE


def test_readings_before_the_logger_has_settled_count_as_known_but_not_as_warm() -> None:
    series = a_series([20.0, 14.0, *[3.0] * 11])

    assessment = evaluate(series, a_custody(60), a_profile(startup_ignore_min=10))

    assert assessment.figures.max_centi == 300
    assert assessment.figures.coverage_permille == 1000
    assert assessment.verdict is Verdict.PASS


def test_readings_outside_the_custody_are_not_looked_at() -> None:
    series = a_series([30.0, 30.0, 2.0, 2.0, 2.0, 30.0])

    figures = evaluate(series, a_custody(10, first=10), a_profile()).figures

    assert (figures.samples, figures.max_centi) == (3, 200)


def test_two_values_at_one_moment_must_be_settled_before() -> None:
    with pytest.raises(ReadingError):
        evaluate([a_sample(0, 2), a_sample(0, 3)], a_custody(5), a_profile())


@pytest.mark.parametrize(
    ("minute", "expected"),
    [(2, 0), (29, 0), (30, 0), (31, 30), (500, 30)],
    ids=["now", "silent", "just silent", "too long", "far too long"],
)
def test_a_custody_that_goes_on_is_judged_up_to_what_is_known(
    minute: int, expected: int
) -> None:
    until_us = known_until(at_minute(0), a_sample(0, 2), at_minute(minute), 30)

    assert until_us // MINUTE_US == at_minute(expected) // MINUTE_US


def test_a_custody_that_goes_on_without_readings_counts_its_first_silence() -> None:
    assert known_until(at_minute(0), None, at_minute(10), 30) == at_minute(0)
    assert known_until(at_minute(0), None, at_minute(99), 30) == at_minute(30) + 1
