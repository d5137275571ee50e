"""What can be inferred about withheld figures from those that are shown.

Each shown sum is an equation over the smallest figures hidden in it. The equations are solved
as an attacker would: by elimination, then by intervals, since nobody counted has less than a
fen.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

from kernel.disclosure import HouseholdGroup

Key = tuple[str, str]
Relation = tuple[Key, tuple[Key, ...]]
"""A figure and those it is the sum of."""

Equation = tuple[dict[Key, Fraction], int | Fraction]
"""Withheld figures with their factors, and what they come to in fen."""

Interval = tuple[float, float]

MARGIN = 0.12
"""How near an income may not be told: a tenth, and something to spare for rounding."""

ROUNDS = 12
WORK = 3_000
"""Orders times hidden figures; more orders find more, and take longer."""

Order = Callable[[Key], tuple[object, ...]]

ORDERS: tuple[Order, ...] = (
    lambda key: key,
    lambda key: _backwards(*key),
    lambda key: key[::-1],
    lambda key: _backwards(*key[::-1]),
    *(lambda key, salt=salt: (zlib.crc32(f"{salt}{key}".encode()), *key) for salt in range(36)),
)
"""In which orders figures are eliminated: along places, along columns, back, and at random."""
NOBODY = HouseholdGroup()


def _orders_tried(hidden: int) -> int:
    """Return how many orders a table is worth: all for small ones, eight for the largest."""
    return max(8, min(len(ORDERS), WORK // max(hidden, 1)))


def _backwards(*words: str) -> tuple[object, ...]:
    return tuple(tuple(-ord(letter) for letter in word) for word in words)


def find_exposed(
    groups: Mapping[Key, HouseholdGroup],
    leaves_of: Mapping[Key, frozenset[Key]],
    withheld: set[Key],
) -> Sequence[Key]:
    """Return smallest figures that together give a household away, or nothing.

    `leaves_of` are the smallest figures each figure is made of.
    """
    hidden = {leaf for leaf in withheld if leaves_of[leaf] == {leaf}}
    equations = list(_equations(groups, leaves_of, withheld, hidden))
    derived = [
        equation
        for order in ORDERS[: _orders_tried(len(hidden))]
        for equation in reduce(equations, order=order)
    ]
    bounds = _narrow([*equations, *derived], groups, hidden)
    for leaf in sorted(hidden):
        if _tells(groups[leaf], bounds[leaf]):
            return [leaf]
    for row, value in derived:
        if set(row.values()) == {Fraction(1)}:
            together = sum((groups[key] for key in row), NOBODY)
            if _tells(together, (float(value), float(value))):
                return sorted(row)
    return []


def reduce(equations: Sequence[Equation], order: Order = ORDERS[0]) -> list[Equation]:
    """Return the reduced equations, each led by one figure that stands in no other.

    Taking figures in another order leads to other combinations.
    """
    done: list[tuple[Key, dict[Key, Fraction], int | Fraction]] = []
    for given, value in equations:
        row, constant = dict(given), Fraction(value)
        for pivot, other, amount in done:
            constant -= _subtract(row, pivot, other) * amount
        if not row:
            continue
        pivot = min(row, key=order)
        factor = row[pivot]
        scaled = {key: at / factor for key, at in row.items()}
        amount = constant / factor
        done = [
            (key, other, known - _subtract(other, pivot, scaled) * amount)
            for key, other, known in done
        ]
        done.append((pivot, scaled, amount))
    return [(row, value) for _, row, value in done]


def _subtract(row: dict[Key, Fraction], pivot: Key, other: Mapping[Key, Fraction]) -> Fraction:
    """Take a multiple of another row off this one; return the multiple."""
    factor = row.get(pivot, Fraction(0))
    if factor:
        for key, at in other.items():
            rest = row.get(key, Fraction(0)) - factor * at
            if rest:
                row[key] = rest
            else:
                row.pop(key, None)
    return factor


def _equations(
    groups: Mapping[Key, HouseholdGroup],
    leaves_of: Mapping[Key, frozenset[Key]],
    withheld: set[Key],
    hidden: set[Key],
) -> Iterator[Equation]:
    """Yield what each shown sum says about the hidden figures in it."""
    for key, leaves in leaves_of.items():
        inside = leaves & hidden
        if key not in withheld and inside:
            known = sum(groups[leaf].minor for leaf in leaves - hidden)
            yield dict.fromkeys(inside, Fraction(1)), groups[key].minor - known


def _narrow(
    equations: Sequence[Equation],
    groups: Mapping[Key, HouseholdGroup],
    withheld: set[Key],
) -> dict[Key, Interval]:
    top = float(sum(max(groups[key].minor, 0) for key in withheld) + 1)
    bounds = {key: (float(groups[key].households), top) for key in withheld}
    rows = [
        ([(key, float(at)) for key, at in row.items()], float(value))
        for row, value in equations
    ]
    for _ in range(ROUNDS):
        before = dict(bounds)
        for row, value in rows:
            _narrow_by(row, value, bounds)
        if bounds == before:
            break
    return bounds


def _narrow_by(
    row: Sequence[tuple[Key, float]], value: float, bounds: dict[Key, Interval]
) -> None:
    ends = [
        (at * bounds[key][0], at * bounds[key][1])
        if at > 0
        else (at * bounds[key][1], at * bounds[key][0])
        for key, at in row
    ]
    least, most = sum(end[0] for end in ends), sum(end[1] for end in ends)
    for (key, at), (low, high) in zip(row, ends, strict=True):
        limits = ((value - (most - high)) / at, (value - (least - low)) / at)
        known = bounds[key]
        bounds[key] = (max(known[0], min(limits)), min(known[1], max(limits)))


def _tells(group: HouseholdGroup, interval: Interval) -> bool:
    """Say whether the second largest household, knowing so much, knows the largest."""
    largest, own = group.largest_minor, group.second_minor
    if largest <= 0:
        return False
    low, high = interval[0] - own, interval[1] - own
    return largest * (1 - MARGIN) <= low and high <= largest * (1 + MARGIN)
