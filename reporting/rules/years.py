"""What may be shown of a year by place and month, in several measures of the same households.

A household stands in several months and in several measures, so columns do not add up household
by household. One pattern holds for all measures, and it is laid from the district down to the
villages at once, whatever page shows a part of it:

- a place shows its year only where its parent does; what is left of the parent beside the
  places shown is itself large enough to be shown, in every measure;
- months in which the whole district is too small are left out everywhere, with so many more
  that what they amount to together is large enough;
- a place shows all other months or none of them, by the same rule, and only where it shows its
  year.

Whoever adds and subtracts, across months, places, pages and measures, arrives at sums of such
groups and at nothing smaller.
"""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
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
    yearly = _shown(tree, in_year, size, _rows(tree))
    monthly = _shown(tree, in_months, size, yearly)
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
