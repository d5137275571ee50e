"""Published cases of temperature evaluation, each with the figure it must come to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cold_chain.rules.alarms import find_alarms
from cold_chain.rules.degree_minutes import dose_hold, dose_linear, to_milli
from cold_chain.rules.durations import measure_beyond
from cold_chain.rules.gaps import credit
from cold_chain.rules.life import life_at, life_range, use_life
from cold_chain.rules.mkt import mkt_left_hold, mkt_trapezoid
from cold_chain.rules.moments import MINUTE_US
from cold_chain.rules.verdict import evaluate
from cold_chain.values import (
    AlarmMode,
    AlarmRule,
    LifeKind,
    LifeModel,
    LifePoint,
    LifeRole,
    LimitSide,
    Profile,
    Sample,
    Span,
    Verdict,
)
from shop.proof.ground import trips

DAY_MIN = 1440
DAY_US = DAY_MIN * MINUTE_US
DEGREES = 0.005


@dataclass(frozen=True, slots=True)
class Case:
    """One figure of a case: what it must be, what it is, and how far off it may be."""

    name: str
    wanted: float
    got: float
    within: float = 0.0

    @property
    def holds(self) -> bool:
        """Say whether the figure is right."""
        return abs(self.got - self.wanted) <= self.within


def a_series(celsius: Sequence[float], *, every_min: int = 5) -> list[Sample]:
    """Return readings of so many °C at a regular interval."""
    return [
        Sample(place * every_min * MINUTE_US, round(value * 100), every_min * MINUTE_US)
        for place, value in enumerate(celsius)
    ]


def a_profile(*rules: AlarmRule, limit_centi: int, **changes: int) -> Profile:
    """Return limits without start-up period and hysteresis."""
    return Profile(code="CASE", version=1, rules=rules, dose_limit_centi=limit_centi, **changes)


def a_rule(centi: int, delay_min: int, *, code: str = "warm", **changes: object) -> AlarmRule:
    """Return a rule for an upper limit."""
    mode = changes.get("mode", AlarmMode.SINGLE)
    return AlarmRule(
        code=code,
        side=LimitSide.UPPER,
        limit_centi=centi,
        mode=AlarmMode(str(mode)),
        delay_min=delay_min,
        includes_limit=bool(changes.get("includes_limit")),
    )


def list_cases() -> list[Case]:
    """Return every figure of every case."""
    return [*_kinetic(), *_alarms(), *_gaps(), *_warm_stretch(), *_lives()]


def _kinetic() -> Iterator[Case]:
    hours = [(2300, 200), (2800, 20), (3000, 8), (2100, 300)]
    points = [(0, 500), (10, 500), (60, 1500), (75, 500)]
    dose = sum(max(0, centi - 2500) * time for centi, time in hours) / 100
    mean = sum(centi * time for centi, time in hours) / 528 / 100
    yield Case("M1 constant year", 25.0, mkt_left_hold([(2500, 7)] * 52), 1e-9)
    yield Case("M2 kinetic mean", 22.36, mkt_left_hold(hours), DEGREES)
    yield Case("M2 mean by time", 22.159, mean, 0.0005)
    yield Case("M2 degree-hours above 25", 100.0, dose)
    yield Case("M4 18 h and 6 h", 8.285, mkt_left_hold([(500, 18), (1400, 6)]), DEGREES)
    yield Case("M4 20 h and 4 h", 7.328, mkt_left_hold([(500, 20), (1400, 4)]), DEGREES)
    yield Case("M6 trapezoid", 10.767, mkt_trapezoid(pairwise(points)), DEGREES)
    held = [(500, 10), (500, 50), (1500, 15)]
    yield Case("M6 left-hold", 8.154, mkt_left_hold(held), DEGREES)


def _alarms() -> Iterator[Case]:
    series = a_series([44.0] * 3 + [46.0] * 8 + [44.9] * 3, every_min=10)
    found = find_alarms(
        series, a_profile(a_rule(4490, 60), limit_centi=4490, gap_factor_permille=9_000)
    )
    (alarm,) = found.alarms
    yield Case("A1 excursion begins, min", 30, alarm.start_us / MINUTE_US)
    yield Case("A1 alarm, min", 90, alarm.alarm_us / MINUTE_US)
    hot, cool = [31.0] * 24, [20.0] * 12
    series = a_series([*hot, *cool, *hot, *cool, *hot], every_min=10)
    rules = (
        a_rule(3000, 600, code="single", includes_limit=True),
        a_rule(3000, 600, code="total", includes_limit=True, mode=AlarmMode.CUMULATIVE),
    )
    found = find_alarms(series, a_profile(*rules, limit_centi=3000))
    yield Case("A2 alarms", 1, len(found.alarms))
    yield Case("A2 alarm, min", 830, found.alarms[0].alarm_us / MINUTE_US)


def _gaps() -> Iterator[Case]:
    series = [Sample(at * MINUTE_US, 1000, 5 * MINUTE_US) for at in (0, 180)]
    profile = a_profile(a_rule(800, 30), limit_centi=800)
    found = evaluate(series, Span(0, 180 * MINUTE_US), profile)
    yield Case("A4 known, min", 10, found.figures.credited_us / MINUTE_US)
    yield Case("A4 unknown, min", 170, sum(one.unknown_us for one in found.gaps) / MINUTE_US)
    yield Case("A4 alarms", 0, len(found.alarms))
    yield Case("A4 inconclusive", 1, found.verdict is Verdict.INCONCLUSIVE)


def _warm_stretch() -> Iterator[Case]:
    series = a_series([-18, -18, -14, -12, -13, -16, -18])
    credits_us = credit(series, 1900)
    profile = a_profile(a_rule(-1500, 30), limit_centi=-1500)
    (beyond,) = measure_beyond(series, credits_us, profile)
    linear = dose_linear(series, -1500, 1900)
    figures = evaluate(series, Span(0, 30 * MINUTE_US), profile).figures
    yield Case("A5 n x interval, min", 15, beyond.n_interval_s / 60)
    yield Case("A5 last - first, min", 10, beyond.last_first_s / 60)
    yield Case("A5 held, min", 15, beyond.left_hold_s / 60)
    yield Case("A5 interpolated, min", 14.583, float(linear.above_us / MINUTE_US), 0.0005)
    yield Case("A5 degree-minutes held", 30_000, to_milli(dose_hold(series, credits_us, -1500)))
    yield Case("A5 degree-minutes linear", 26_458, to_milli(linear.area))
    yield Case("A5 trip length, min", 30, figures.trip_length_us / MINUTE_US)
    yield Case("A5 recording duration, min", 35, figures.credited_us / MINUTE_US)
    weighted = [(one.centi, held) for one, held in zip(series, credits_us, strict=True)]
    yield Case("A5 kinetic mean", -15.1625, mkt_left_hold(weighted), DEGREES)


def _lives() -> Iterator[Case]:
    table = LifeModel(
        code="TABLE",
        version=1,
        kind=LifeKind.Q10,
        role=LifeRole.ESTIMATE,
        reference_centi=0,
        life_min=100 * DAY_MIN,
        tested_from_centi=0,
        tested_to_centi=4000,
        points=tuple(
            LifePoint(place * 1000, factor)
            for place, factor in enumerate((3000, 2500, 2000, 1500))
        ),
    )
    for centi, days in ((0, 100), (1000, 33.333), (2000, 13.333), (3000, 6.667), (4000, 4.444)):
        life = (life_at(table, centi) or 0) / DAY_MIN
        yield Case(f"Q1 days at {centi // 100}", days, life, 0.001)
    journey = {0: 10 * DAY_US, 1000: 2 * DAY_US, 2000: DAY_US}
    life_1 = use_life([table], a_profile(limit_centi=0), journey, 0)
    yield Case("Q1 used", 0.235, (life_1.uses[0].used_ppm or 0) / 1e6 if life_1 else 0)
    yield Case("Q1 days left", 76.5, (life_1.low_min or 0) / DAY_MIN if life_1 else 0, 0.001)
    shoots = trips.life_models("BAMBOO_FRESH")
    breathing = next(one for one in shoots if one.code == "BAMBOO_RESPIRATION")
    slower = (life_at(breathing, 2000) or 0) / (life_at(breathing, 200) or 1)
    yield Case("Q2 mmol/kg/h at 2", 0.663, 2.97 * slower, 0.0005)
    longest = life_range(shoots, 800) or (0, 0)
    yield Case("bamboo at 8, days at most", 10, longest[1] / DAY_MIN)
    lamb = [
        one for one in trips.life_models("GOAT_FROZEN") if one.code == "LAMB_CARCASS_FROZEN"
    ]
    journey = {-1800: 90 * DAY_US, -2500: 180 * DAY_US}
    for keep, months in ((-1800, 1.5), (-3000, 4.0)):
        left = use_life(lamb, a_profile(limit_centi=keep), journey, 0)
        yield Case(f"Q5 months left at {keep // 100}", months, _months(left), 0.001)
        used = (left.uses[0].used_ppm or 0) / 1e6 if left else 0
        yield Case("Q5 used", 0.8333, used, 0.00005)


def _months(left: object) -> float:
    return float(getattr(left, "low_min", None) or 0) / DAY_MIN / 30
