"""How much heat above a limit: degree-minutes, in two forms that are both kept.

Amounts are hundredths of °C times microseconds, exact; `to_milli` turns them into
thousandths of a degree-minute.
"""

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from cold_chain.rules.gaps import is_gap
from cold_chain.rules.moments import MINUTE_US
from cold_chain.values import Sample
from kernel.money import round_half_up


class Linear(NamedTuple):
    """Area and time above a limit under straight lines between readings."""

    area: Fraction
    above_us: Fraction


def dose_hold(samples: Sequence[Sample], credits_us: Sequence[int], limit_centi: int) -> int:
    """Return the heat above the limit when each value holds for its credited time."""
    return sum(
        (sample.centi - limit_centi) * credit_us
        for sample, credit_us in zip(samples, credits_us, strict=True)
        if sample.centi > limit_centi
    )


def dose_linear(
    samples: Sequence[Sample], limit_centi: int, gap_factor_permille: int
) -> Linear:
    """Return area and time above the limit with exact crossings, never across a gap."""
    doubled_areas: defaultdict[int, int] = defaultdict(int)
    times: defaultdict[int, int] = defaultdict(int)
    for earlier, later in pairwise(samples):
        if earlier.centi <= limit_centi and later.centi <= limit_centi:
            continue
        if is_gap(earlier, later, gap_factor_permille):
            continue
        step_us = later.at_us - earlier.at_us
        low, high = sorted((earlier.centi - limit_centi, later.centi - limit_centi))
        if low >= 0:
            doubled_areas[1] += (low + high) * step_us
            times[1] += step_us
        else:
            doubled_areas[high - low] += high * high * step_us
            times[high - low] += high * step_us
    return Linear(_sum(doubled_areas) / 2, _sum(times))


def to_milli(area: Fraction | int) -> int:
    """Return thousandths of a degree-minute of hundredths of °C times microseconds."""
    return round_half_up(Fraction(area) * 10 / MINUTE_US)


def _sum(by_denominator: dict[int, int]) -> Fraction:
    return sum(
        (Fraction(numerator, denominator) for denominator, numerator in by_denominator.items()),
        Fraction(0),
    )
