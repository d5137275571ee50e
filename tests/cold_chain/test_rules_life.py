"""Shelf life: the published figures come out, and no answer is more hopeful than a guard."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cold_chain.life_catalogue import LIFE_MODELS, LIFE_POINTS
from cold_chain.rules.booking import book
from cold_chain.rules.degree_minutes import dose_hold, to_milli
from cold_chain.rules.gaps import credit
from cold_chain.rules.life import ageing_factor, life_at, life_range, use_life
from cold_chain.rules.moments import MINUTE_US, to_us
from cold_chain.values import Holding, LifeKind, LifeModel, LifePoint, LifeRole
from tests.builders.cold_chain import NOON, a_profile, a_rule, a_series

DAY_MIN = 1440
DAY_US = DAY_MIN * MINUTE_US


def models_of(profile: str) -> list[LifeModel]:
    return [
        LifeModel(
            **{
                name: row[name]
                for name in (
                    *("code", "version", "kind", "role", "reference_centi", "life_min"),
                    *("joule_per_mole", "tested_from_centi", "tested_to_centi"),
                )
            },
            points=tuple(
                LifePoint(point["centi"], point["q10_permille"], point["life_min"])
                for point in LIFE_POINTS
                if point["model_code"] == row["code"]
            ),
        )
        for row in LIFE_MODELS
        if row["profile_code"] == profile
    ]


def the_model(profile: str, code: str) -> LifeModel:
    (found,) = [one for one in models_of(profile) if one.code == code]
    return found


def a_table(life_min: int) -> LifeModel:
    return LifeModel(
        code="TABLE",
        version=1,
        kind=LifeKind.Q10,
        role=LifeRole.ESTIMATE,
        reference_centi=0,
        life_min=life_min,
        tested_from_centi=0,
        tested_to_centi=4000,
        points=the_model("PRODUCE_CHILLED", "PRODUCE_RATES_TYPICAL").points,
    )


def test_q1_bands_of_ten_degrees_give_the_printed_table() -> None:
    table = a_table(100 * DAY_MIN)
    profile = a_profile(target_upper_centi=0)
    journey = {0: 10 * DAY_US, 1000: 2 * DAY_US, 2000: DAY_US}

    lives = [(life_at(table, centi) or 0) / DAY_MIN for centi in range(0, 4001, 1000)]
    life = use_life([table], profile, journey, 0)

    assert lives == pytest.approx([100, 33.333, 13.333, 6.667, 4.444], abs=0.001)
    assert life is not None
    assert life.uses[0].used_ppm == 235_000
    assert life.low_min == life.high_min == pytest.approx(76.5 * DAY_MIN, abs=1)


def test_q2_shoots_breathe_at_two_degrees_as_published() -> None:
    shoots = the_model("BAMBOO_FRESH", "BAMBOO_RESPIRATION")

    slower = (life_at(shoots, 2000) or 0) / (life_at(shoots, 200) or 1)

    assert 2.97 * slower == pytest.approx(0.663, abs=0.0005)


def test_q5_lamb_uses_its_life_at_two_temperatures() -> None:
    lamb = the_model("GOAT_FROZEN", "LAMB_CARCASS_FROZEN")
    journey = {-1800: 90 * DAY_US, -2500: 180 * DAY_US}

    at_18 = use_life([lamb], a_profile(limit=-18, target_upper_centi=-1800), journey, 0)
    at_30 = use_life([lamb], a_profile(limit=-30, target_upper_centi=-3000), journey, 0)

    assert at_18 is not None
    assert at_30 is not None
    assert at_18.uses[0].used_ppm == 833_333
    assert at_18.low_min == pytest.approx(45 * DAY_MIN, abs=1)
    assert at_30.low_min == pytest.approx(120 * DAY_MIN, abs=1)


@given(st.integers(800, 2500))
def test_shoots_at_eight_degrees_or_warmer_keep_ten_days_at_most(centi: int) -> None:
    told = life_range(models_of("BAMBOO_FRESH"), centi)

    assert told is not None
    assert told[0] <= told[1] <= 10 * DAY_MIN


def test_ten_days_at_eight_degrees_leave_nothing_in_the_cold() -> None:
    life = use_life(
        models_of("BAMBOO_FRESH"), a_profile(target_upper_centi=200), {800: 10 * DAY_US}, 0
    )

    assert life is not None
    assert (life.low_min, life.high_min) == (0, 0)


def test_rates_alone_tell_no_days() -> None:
    life = use_life(models_of("GOAT_CHILLED"), a_profile(limit=4), {400: DAY_US}, 0)

    assert life is not None
    assert (life.low_min, life.high_min) == (None, None)
    assert {one.used_ppm for one in life.uses} == {None}
    assert {one.equivalent_min for one in life.uses} == {DAY_MIN}


PROFILES = st.sampled_from(sorted({row["profile_code"] for row in LIFE_MODELS}))
JOURNEYS = st.dictionaries(
    st.integers(-4000, 4500), st.integers(0, 40 * DAY_US), min_size=0, max_size=12
)


@given(PROFILES, JOURNEYS, st.integers(-4000, 4500), st.integers(0, 3 * DAY_US))
def test_used_life_never_falls_as_time_goes_on(
    profile: str, journey: dict[int, int], centi: int, more_us: int
) -> None:
    models = models_of(profile)
    later = journey | {centi: journey.get(centi, 0) + more_us}

    before = use_life(models, a_profile(), journey, 0)
    after = use_life(models, a_profile(), later, 0)

    assert before is not None
    assert after is not None
    for earlier, now in zip(before.uses, after.uses, strict=True):
        assert now.equivalent_min >= earlier.equivalent_min
        assert (now.used_ppm or 0) >= (earlier.used_ppm or 0)


@given(PROFILES, JOURNEYS, st.integers(0, 10 * DAY_US))
def test_the_range_is_a_range_and_unknown_time_never_helps(
    profile: str, journey: dict[int, int], unknown_us: int
) -> None:
    models = models_of(profile)

    known = use_life(models, a_profile(), journey, 0)
    partly = use_life(models, a_profile(), journey, unknown_us)

    assert known is not None
    assert partly is not None
    if partly.low_min is not None:
        assert partly.high_min is not None
        assert known.low_min is not None
        assert 0 <= partly.low_min <= partly.high_min
        assert partly.low_min <= known.low_min


@given(PROFILES, st.integers(-4000, 4500), st.integers(1, 500))
def test_warmer_is_never_longer(profile: str, centi: int, warmer: int) -> None:
    models = models_of(profile)
    for model in models:
        colder_life, warmer_life = life_at(model, centi), life_at(model, centi + warmer)
        if colder_life is not None:
            assert warmer_life is not None
            assert warmer_life <= colder_life * (1 + 1e-12)
        assert ageing_factor(models, model, centi, 400) >= 1


SERIES = st.lists(st.integers(-200, 200), min_size=1, max_size=60)


@given(SERIES, st.lists(st.integers(1, 200), max_size=4))
def test_the_parts_of_the_holders_make_up_the_whole(tenths: list[int], cuts: list[int]) -> None:
    series = a_series([value / 10 for value in tenths])
    start, end = series[0].at_us, series[-1].at_us + MINUTE_US
    moments = sorted({start, *(start + cut * MINUTE_US for cut in cuts), end})
    moments = [at for at in moments if at <= end]
    holdings = [Holding(f"L{place}", *span) for place, span in enumerate(pairwise(moments))]
    credits_us = credit(series, 1900)
    profile = a_profile(a_rule(8, 30), limit=5, target_upper_centi=200)

    losses = book(series, credits_us, holdings, profile, models_of("BAMBOO_FRESH"))

    whole = to_milli(dose_hold(series, credits_us, 500))
    assert sum(one.dose_hold_milli for one in losses) == whole
    assert [one.from_us for one in losses[1:]] == [one.to_us for one in losses[:-1]]
    for one in losses:
        assert one.known_s + one.unknown_s == pytest.approx(
            (one.to_us - one.from_us) / 1_000_000, abs=1.01
        )
        assert 0 <= (one.lost_low_min or 0) <= (one.lost_high_min or 0)


def test_a_warm_hour_is_charged_to_whoever_held_the_goods() -> None:
    series = a_series([2.0] * 12 + [12.0] * 12 + [2.0] * 12)
    credits_us = credit(series, 1900)
    start = to_us(NOON)
    holdings = [
        Holding("A", start, start + 90 * MINUTE_US),
        Holding("B", start + 90 * MINUTE_US, start + 180 * MINUTE_US),
    ]
    profile = a_profile(a_rule(8, 30), limit=5, target_upper_centi=200)

    first, second = book(series, credits_us, holdings, profile, models_of("BAMBOO_FRESH"))

    assert first.dose_hold_milli == 30 * 7 * 1000
    assert second.dose_hold_milli == 30 * 7 * 1000
    assert first.lost_high_min == second.lost_high_min
    assert (first.lost_low_min or 0) > 0
