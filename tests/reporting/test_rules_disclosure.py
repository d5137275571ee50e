"""What a table of households gives away: an attacker who can subtract learns nothing."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.disclosure import DisclosurePolicy, HouseholdGroup, is_safe
from reporting.rules import disclosure
from reporting.rules.disclosure import TOTAL, DisclosedTable, protect

POLICY = DisclosurePolicy(minimum=10, dominance_percent=85)
COLUMNS = ["general", "lifted", "monitored"]
TREE = {TOTAL: ["east", "west"], "east": ["e1", "e2", "e3"], "west": ["w1", "w2"]}
LEAVES = ["e1", "e2", "e3", "w1", "w2"]


def a_group(households: int, each: int = 100) -> HouseholdGroup:
    """Make households that earned the same."""
    return HouseholdGroup(
        households,
        households * each,
        each if households else 0,
        each if households > 1 else 0,
    )


def a_table(counts: dict[tuple[str, str], int]) -> DisclosedTable:
    cells = {key: a_group(count) for key, count in counts.items()}
    return protect(cells, tree=TREE, columns=COLUMNS, policy=POLICY)


def test_enough_households_are_shown() -> None:
    table = a_table({(leaf, column): 12 for leaf in LEAVES for column in COLUMNS})

    assert table.withheld == frozenset()
    assert table.find(TOTAL, TOTAL) == a_group(180)


def test_a_few_households_are_withheld() -> None:
    assert a_table({("e1", "lifted"): 3}).find("e1", "lifted") is None


def test_nobody_is_shown_as_nobody() -> None:
    table = a_table({("e1", "lifted"): 30})

    assert table.find("w1", TOTAL) == a_group(0)


def test_a_withheld_row_cannot_be_subtracted_from_its_total() -> None:
    table = a_table({("e1", "lifted"): 4, ("e2", "lifted"): 20, ("e3", "lifted"): 11})

    assert table.find("e1", TOTAL) is None
    assert table.find("east", TOTAL) == a_group(35)
    assert len(table.withheld_rows("east")) >= 2
    rest = table.find_rest("east", TOTAL)
    assert rest is not None
    assert rest.households >= POLICY.minimum


def test_two_small_rows_are_not_given_away_by_what_they_sum_to() -> None:
    table = a_table({("e1", "lifted"): 3, ("e2", "lifted"): 4, ("e3", "lifted"): 20})

    assert set(table.withheld_rows("east")) == {"e1", "e2", "e3"}


def test_a_sum_that_two_households_dominate_is_withheld() -> None:
    cells = {("e1", "lifted"): HouseholdGroup(12, 1_000, 800, 100)}

    table = protect(cells, tree=TREE, columns=COLUMNS, policy=POLICY)

    assert table.find("e1", "lifted") is None


def test_joined_groups_keep_the_two_largest_parts() -> None:
    joined = HouseholdGroup(3, 90, 50, 30) + HouseholdGroup(2, 70, 40, 30)

    assert joined == HouseholdGroup(5, 160, 50, 40)


def test_a_tree_without_places_is_safe() -> None:
    table = protect({}, tree={TOTAL: []}, columns=COLUMNS, policy=POLICY)

    assert table.find(TOTAL, TOTAL) == a_group(0)


@pytest.mark.parametrize("minimum", [2, 5, 10, 40])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_relation_of_the_table_gives_a_withheld_figure_away(
    minimum: int, data: st.DataObject
) -> None:
    policy = DisclosurePolicy(minimum=minimum, dominance_percent=85)
    keys = list(itertools.product(LEAVES, COLUMNS))
    counts = data.draw(
        st.lists(st.integers(0, 3 * minimum), min_size=len(keys), max_size=len(keys))
    )
    cells = {key: a_group(count) for key, count in zip(keys, counts, strict=True)}

    table = protect(cells, tree=TREE, columns=COLUMNS, policy=policy)

    relations = list(disclosure._relations(TREE, COLUMNS))
    shown = {key: group for key, group in table.groups.items() if key not in table.withheld}
    assert all(is_safe(group, policy) for group in shown.values())
    assert disclosure.find_determined(relations, set(table.withheld)) is None
    for parent, children in relations:
        hidden = [key for key in children if key in table.withheld]
        if parent not in table.withheld and hidden:
            left_over = shown[parent].households - sum(
                shown[key].households for key in children if key in shown
            )
            assert left_over >= minimum


def test_an_attacker_who_combines_relations_is_noticed() -> None:
    square = [
        (("t", "x"), (("a", "x"), ("b", "x"))),
        (("t", "y"), (("a", "y"), ("b", "y"))),
        (("a", "t"), (("a", "x"), ("a", "y"))),
        (("b", "t"), (("b", "x"), ("b", "y"))),
    ]
    withheld = {("a", "x"), ("b", "x"), ("a", "y")}

    assert disclosure.find_determined(square, withheld) is not None
    assert disclosure.find_determined(square, withheld | {("b", "y")}) is None
