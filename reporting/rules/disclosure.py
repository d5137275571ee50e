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
from functools import lru_cache

from kernel.disclosure import DisclosurePolicy, HouseholdGroup, is_safe
from reporting.rules.inference import Equation, Key, Relation, find_exposed, reduce
from reporting.values import Place

TOTAL = "total"
"""Key of the row and of the column that hold the sums."""

DISTRICT_DIGITS, TOWNSHIP_DIGITS = 6, 9
"""How long codes of districts and townships are; those of villages extend them."""

NOBODY = HouseholdGroup()


@dataclass(frozen=True, slots=True)
class DisclosedTable:
    """The figures of a table by (row, column), and which of them are withheld."""

    groups: Mapping[Key, HouseholdGroup]
    withheld: frozenset[Key]
    tree: Mapping[str, Sequence[str]]
    columns: Sequence[str]

    def find(self, row: str, column: str) -> HouseholdGroup | None:
        """Return a figure, or None where it is withheld; nobody where nothing was counted."""
        if (row, column) in self.withheld:
            return None
        return self.groups.get((row, column), NOBODY)

    def within(self, row: str, tree: Mapping[str, Sequence[str]]) -> "DisclosedTable":
        """Return the part of the table below a row, which becomes the total of it.

        What is withheld in the whole is withheld in the part, whatever else it shows: two parts
        of one table never tell more than the table.
        """

        def renamed(key: Key) -> Key:
            return (TOTAL, key[1]) if key[0] == row else key

        kept = {row} | {child for children in tree.values() for child in children}
        return DisclosedTable(
            {renamed(key): group for key, group in self.groups.items() if key[0] in kept},
            frozenset(renamed(key) for key in self.withheld if key[0] in kept),
            tree,
            self.columns,
        )

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
) -> DisclosedTable:
    """Add up a table and withhold what must be; `cells` are leaves by (row, column).

    `tree` leads from `TOTAL` to its children and so on down to the leaves. No household stands
    in two columns; for months see `years.protect_year`.
    """
    groups = _with_sums(cells, tree, columns)
    relations = list(_relations(tree, columns))
    withheld = {key for key, group in groups.items() if not is_safe(group, policy)}
    leaves_of = _leaves(groups, tree, columns)
    while _withhold_more(withheld, groups, relations, policy) or _hide_better(
        withheld, groups, relations, leaves_of
    ):
        pass
    return DisclosedTable(groups, frozenset(withheld), tree, columns)


def protect_region(
    cells: Mapping[Key, HouseholdGroup],
    *,
    area_of: Mapping[str, str],
    columns: Sequence[str],
    policy: DisclosurePolicy,
) -> DisclosedTable:
    """Protect a district from the total over areas and townships down to its villages at once.

    `cells` are villages by column; `area_of` names the area of a township. Every page takes its
    part of this one table, so that no two of them can be subtracted from each other. The same
    figures are worked out once.
    """
    return _protected(
        tuple(sorted(cells.items(), key=lambda item: item[0])),
        tuple(sorted(area_of.items())),
        tuple(columns),
        policy,
    )


@lru_cache(maxsize=32)
def _protected(
    cells: tuple[tuple[Key, HouseholdGroup], ...],
    areas: tuple[tuple[str, str], ...],
    columns: tuple[str, ...],
    policy: DisclosurePolicy,
) -> DisclosedTable:
    tree = tree_of_region({row for (row, _), _ in cells}, dict(areas))
    return protect(dict(cells), tree=tree, columns=columns, policy=policy)


def tree_of_region(villages: set[str], area_of: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the tree from the total of a district over areas and townships to villages."""
    tree: dict[str, list[str]] = {TOTAL: []}
    for village in sorted(villages):
        township = village[:TOWNSHIP_DIGITS]
        area = area_of.get(township) or TOTAL
        if area != TOTAL and area not in tree:
            tree[TOTAL].append(area)
        if township not in tree:
            tree.setdefault(area, []).append(township)
        tree.setdefault(township, []).append(village)
    return tree


def part_of_region(
    table: DisclosedTable, scope: str, *, places: Sequence[Place]
) -> DisclosedTable:
    """Return what a page about a district, a township or a village shows of its district."""
    below = [place for place in places if place.code != scope]
    listed = {place.code for place in below}
    if len(scope) == DISTRICT_DIGITS:
        area_of = {town: row for row, towns in table.tree.items() for town in towns}
        areas: dict[str, list[str]] = {}
        for place in below:
            areas.setdefault(area_of.get(place.code, TOTAL), []).append(place.code)
        found = {row[:TOWNSHIP_DIGITS] for row, _ in table.groups if row[:1].isdigit()}
        roots = [*areas.pop(TOTAL, []), *sorted(found - listed)]
        return table.within(TOTAL, {TOTAL: [*areas, *roots], **areas})
    strays = {row for row, _ in table.groups if row.startswith(scope) and row != scope}
    return table.within(scope, {TOTAL: [*sorted(listed), *sorted(strays - listed)]})


def find_determined(relations: Sequence[Relation], withheld: set[Key]) -> Key | None:
    """Return a withheld figure that the relations determine exactly, or None."""
    equations: list[Equation] = []
    for parent, children in relations:
        row = {key: Fraction(-1) for key in children if key in withheld}
        if parent in withheld:
            row[parent] = Fraction(1)
        if row:
            equations.append((row, 0))
    return next((min(row) for row, _ in reduce(equations) if len(row) == 1), None)


def _with_sums(
    cells: Mapping[Key, HouseholdGroup],
    tree: Mapping[str, Sequence[str]],
    columns: Sequence[str],
) -> dict[Key, HouseholdGroup]:
    groups: dict[Key, HouseholdGroup] = {}

    def fill(row: str) -> None:
        for child in tree.get(row, ()):
            fill(child)
        for column in columns:
            children = [groups[child, column] for child in tree.get(row, ())]
            groups[row, column] = sum(children, cells.get((row, column), NOBODY))
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
) -> bool:
    """Withhold one more figure where one is needed; False when the table is safe."""
    for relation in relations:
        if _gives_away(relation, withheld, groups, policy):
            withheld.add(_next_victim(relation, withheld, groups))
            return True
    determined = find_determined(relations, withheld)
    if determined is None:
        return False
    withheld.add(_nearest_shown([determined], withheld, groups, relations))
    return True


def _hide_better(
    withheld: set[Key],
    groups: Mapping[Key, HouseholdGroup],
    relations: Sequence[Relation],
    leaves_of: Mapping[Key, frozenset[Key]],
) -> bool:
    """Withhold one more figure where several together tell too much; False when none do."""
    exposed = find_exposed(groups, leaves_of, withheld)
    if not exposed:
        return False
    withheld.add(_nearest_shown(exposed, withheld, groups, relations))
    return True


def _nearest_shown(
    exposed: Sequence[Key],
    withheld: set[Key],
    groups: Mapping[Key, HouseholdGroup],
    relations: Sequence[Relation],
) -> Key:
    """Return the smallest shown figure that is related to an exposed one.

    Somebody is always left to withhold: without a figure above zero the relations say nothing
    about the size of any other.
    """
    return min(
        (
            not any(_are_related(key, one, relations) for one in exposed),
            groups[key].households,
            key,
        )
        for key in groups
        if key not in withheld and groups[key].households
    )[-1]


def _leaves(
    groups: Mapping[Key, HouseholdGroup],
    tree: Mapping[str, Sequence[str]],
    columns: Sequence[str],
) -> dict[Key, frozenset[Key]]:
    """Return of which smallest figures each figure is the sum, without those of nobody."""

    def rows(row: str) -> list[str]:
        children = tree.get(row, ())
        return [leaf for child in children for leaf in rows(child)] if children else [row]

    below = {row: rows(row) for row, _ in groups}
    return {
        (row, column): frozenset(
            (leaf, one)
            for leaf in below[row]
            for one in (columns if column == TOTAL else (column,))
            if groups[leaf, one].households
        )
        for row, column in groups
    }


def _gives_away(
    relation: Relation,
    withheld: set[Key],
    groups: Mapping[Key, HouseholdGroup],
    policy: DisclosurePolicy,
) -> bool:
    parent, children = relation
    hidden = [key for key in children if key in withheld]
    if parent in withheld:
        return not hidden
    if not hidden:
        return False
    left_over = sum((groups[key] for key in hidden), NOBODY)
    return len(hidden) == 1 or not is_safe(left_over, policy)


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
