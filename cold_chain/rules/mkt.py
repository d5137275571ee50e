"""Mean kinetic temperature: the steady temperature that would have done the same harm."""

import math
from collections import Counter
from collections.abc import Iterable

GAS_CONSTANT = 8.314462618
"""J/(mol·K)."""
KELVIN = 273.15
DEFAULT_JOULE_PER_MOLE = 83_144
CENTI = 100

Point = tuple[int, int]
"""A moment in any unit and hundredths of °C."""


def mkt_left_hold(
    weighted: Iterable[tuple[int, int]], joule_per_mole: int = DEFAULT_JOULE_PER_MOLE
) -> float:
    """Return the mean kinetic temperature in °C of values held for their weights.

    `weighted` are pairs of hundredths of °C and credited time in any unit. Raises
    `ValueError` when all weights are zero.
    """
    weights: Counter[int] = Counter()
    for centi, weight in weighted:
        weights[centi] += weight
    weights = +weights
    if not weights:
        raise ValueError("a mean needs a weight above zero")
    warmest = max(weights)
    slope = joule_per_mole / GAS_CONSTANT
    anchor = slope / _kelvin(warmest)
    # Exponents are taken relative to the warmest value: no underflow, and a constant series
    # comes out exactly.
    decay = math.fsum(
        weight * math.exp(anchor - slope / _kelvin(centi)) for centi, weight in weights.items()
    )
    return _celsius(slope, anchor, decay / sum(weights.values()))


def mkt_trapezoid(
    stretches: Iterable[tuple[Point, Point]], joule_per_mole: int = DEFAULT_JOULE_PER_MOLE
) -> float:
    """Return the mean kinetic temperature in °C by the trapezoid rule, for comparison only.

    `stretches` are pairs of neighbouring readings with no gap between them. Verdicts use the
    left-hold form; other programs print this one, and on sparse data they differ much.
    """
    pairs = list(stretches)
    slope = joule_per_mole / GAS_CONSTANT
    anchor = slope / _kelvin(max(centi for pair in pairs for _, centi in pair))

    def decay(centi: int) -> float:
        return math.exp(anchor - slope / _kelvin(centi))

    area = math.fsum(
        (decay(earlier[1]) + decay(later[1])) / 2 * (later[0] - earlier[0])
        for earlier, later in pairs
    )
    return _celsius(
        slope, anchor, area / sum(later[0] - earlier[0] for earlier, later in pairs)
    )


def _kelvin(centi: int) -> float:
    return centi / CENTI + KELVIN


def _celsius(slope: float, anchor: float, decay: float) -> float:
    return slope / (anchor - math.log(decay)) - KELVIN
