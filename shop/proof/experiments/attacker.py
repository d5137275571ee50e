"""An attacker with every published table: linear equations and intervals, down to a household.

The attacker knows the register – who lives in which village and class – and may belong to any
group himself, so that he can subtract what he earned. He knows every shown sum of every page at
once. What he wants is one other household's income within ten percent.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

Cell = tuple[str, str]
"""A village and a class: the smallest group a published sum can be made of."""

Interval = tuple[Fraction, Fraction]
TOLERANCE = Fraction(1, 10)
ROUNDS = 30


@dataclass(frozen=True, slots=True)
class Known:
    """One published sum: the cells it adds up, and their income in fen."""

    cells: frozenset[Cell]
    minor: int


def recovered(incomes: Mapping[Cell, Sequence[int]], published: Iterable[Known]) -> int:
    """Return how many households' incomes the published sums give away within ten percent.

    Attacked are every cell and every group whose sum follows from the published ones.
    """
    facts = list(dict.fromkeys(published))
    unknown = sorted({cell for fact in facts for cell in fact.cells})
    orders = [unknown, unknown[::-1], random.Random(len(facts)).sample(unknown, len(unknown))]
    derived = [row for order in orders for row in _reduce(facts, order)]
    bounds = _narrow([*_rows(facts), *derived], unknown, incomes)
    groups: dict[frozenset[Cell], Interval] = {
        frozenset([cell]): interval for cell, interval in bounds.items()
    }
    for row, value in [*_rows(facts), *derived]:
        if set(row.values()) == {Fraction(1)}:
            groups[frozenset(row)] = (value, value)
    return sum(_gives_away(cells, interval, incomes) for cells, interval in groups.items())


Row = tuple[dict[Cell, Fraction], Fraction]


def _rows(facts: Sequence[Known]) -> list[Row]:
    return [(dict.fromkeys(fact.cells, Fraction(1)), Fraction(fact.minor)) for fact in facts]


def _reduce(facts: Sequence[Known], unknown: Sequence[Cell]) -> list[Row]:
    """Return the reduced rows of the system: combinations of sums, made as short as can be."""
    rows = _rows(facts)
    done: list[Row] = []
    for cell in unknown:
        pivot = next((row for row in rows if row[0].get(cell)), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        factor = pivot[0][cell]
        scaled = ({key: at / factor for key, at in pivot[0].items()}, pivot[1] / factor)
        rows = [_less(row, cell, scaled) for row in rows]
        done = [*(_less(row, cell, scaled) for row in done), scaled]
    return done


def _less(row: Row, cell: Cell, pivot: Row) -> Row:
    factor = row[0].get(cell)
    if not factor:
        return row
    left = dict(row[0])
    for key, at in pivot[0].items():
        rest = left.get(key, Fraction(0)) - factor * at
        if rest:
            left[key] = rest
        else:
            left.pop(key, None)
    return left, row[1] - factor * pivot[1]


def _narrow(
    rows: Sequence[Row], unknown: Sequence[Cell], incomes: Mapping[Cell, Sequence[int]]
) -> dict[Cell, Interval]:
    """Return the interval of each cell: nobody counted earns less than a fen."""
    top = sum((Fraction(sum(incomes.get(cell, ()))) for cell in unknown), Fraction(1))
    bounds = {cell: (Fraction(len(incomes.get(cell, ()))), top) for cell in unknown}
    for _ in range(ROUNDS):
        before = dict(bounds)
        for row, value in rows:
            _narrow_by(row, value, bounds)
        if bounds == before:
            break
    return bounds


def _narrow_by(
    row: Mapping[Cell, Fraction], value: Fraction, bounds: dict[Cell, Interval]
) -> None:
    least = {cell: min(at * bounds[cell][0], at * bounds[cell][1]) for cell, at in row.items()}
    most = {cell: max(at * bounds[cell][0], at * bounds[cell][1]) for cell, at in row.items()}
    all_least, all_most = sum(least.values(), Fraction(0)), sum(most.values(), Fraction(0))
    for cell, at in row.items():
        ends = (
            (value - (all_most - most[cell])) / at,
            (value - (all_least - least[cell])) / at,
        )
        low, high = bounds[cell]
        bounds[cell] = (max(low, min(ends)), min(high, max(ends)))


def _gives_away(
    cells: frozenset[Cell], interval: Interval, incomes: Mapping[Cell, Sequence[int]]
) -> bool:
    """Say whether the second largest of a group, knowing its sum, knows the largest too."""
    members = sorted((minor for cell in cells for minor in incomes.get(cell, ())), reverse=True)
    if not members or members[0] <= 0:
        return False
    own = members[1] if len(members) > 1 else 0
    largest = Fraction(members[0])
    low, high = interval[0] - own, interval[1] - own
    return largest * (1 - TOLERANCE) <= low and high <= largest * (1 + TOLERANCE)
