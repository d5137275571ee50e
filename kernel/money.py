"""Money in minor units, and the one splitter that always adds up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kernel.errors import InvalidError

CURRENCY = "CNY"

Weight = Fraction | int


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in fen of one currency; arithmetic across currencies is refused."""

    minor: int
    currency: str = CURRENCY

    def __post_init__(self) -> None:
        """Refuse anything but a whole number of fen."""
        if isinstance(self.minor, bool) or not isinstance(self.minor, int):
            msg = "money is a whole number of fen"
            raise TypeError(msg)

    def __add__(self, other: "Money") -> "Money":
        """Add an amount of the same currency."""
        self._same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """Subtract an amount of the same currency."""
        self._same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        """Return the opposite amount."""
        return Money(-self.minor, self.currency)

    def __mul__(self, count: int) -> "Money":
        """Multiply by a whole count, such as a quantity of packs."""
        return Money(self.minor * count, self.currency)

    def __str__(self) -> str:
        """Write the amount as yuan with two decimals, for logs and tests."""
        sign = "-" if self.minor < 0 else ""
        return f"{sign}{abs(self.minor) // 100}.{abs(self.minor) % 100:02d}"

    def split(self, weights: Sequence[tuple[str, Weight]]) -> dict[str, "Money"]:
        """Divide by weights so that the parts add up exactly; see `allot`."""
        parts = allot(self.minor, weights)
        return {code: Money(minor, self.currency) for code, minor in parts.items()}

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            msg = f"cannot mix {self.currency} and {other.currency}"
            raise ValueError(msg)


def round_half_up(value: Fraction) -> int:
    """Round to the nearest whole fen, halves away from zero."""
    doubled = abs(value) * 2
    whole = (doubled.numerator // doubled.denominator + 1) // 2
    return whole if value >= 0 else -whole


def allot(total: int, weights: Sequence[tuple[str, Weight]]) -> dict[str, int]:
    """Divide `total` fen by weights: largest remainder, ties to the bytewise smaller code.

    Each part is the floor or the ceiling of its exact quota, the parts sum to `total`, and the
    result does not depend on the order of `weights`. Raises `InvalidError` for a negative
    total or weight, a code given twice, or weights that sum to zero for a positive total.
    """
    exact = _checked_weights(total, weights)
    whole = sum(exact.values(), Fraction(0))
    if whole == 0:
        if total > 0:
            raise InvalidError("zero_weights", "the weights of a split sum to zero")
        return dict.fromkeys(exact, 0)
    quotas = {code: total * weight / whole for code, weight in exact.items()}
    parts = {code: quota.numerator // quota.denominator for code, quota in quotas.items()}
    missing = total - sum(parts.values())
    by_remainder = sorted(parts, key=lambda code: (parts[code] - quotas[code], code.encode()))
    for code in by_remainder[:missing]:
        parts[code] += 1
    return parts


def reverse(total: int, remaining: Mapping[str, int]) -> dict[str, int]:
    """Take `total` fen back from what is left of an earlier split, never more than is left.

    A series of reversals that reaches the full amount leaves exactly zero everywhere.
    Raises `InvalidError` when more is asked for than remains.
    """
    left = sum(remaining.values())
    if total > left:
        raise InvalidError("reversal_exceeds_rest", f"{total} fen asked back of {left} left")
    return allot(total, list(remaining.items()))


def _checked_weights(total: int, weights: Sequence[tuple[str, Weight]]) -> dict[str, Fraction]:
    if total < 0:
        raise InvalidError("negative_total", "a split needs a total of zero or more")
    exact: dict[str, Fraction] = {}
    for code, weight in weights:
        if code in exact:
            raise InvalidError("duplicate_split_code", f"{code} stands twice in a split")
        if weight < 0:
            raise InvalidError("negative_weight", f"{code} has a negative weight")
        exact[code] = Fraction(weight)
    return exact
