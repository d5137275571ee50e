"""How much time readings vouch for, and where nothing is known.

A reading holds until the next one. When the next comes later than the gap factor times the
sampling interval, or never, the reading vouches for its own interval and no more.
"""

from collections.abc import Sequence
from itertools import pairwise

from cold_chain.values import Gap, Sample, Span

PERMILLE = 1000


def is_gap(earlier: Sample, later: Sample, gap_factor_permille: int) -> bool:
    """Say whether two neighbouring readings lie too far apart to know what was between."""
    step_us = later.at_us - earlier.at_us
    return step_us * PERMILLE > earlier.interval_us * gap_factor_permille


def credit(samples: Sequence[Sample], gap_factor_permille: int) -> list[int]:
    """Return for how many microseconds each reading counts, in the order of the readings.

    On a regular series of n readings the sum is n intervals, the recording duration; the
    trip length, from first to last reading, is one interval shorter.
    """
    credits_us = [
        later.at_us - earlier.at_us
        if (later.at_us - earlier.at_us) * PERMILLE <= earlier.interval_us * gap_factor_permille
        else earlier.interval_us
        for earlier, later in pairwise(samples)
    ]
    if samples:
        credits_us.append(samples[-1].interval_us)
    return credits_us


def find_gaps(samples: Sequence[Sample], custody: Span, gap_factor_permille: int) -> list[Gap]:
    """Return every gap of a custody in order, also before the first and after the last reading.

    Custody without any reading is one gap.
    """
    if not samples:
        whole = Gap(custody.from_us, custody.to_us, custody.length_us)
        return [whole] if whole.unknown_us > 0 else []
    first, last = samples[0], samples[-1]
    gaps = []
    if (first.at_us - custody.from_us) * PERMILLE > first.interval_us * gap_factor_permille:
        gaps.append(Gap(custody.from_us, first.at_us, first.at_us - custody.from_us))
    for earlier, later in pairwise(samples):
        step_us = later.at_us - earlier.at_us
        if step_us * PERMILLE > earlier.interval_us * gap_factor_permille:
            unknown_us = max(0, step_us - earlier.interval_us - later.interval_us)
            gaps.append(Gap(earlier.at_us, later.at_us, unknown_us))
    rest_us = custody.to_us - last.at_us
    if rest_us * PERMILLE > last.interval_us * gap_factor_permille:
        gaps.append(Gap(last.at_us, custody.to_us, rest_us - last.interval_us))
    return gaps


def coverage_permille(credited_us: int, custody: Span) -> int:
    """Return the vouched share of a custody in thousandths, rounded down, at most all of it.

    A custody that has only just begun is covered by any reading.
    """
    if custody.length_us <= 0:
        return PERMILLE if credited_us else 0
    return min(PERMILLE, credited_us * PERMILLE // custody.length_us)
