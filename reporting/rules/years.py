"""What may be shown of a year by place and month, in several measures of the same households.

A household stands in several months and in several measures, so columns do not add up household
by household. One pattern holds for all measures, and it is laid from the district down to the
villages at once, whatever page shows a part of it:

- a place shows its year only where its parent does; what is left of the parent beside the
  places shown is itself large enough to be shown, in every measure;
- months in which the whole district is too small are left out everywhere, with so many more
  that what they amount to together is large enough;
- a place shows all other months or none of them, by the same rule, and only where it shows its
  year;
- a place whose year is shown and whose months are not shows its year only where the months of
  what lies around it cannot be subtracted: in the months in which fewest earn on one of both
  sides, enough earn on that side.

Whoever adds and subtracts, across months, places, pages and measures, arrives at sums of such
groups and at nothing smaller.
"""

from collections.abc import (
    Callable,
    Collection,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from typing import TypeVar

from kernel.disclosure import DisclosurePolicy, HouseholdGroup, is_safe
from reporting.rules.disclosure import NOBODY, TOTAL, DisclosedTable, tree_of_region
from reporting.rules.inference import Key

Name = TypeVar("Name", bound=Hashable)
Cells = Mapping[Key, HouseholdGroup]
"""Villages by month, and by the year under `TOTAL`."""

Gate = Callable[[Sequence[str]], bool]
"""Says of some places without a household in common whether their sum may be shown."""


def protect_year(
    cells: Mapping[Name, Cells],
    *,
    area_of: Mapping[str, str],
    months: Sequence[str],
    policy: DisclosurePolicy,
) -> dict[Name, DisclosedTable]:
    """Return the table of each measure, with the same figures withheld in all of them."""
    tree = tree_of_region({row for found in cells.values() for row, _ in found}, area_of)
    columns = (*months, TOTAL)
    sums = {name: _add_up(found, tree, columns) for name, found in cells.items()}

    def joined(rows: Sequence[str], column: str) -> Iterator[HouseholdGroup]:
        for groups in sums.values():
            yield sum((groups[row, column] for row in rows), NOBODY)

    def in_year(rows: Sequence[str]) -> bool:
        return all(is_safe(group, policy) for group in joined(rows, TOTAL))

    def in_months(rows: Sequence[str]) -> bool:
        shown = (month for month in months if month not in left_out)
        return _is_left_over_safe(rows, left_out, sums, policy) and all(
            is_safe(group, policy) for month in shown for group in joined(rows, month)
        )

    left_out = _months_left_out(months, sums, policy)
    size = {row: max(group.households for group in joined([row], TOTAL)) for row in _rows(tree)}
    allowed = set(_rows(tree))
    while True:
        yearly = _shown(tree, in_year, size, allowed)
        monthly = _shown(tree, in_months, size, yearly)
        refused = {
            row
            for row, around in _around(tree, monthly).items()
            if row in yearly and not _is_apart((row, around), left_out, sums, tree, policy)
        }
        if not refused:
            break
        allowed -= refused
    withheld = {
        (row, column)
        for row, households in size.items()
        for column in columns
        if households
        and (row not in yearly if column == TOTAL else row not in monthly or column in left_out)
    }
    return {
        name: DisclosedTable(groups, frozenset(withheld), tree, months)
        for name, groups in sums.items()
    }


def _rows(tree: Mapping[str, Sequence[str]]) -> list[str]:
    return [TOTAL, *(child for children in tree.values() for child in children)]


def smaller_sides(
    sides: Iterable[tuple[HouseholdGroup, HouseholdGroup | None]],
) -> HouseholdGroup:
    """Return what is left of a year when months of what lies around it are subtracted.

    A side is a month inside and around, the latter None where it is not known. Whoever
    subtracts leaves the inside of one month and the outside of another, whichever is smaller.
    """
    found = [
        inside if outside is None or inside.households <= outside.households else outside
        for inside, outside in sides
    ]
    peopled = [group for group in found if group.households]
    return _as_one(peopled) if peopled else NOBODY


def _around(tree: Mapping[str, Sequence[str]], monthly: Collection[str]) -> dict[str, str]:
    """Return for every row without months the nearest row above it that has them."""
    found: dict[str, str] = {}

    def walk(row: str, above: str | None) -> None:
        if row in monthly:
            above = row
        elif above is not None:
            found[row] = above
        for child in tree.get(row, ()):
            walk(child, above)

    walk(TOTAL, None)
    return found


def _is_apart(
    rows: tuple[str, str],
    left_out: Collection[str],
    sums: Mapping[Name, Mapping[Key, HouseholdGroup]],
    tree: Mapping[str, Sequence[str]],
    policy: DisclosurePolicy,
) -> bool:
    """Say whether months of a row above cannot be subtracted from the year of a row."""
    row, above = rows
    beside = sorted(set(_villages(tree, above)) - set(_villages(tree, row)))

    def sides(groups: Mapping[Key, HouseholdGroup]) -> HouseholdGroup:
        months = sorted({month for _, month in groups if month != TOTAL})
        return smaller_sides(
            (
                groups[row, month],
                None
                if month in left_out
                else sum((groups[village, month] for village in beside), NOBODY),
            )
            for month in months
        )

    return all(is_safe(sides(groups), policy) for groups in sums.values())


def _add_up(
    cells: Cells, tree: Mapping[str, Sequence[str]], columns: Sequence[str]
) -> dict[Key, HouseholdGroup]:
    groups: dict[Key, HouseholdGroup] = {}

    def fill(row: str) -> None:
        for child in tree.get(row, ()):
            fill(child)
        for column in columns:
            below = (groups[child, column] for child in tree.get(row, ()))
            groups[row, column] = sum(below, cells.get((row, column), NOBODY))

    fill(TOTAL)
    return groups


def _shown(
    tree: Mapping[str, Sequence[str]],
    gate: Gate,
    size: Mapping[str, int],
    allowed: Collection[str],
) -> set[str]:
    """Return the rows that may be shown, and all that is left over beside them with them."""
    found: set[str] = set()

    def divide(parent: str) -> None:
        found.add(parent)
        peopled = [row for row in tree.get(parent, ()) if size[row]]
        shown = {row for row in peopled if row in allowed and gate([row])}
        rest = [row for row in peopled if row not in shown]
        while rest and shown and not gate(rest):
            smallest = min(shown, key=lambda row: (size[row], row))
            shown.remove(smallest)
            rest.append(smallest)
        for row in shown:
            divide(row)

    if TOTAL in allowed and gate([TOTAL]):
        divide(TOTAL)
    return found


def _months_left_out(
    months: Sequence[str],
    sums: Mapping[Name, Mapping[Key, HouseholdGroup]],
    policy: DisclosurePolicy,
) -> set[str]:
    """Return the months nothing is told of, so many that their sum tells nothing either."""

    def is_small(month: str) -> bool:
        return not all(is_safe(groups[TOTAL, month], policy) for groups in sums.values())

    def size(month: str) -> tuple[int, str]:
        return max(groups[TOTAL, month].households for groups in sums.values()), month

    found = {month for month in months if is_small(month)}
    others = [month for month in sorted(months, key=size) if month not in found]
    for month in filter(lambda month: size(month)[0], others):
        if _is_left_over_safe([TOTAL], found, sums, policy):
            break
        found.add(month)
    return found


def _is_left_over_safe(
    rows: Sequence[str],
    left_out: Collection[str],
    sums: Mapping[Name, Mapping[Key, HouseholdGroup]],
    policy: DisclosurePolicy,
) -> bool:
    """Say whether what the months left out amount to may be known, as the year tells it."""
    for groups in sums.values():
        found = [
            sum((groups[row, month] for row in rows), NOBODY) for month in sorted(left_out)
        ]
        peopled = [group for group in found if group.households]
        if peopled and not is_safe(_as_one(peopled), policy):
            return False
    return True


def _as_one(groups: Sequence[HouseholdGroup]) -> HouseholdGroup:
    """Join months as if the same few households stood in all of them."""
    return HouseholdGroup(
        max(group.households for group in groups),
        sum(group.minor for group in groups),
        sum(group.largest_minor for group in groups),
        sum(group.second_minor for group in groups),
    )


def blocks_of(table: DisclosedTable) -> Mapping[str, str]:
    """Return for every village the smallest group of places whose year can be known.

    Villages whose year is withheld stand together with those that are withheld beside them.
    Without a year of the whole there is no such group.
    """
    found: dict[str, str] = {}

    def divide(row: str) -> None:
        below = table.tree.get(row, ())
        if not below:
            found[row] = row
        hidden = [child for child in below if (child, TOTAL) in table.withheld]
        for child in below:
            if child not in hidden:
                divide(child)
        found.update(
            (village, f"{row}-") for one in hidden for village in _villages(table.tree, one)
        )

    if (TOTAL, TOTAL) not in table.withheld:
        divide(TOTAL)
    return found


def list_knowable(table: DisclosedTable) -> Iterator[tuple[Sequence[str], str]]:
    """Yield the villages of every sum that the table tells, or that is left over, by column."""
    for column in (*table.columns, TOTAL):
        for row in _rows(table.tree):
            if (row, column) in table.withheld:
                continue
            yield _villages(table.tree, row), column
            hidden = [one for one in table.tree.get(row, ()) if (one, column) in table.withheld]
            if hidden:
                yield (
                    [village for one in hidden for village in _villages(table.tree, one)],
                    column,
                )


def _villages(tree: Mapping[str, Sequence[str]], row: str) -> list[str]:
    below = tree.get(row, ())
    return [village for one in below for village in _villages(tree, one)] if below else [row]
