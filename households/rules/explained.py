"""How one part of a split came to be: quota, floor and the order of the odd fen."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from kernel.money import allot


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitPart:
    """One part of a split with everything needed to work it out again by hand."""

    total: int
    """What was divided, in fen."""
    weight: Fraction
    others: Fraction
    """The weights of all the others together; nobody's own weight is told."""
    parties: int
    quota: Fraction
    """The exact part, before any fen is rounded."""
    floor: int
    remainder: Fraction
    place: int
    """Where the remainder stands among all, the largest first; ties by code."""
    spare: int
    """How many fen the floors left over; the first so many places get one each."""
    minor: int
    """What the split gives, as `kernel.money.allot` has it."""

    @property
    def gets_spare(self) -> bool:
        """Say whether the place is early enough for one of the spare fen."""
        return self.place <= self.spare

    @property
    def adds_up(self) -> bool:
        """Say whether floor and place lead to what the split gives."""
        return self.minor == self.floor + int(self.gets_spare)


def part_of(total: int, weights: Sequence[tuple[str, int | Fraction]], code: str) -> SplitPart:
    """Return how the part of `code` in a split came to be.

    The place is worked out here and the amount by `allot`, so that each checks the other.
    Raises `KeyError` for a code the split does not know.
    """
    parts = allot(total, weights)
    exact = {name: Fraction(weight) for name, weight in weights}
    whole = sum(exact.values(), Fraction(0))
    quotas = {
        name: total * weight / whole if whole else Fraction(0) for name, weight in exact.items()
    }
    floors = {name: quota.numerator // quota.denominator for name, quota in quotas.items()}
    remainders = {name: quotas[name] - floors[name] for name in quotas}
    order = sorted(remainders, key=lambda name: (-remainders[name], name.encode()))
    return SplitPart(
        total=total,
        weight=exact[code],
        others=whole - exact[code],
        parties=len(exact),
        quota=quotas[code],
        floor=floors[code],
        remainder=remainders[code],
        place=order.index(code) + 1,
        spare=total - sum(floors.values()),
        minor=parts[code],
    )
