"""What readings say of the time one holder had the goods; each counts as long as it vouches."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from cold_chain.rules.gaps import coverage_permille, credit
from cold_chain.rules.mkt import CENTI, mkt_left_hold
from cold_chain.values import Profile, Sample, Span


@dataclass(frozen=True, slots=True)
class StayFigures:
    """Lowest, highest, mean and the like in °C, weighted by credited time."""

    lowest: float
    highest: float
    mean: float
    deviation: float
    kinetic: float
    coverage_permille: int


def summarise(
    samples: Sequence[Sample], stay: Span, profile: Profile, *, is_last: bool
) -> StayFigures | None:
    """Return the figures of the readings from the start of a stay up to its end.

    The end itself belongs to the next holder, but for the last one. None without readings.
    """
    own = [
        one
        for one in samples
        if stay.from_us <= one.at_us < stay.to_us or (is_last and one.at_us == stay.to_us)
    ]
    if not own:
        return None
    credits_us = [
        min(credited, max(0, stay.to_us - one.at_us)) or 1
        for one, credited in zip(own, credit(own, profile.gap_factor_permille), strict=True)
    ]
    weighted = [(one.centi, weight) for one, weight in zip(own, credits_us, strict=True)]
    whole = sum(credits_us)
    mean = Fraction(sum(centi * weight for centi, weight in weighted), whole)
    spread = Fraction(sum(weight * (centi - mean) ** 2 for centi, weight in weighted), whole)
    return StayFigures(
        lowest=min(one.centi for one in own) / CENTI,
        highest=max(one.centi for one in own) / CENTI,
        mean=round(float(mean) / CENTI, 3),
        deviation=round(math.sqrt(spread) / CENTI, 3),
        kinetic=round(mkt_left_hold(weighted, profile.mkt_joule_per_mole), 3),
        coverage_permille=coverage_permille(sum(credits_us), stay),
    )
