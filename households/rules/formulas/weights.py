"""Divide a pot among households: by quantity, graded quantity, area, shares, hours, persons.

`weigh(kind, measured, grade_percent=…) -> {code: Fraction}` makes weights of what was measured;
`divide(minor, weights) -> Division` divides with the largest remainder and keeps every weight,
exact quota and undivided fen, so that each fen can be explained. Parts sum to the pot, each is
the floor or the ceiling of its quota, ties go to the bytewise smaller code, and the order in
which the weights come changes nothing.
"""

from collections.abc import Mapping
from fractions import Fraction

from households.rules.formulas.notation import PERCENT, Exact, not_below_zero
from households.values import Division, Part, WeightKind
from kernel.money import allot


def weigh(
    kind: WeightKind,
    measured: Mapping[str, Exact],
    *,
    grade_percent: Mapping[str, int] | None = None,
) -> dict[str, Fraction]:
    """Return the weights of what was measured of each party.

    Graded quantity multiplies by the grade factor (100 where none is given), equal counts
    everybody once, and every other kind takes what was measured as it is.
    """
    if kind is WeightKind.EQUAL:
        return dict.fromkeys(measured, Fraction(1))
    if kind is not WeightKind.GRADED_QUANTITY:
        return {code: Fraction(value) for code, value in measured.items()}
    grades = grade_percent or {}
    return {
        code: Fraction(value) * grades.get(code, PERCENT) / PERCENT
        for code, value in measured.items()
    }


def divide(minor: int, weights: Mapping[str, Exact]) -> Division:
    """Divide fen by weights exactly; raises `InvalidError` when the weights sum to zero."""
    amounts = allot(minor, list(weights.items()))
    whole = sum((Fraction(weight) for weight in weights.values()), Fraction(0))
    parts = {}
    for code in sorted(weights, key=str.encode):
        weight = Fraction(weights[code])
        quota = minor * weight / whole if whole else Fraction(0)
        floor = quota.numerator // quota.denominator
        parts[code] = Part(weight, quota, amounts[code], extra=amounts[code] > floor)
    return Division(minor, parts)


def net_volume(volume: int, returned: int) -> tuple[int, int]:
    """Take goods returned after a close off the next period: (volume that counts, carried on).

    The volume never falls below zero; what it cannot bear is carried into the period after.
    """
    not_below_zero(volume=volume, returned=returned)
    return max(volume - returned, 0), max(returned - volume, 0)
