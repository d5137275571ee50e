"""Value types with their unit in the name: grams and tenths of a degree."""

from dataclasses import dataclass
from fractions import Fraction

GRAMS_PER_JIN = 500


@dataclass(frozen=True, slots=True, order=True)
class Grams:
    """A weight in whole grams."""

    g: int

    def kilograms(self) -> Fraction:
        """Return the exact weight in kilograms."""
        return Fraction(self.g, 1000)


def amount_of(jin_minor: int, weight_g: int) -> int:
    """Return what a weight comes to at fen per 500 g, rounded half up."""
    return (2 * jin_minor * weight_g + GRAMS_PER_JIN) // (2 * GRAMS_PER_JIN)


def price_per_jin(price_minor: int, net_weight_g: int) -> int | None:
    """Return fen per 500 g, rounded half up, or None for goods without a weight."""
    if net_weight_g <= 0:
        return None
    return (2 * price_minor * GRAMS_PER_JIN + net_weight_g) // (2 * net_weight_g)
