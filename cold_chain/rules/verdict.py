"""The verdict on a shipment: a pure function of stored readings, custody and a profile.

Unknown time is never counted as a breach and never as good: too little coverage, too long a
gap, or a gap that may hide an excursion makes the verdict inconclusive.
"""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from cold_chain.errors import TwoValuesError
from cold_chain.rules.alarms import Alarms, find_alarms, has_critical
from cold_chain.rules.degree_minutes import dose_hold, dose_linear, to_milli
from cold_chain.rules.durations import measure_beyond
from cold_chain.rules.gaps import coverage_permille, credit, find_gaps, is_gap
from cold_chain.rules.mkt import CENTI, mkt_left_hold, mkt_trapezoid
from cold_chain.rules.moments import MINUTE_US
from cold_chain.values import (
    Assessment,
    Figures,
    Gap,
    Profile,
    Sample,
    Span,
    Verdict,
)
from kernel.money import round_half_up

NO_READINGS = "no_readings"
COVERAGE_LOW = "coverage_low"
GAP_TOO_LONG = "gap_too_long"
GAP_MAY_HIDE_EXCURSION = "gap_may_hide_excursion"
CALIBRATION = "calibration"
ALARM = "alarm"

RULES_VERSION = 2
"""Raised when the same readings would be judged differently; part of the data version."""


def evaluate(
    readings: Sequence[Sample],
    custody: Span,
    profile: Profile,
    doors: Sequence[Span] = (),
    expired: Sequence[Span] = (),
) -> Assessment:
    """Judge the good readings taken between the ends of a custody, both included.

    Order and exact repetitions do not matter. Readings of the start-up period cover their
    time but count in no figure and no alarm. Two values at a moment raise `TwoValuesError`.
    In `expired` periods the certificate of the logger's channel had run out: a reading then
    proves nothing good.
    """
    known = arrange(readings, custody)
    used = after_startup(known, custody, profile)
    found = find_alarms(used, profile, doors)
    gaps = find_gaps(known, custody, profile.gap_factor_permille)
    figures = _figures(known, used, custody, profile)
    figures = replace(figures, uncalibrated_us=sum(one.length_us for one in expired))
    reasons = _reasons(found, gaps, figures, profile)
    if not has_critical(found.alarms) and _gap_may_hide(used, gaps, profile, doors):
        reasons.append(GAP_MAY_HIDE_EXCURSION)
    if any(one.from_us <= sample.at_us < one.to_us for one in expired for sample in known):
        reasons.append(CALIBRATION)
    return Assessment(
        verdict=_verdict(found, reasons),
        reasons=tuple(reasons),
        figures=figures,
        gaps=tuple(gaps),
        alarms=found.alarms,
        excursions=found.excursions,
        beyond=measure_beyond(used, credit(used, profile.gap_factor_permille), profile),
    )


def arrange(readings: Sequence[Sample], custody: Span) -> list[Sample]:
    """Return the readings of a custody by time, each once; a clash raises `TwoValuesError`."""
    known = sorted(
        {one for one in readings if custody.from_us <= one.at_us <= custody.to_us},
    )
    for earlier, later in pairwise(known):
        if earlier.at_us == later.at_us:
            raise TwoValuesError
    return known


def known_until(custody_from_us: int, last: Sample | None, at_us: int, max_gap_min: int) -> int:
    """Return up to which moment a custody that still goes on is judged: its last reading.

    Silence after it counts only once it is too long a gap, and then just so much of it, so
    that repeating a judgement later changes nothing.
    """
    heard_us = custody_from_us if last is None else last.at_us
    too_long_us = heard_us + max_gap_min * MINUTE_US + 1
    return too_long_us if at_us >= too_long_us else heard_us


def after_startup(known: Sequence[Sample], custody: Span, profile: Profile) -> Sequence[Sample]:
    """Return the readings that count: those after the logger took on the goods' temperature."""
    settled_us = custody.from_us + profile.startup_ignore_min * MINUTE_US
    return [one for one in known if one.at_us >= settled_us]


def _figures(
    known: Sequence[Sample], used: Sequence[Sample], custody: Span, profile: Profile
) -> Figures:
    factor = profile.gap_factor_permille
    credited_us = sum(credit(known, factor))
    credits_us = credit(used, factor)
    values = [one.centi for one in used]
    weighted = list(zip(values, credits_us, strict=True))
    limit = profile.dose_limit_centi
    return Figures(
        samples=len(used),
        min_centi=min(values, default=None),
        max_centi=max(values, default=None),
        mean_centi=_mean(weighted),
        mkt_centi=_mkt(weighted, profile),
        mkt_trapezoid_centi=_mkt_trapezoid(used, profile),
        credited_us=credited_us,
        custody_us=custody.length_us,
        trip_length_us=known[-1].at_us - known[0].at_us if known else 0,
        coverage_permille=coverage_permille(credited_us, custody),
        dose_hold_milli=to_milli(dose_hold(used, credits_us, limit)),
        dose_linear_milli=to_milli(dose_linear(used, limit, factor).area),
    )


def _mean(weighted: Sequence[tuple[int, int]]) -> int | None:
    if not weighted:
        return None
    whole = sum(weight for _, weight in weighted)
    return round_half_up(Fraction(sum(centi * weight for centi, weight in weighted), whole))


def _mkt(weighted: Sequence[tuple[int, int]], profile: Profile) -> int | None:
    if not weighted:
        return None
    return round(mkt_left_hold(weighted, profile.mkt_joule_per_mole) * CENTI)


def _mkt_trapezoid(used: Sequence[Sample], profile: Profile) -> int | None:
    stretches = [
        ((earlier.at_us, earlier.centi), (later.at_us, later.centi))
        for earlier, later in pairwise(used)
        if not is_gap(earlier, later, profile.gap_factor_permille)
    ]
    if not stretches:
        return None
    return round(mkt_trapezoid(stretches, profile.mkt_joule_per_mole) * CENTI)


def _reasons(
    found: Alarms, gaps: Sequence[Gap], figures: Figures, profile: Profile
) -> list[str]:
    reasons = list(dict.fromkeys(f"{ALARM}:{alarm.rule}" for alarm in found.alarms))
    if figures.samples == 0:
        reasons.append(NO_READINGS)
    if figures.coverage_permille < profile.min_coverage_permille:
        reasons.append(COVERAGE_LOW)
    longest_us = max((gap.to_us - gap.from_us for gap in gaps), default=0)
    if longest_us > profile.max_gap_min * MINUTE_US:
        reasons.append(GAP_TOO_LONG)
    return reasons


def _gap_may_hide(
    used: Sequence[Sample], gaps: Sequence[Gap], profile: Profile, doors: Sequence[Span]
) -> bool:
    """Say whether a critical alarm would sound if gaps between two breaches were breaches."""
    if not gaps:
        return False
    return has_critical(find_alarms(used, profile, doors, bridge_gaps=True).alarms)


def _verdict(found: Alarms, reasons: Sequence[str]) -> Verdict:
    if has_critical(found.alarms):
        return Verdict.FAIL
    doubts = [reason for reason in reasons if not reason.startswith(f"{ALARM}:")]
    return Verdict.INCONCLUSIVE if doubts else Verdict.PASS
