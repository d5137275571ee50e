"""Figures of a stretch of readings out of how long each value was held: exact, in any number.

A roll-up keeps for every value how long readings held it. Whatever depends on values and held
time alone – mean, kinetic mean, degree-minutes, time beyond any limit – is the same from
roll-ups as from the readings themselves.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from cold_chain.rules.degree_minutes import to_milli
from cold_chain.rules.gaps import PERMILLE, coverage_permille, credit, is_gap
from cold_chain.rules.mkt import CENTI, mkt_left_hold
from cold_chain.values import LimitSide, Sample, Span
from kernel.money import round_half_up

GAP_FACTOR_PERMILLE = 1_900
"""The gap rule roll-ups are made by; a profile with another one needs the readings."""
BUCKET_US = 300_000_000


@dataclass(slots=True)
class Held:
    """How long each value was held in a stretch, and where nothing is known of it."""

    samples: int = 0
    by_centi: Counter[int] = field(default_factory=Counter)
    """Hundredths of °C → microseconds."""
    gaps: int = 0
    longest_gap_us: int = 0
    first_us: int | None = None
    last_us: int | None = None

    def add(self, other: "Held") -> None:
        """Take in a stretch that follows."""
        self.samples += other.samples
        self.by_centi.update(other.by_centi)
        self.gaps += other.gaps
        self.longest_gap_us = max(self.longest_gap_us, other.longest_gap_us)
        if self.first_us is None:
            self.first_us = other.first_us
        if other.last_us is not None:
            self.last_us = other.last_us

    def add_gap(self, length_us: int) -> None:
        """Take in a gap."""
        self.gaps += 1
        self.longest_gap_us = max(self.longest_gap_us, length_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class LongFigures:
    """What a long stretch amounts to; equal to what its readings say one by one."""

    samples: int
    min_centi: int | None
    max_centi: int | None
    mean_centi: int | None
    mkt_centi: int | None
    credited_us: int
    coverage_permille: int
    dose_hold_milli: int
    beyond_us: Mapping[tuple[LimitSide, int], int]
    """Side and limit → time beyond it."""
    gap_count: int
    longest_gap_us: int


def hold(samples: Sequence[Sample], following: Sample | None = None) -> Held:
    """Return how long readings in order were held, up to the one that follows, if any."""
    known = [*samples, following] if following is not None else list(samples)
    credits_us = credit(known, GAP_FACTOR_PERMILLE)[: len(samples)]
    held = Held(samples=len(samples))
    for sample, credit_us in zip(samples, credits_us, strict=True):
        held.by_centi[sample.centi] += credit_us
    for earlier, later in pairwise(known):
        if is_gap(earlier, later, GAP_FACTOR_PERMILLE):
            held.add_gap(later.at_us - earlier.at_us)
    if samples:
        held.first_us, held.last_us = samples[0].at_us, samples[-1].at_us
    return held


def close(held: Held, custody: Span, interval_us: int) -> Held:
    """Add the gaps before the first and after the last reading of a custody."""
    if held.first_us is None or held.last_us is None:
        if custody.length_us > 0:
            held.add_gap(custody.length_us)
        return held
    for length_us in (held.first_us - custody.from_us, custody.to_us - held.last_us):
        if length_us * PERMILLE > interval_us * GAP_FACTOR_PERMILLE:
            held.add_gap(length_us)
    return held


def reckon(
    held: Held,
    custody: Span,
    *,
    dose_limit_centi: int,
    joule_per_mole: int,
    limits: Iterable[tuple[LimitSide, int]] = (),
) -> LongFigures:
    """Return the figures of a stretch of custody."""
    weighted = sorted(held.by_centi.items())
    credited_us = sum(held.by_centi.values())
    heat = sum(
        (centi - dose_limit_centi) * us for centi, us in weighted if centi > dose_limit_centi
    )
    return LongFigures(
        samples=held.samples,
        min_centi=weighted[0][0] if weighted else None,
        max_centi=weighted[-1][0] if weighted else None,
        mean_centi=_mean(weighted, credited_us),
        mkt_centi=(
            round(mkt_left_hold(weighted, joule_per_mole) * CENTI) if credited_us else None
        ),
        credited_us=credited_us,
        coverage_permille=coverage_permille(credited_us, custody),
        dose_hold_milli=to_milli(heat),
        beyond_us={
            (side, limit): sum(us for centi, us in weighted if _is_beyond(side, limit, centi))
            for side, limit in limits
        },
        gap_count=held.gaps,
        longest_gap_us=held.longest_gap_us,
    )


def _is_beyond(side: LimitSide, limit: int, centi: int) -> bool:
    return centi > limit if side is LimitSide.UPPER else centi < limit


def _mean(weighted: Sequence[tuple[int, int]], credited_us: int) -> int | None:
    if not credited_us:
        return None
    return round_half_up(Fraction(sum(centi * us for centi, us in weighted), credited_us))
