"""Which figures of a table of households are withheld so that nobody can be worked out.

A figure is withheld when too few households stand behind it or two of them make up nearly all
of it (primary), and when it would give such a figure away by subtraction (secondary). Rows form
a tree with the total at its root; columns add up to one total column. Every sum of the table is
a relation; after suppression no relation, and no combination of relations, determines a
withheld figure, and what a relation leaves over is itself large enough to be shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from reporting.values import DisclosurePolicy, HouseholdGroup

TOTAL = "total"
"""Key of the row and of the column that hold the sums."""

Key = tuple[str, str]
Relation = tuple[Key, tuple[Key, ...]]
"""A figure and those it is the sum of."""

NOBODY = HouseholdGroup()


@dataclass(frozen=True, slots=True)
class DisclosedTable:
    """The figures of a table by (row, column), and which of them are withheld."""

    groups: Mapping[Key, HouseholdGroup]
    withheld: frozenset[Key]
    tree: Mapping[str, Sequence[str]]
    columns: Sequence[str]

    def find(self, row: str, column: str) -> HouseholdGroup | None:
        """Return a figure, or None where it is withheld."""
        return None if (row, column) in self.withheld else self.groups[row, column]

    def withheld_rows(self, parent: str) -> list[str]:
        """Return the rows below a parent whose sum is withheld."""
        return [row for row in self.tree[parent] if (row, TOTAL) in self.withheld]

    def find_rest(self, parent: str, column: str) -> HouseholdGroup | None:
        """Return what the withheld rows below a parent amount to together.

        It is the parent less the rows that are shown, so it tells nothing new; None where a
        figure needed for it is withheld.
        """
        hidden = set(self.withheld_rows(parent))
        needed = [(row, column) for row in self.tree[parent] if row not in hidden]
        if (parent, column) in self.withheld or self.withheld.intersection(needed):
            return None
        return sum((self.groups[row, column] for row in hidden), NOBODY)


def protect(
    cells: Mapping[Key, HouseholdGroup],
    *,
    tree: Mapping[str, Sequence[str]],
    columns: Sequence[str],
    policy: DisclosurePolicy,
    overlapping: bool = False,
    also: frozenset[Key] = frozenset(),
) -> DisclosedTable:
    """Add up a table and withhold what must be; `cells` are leaves by (row, column).

    `tree` leads from `TOTAL` to its children and so on down to the leaves. Where columns
    are `overlapping`, because one household may stand in several of them, such as months,
    `cells` hold each leaf row's own total under the column `TOTAL`; what several columns of a
    row leave over is then judged as if all of them were the same households. Figures in `also`
    are withheld in any case.
    """
    groups = _with_sums(cells, tree, columns, overlapping=overlapping)
    relations = list(_relations(tree, columns))
    withheld = {key for key, group in groups.items() if not is_safe(group, policy)}
    withheld |= {key for key in also if key in groups and groups[key].households}
    while _withhold_more(withheld, groups, relations, policy, overlapping=overlapping):
        pass
    return DisclosedTable(groups, frozenset(withheld), tree, columns)


def is_safe(group: HouseholdGroup, policy: DisclosurePolicy) -> bool:
    """Say whether a figure gives away none of its households; nobody gives nobody away."""
    if group.households == 0:
        return True
    largest = group.largest_minor + group.second_minor
    # A month of refunds is below zero.
    is_dominated = largest * 100 > policy.dominance_percent * abs(group.minor)
    return group.households >= policy.minimum and not is_dominated


def find_determined(relations: Sequence[Relation], withheld: set[Key]) -> Key | None:
    """Return a withheld figure that the relations determine exactly, or None.

    Gaussian elimination over the withheld figures: one is determined when a row of the reduced
    system holds it alone.
    """
    rows: list[dict[Key, Fraction]] = []
    for parent, children in relations:
        row = {key: Fraction(-1) for key in children if key in withheld}
        if parent in withheld:
            row[parent] = Fraction(1)
        if row:
            rows.append(row)
    reduced: list[tuple[Key, dict[Key, Fraction]]] = []
    for row in rows:
        for pivot, other in reduced:
            _eliminate(row, pivot, other)
        if not row:
            continue
        pivot = min(row)
        factor = row[pivot]
        scaled = {key: value / factor for key, value in row.items()}
        for _, other in reduced:
            _eliminate(other, pivot, scaled)
        reduced.append((pivot, scaled))
    return next((pivot for pivot, row in reduced if len(row) == 1), None)


def _eliminate(row: dict[Key, Fraction], pivot: Key, other: Mapping[Key, Fraction]) -> None:
    factor = row.get(pivot)
    if factor is None:
        return
    for key, value in other.items():
        rest = row.get(key, Fraction(0)) - factor * value
        if rest:
            row[key] = rest
        else:
            row.pop(key, None)


def _with_sums(
    cells: Mapping[Key, HouseholdGroup],
    tree: Mapping[str, Sequence[str]],
    columns: Sequence[str],
    *,
    overlapping: bool,
) -> dict[Key, HouseholdGroup]:
    groups: dict[Key, HouseholdGroup] = {}

    def fill(row: str) -> None:
        for child in tree.get(row, ()):
            fill(child)
        for column in columns:
            children = [groups[child, column] for child in tree.get(row, ())]
            groups[row, column] = sum(children, cells.get((row, column), NOBODY))
        if overlapping:
            below = [groups[child, TOTAL] for child in tree.get(row, ())]
            groups[row, TOTAL] = sum(below, cells.get((row, TOTAL), NOBODY))
        else:
            groups[row, TOTAL] = sum((groups[row, column] for column in columns), NOBODY)

    fill(TOTAL)
    return groups


def _relations(tree: Mapping[str, Sequence[str]], columns: Sequence[str]) -> Iterator[Relation]:
    rows = [TOTAL, *(child for children in tree.values() for child in children)]
    for row in rows:
        yield (row, TOTAL), tuple((row, column) for column in columns)
    for parent, children in tree.items():
        for column in (*columns, TOTAL):
            if children:
                yield (parent, column), tuple((child, column) for child in children)


def _withhold_more(
    withheld: set[Key],
    groups: Mapping[Key, HouseholdGroup],
    relations: Sequence[Relation],
    policy: DisclosurePolicy,
    *,
    overlapping: bool,
) -> bool:
    """Withhold one more figure where one is needed; False when the table is safe."""
    for relation in relations:
        if _gives_away(relation, withheld, groups, policy, overlapping=overlapping):
            withheld.add(_next_victim(relation, withheld, groups))
            return True
    determined = find_determined(relations, withheld)
    if determined is None:
        return False
    # Somebody is always left to withhold: without a figure above zero the relations say
    # nothing about the size of any other.
    withheld.add(
        min(
            (not _are_related(key, determined, relations), groups[key].households, key)
            for key in groups
            if key not in withheld and groups[key].households
        )[-1]
    )
    return True


def _gives_away(
    relation: Relation,
    withheld: set[Key],
    groups: Mapping[Key, HouseholdGroup],
    policy: DisclosurePolicy,
    *,
    overlapping: bool,
) -> bool:
    parent, children = relation
    hidden = [key for key in children if key in withheld]
    if parent in withheld:
        return not hidden
    if not hidden:
        return False
    found = [groups[key] for key in hidden]
    is_across = parent[1] == TOTAL and all(row == parent[0] for row, _ in children)
    left_over = _as_one(found) if overlapping and is_across else sum(found, NOBODY)
    return len(hidden) == 1 or not is_safe(left_over, policy)


def _as_one(groups: Sequence[HouseholdGroup]) -> HouseholdGroup:
    """Join groups as if the same few households stood in all of them."""
    return HouseholdGroup(
        max(group.households for group in groups),
        sum(group.minor for group in groups),
        sum(group.largest_minor for group in groups),
        sum(group.second_minor for group in groups),
    )


def _next_victim(
    relation: Relation, withheld: set[Key], groups: Mapping[Key, HouseholdGroup]
) -> Key:
    parent, children = relation
    shown = [
        (groups[key].households, key)
        for key in children
        if key not in withheld and groups[key].households
    ]
    return min(shown)[1] if shown else parent


def _are_related(key: Key, other: Key, relations: Sequence[Relation]) -> bool:
    return any({key, other} <= {parent, *children} for parent, children in relations)
