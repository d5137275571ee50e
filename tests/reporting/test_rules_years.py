"""By place and month, in several measures and on several pages, nobody can be worked out."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.disclosure import DisclosurePolicy, HouseholdGroup, is_safe
from reporting.rules.disclosure import TOTAL, DisclosedTable, part_of_region
from reporting.rules.inference import Key
from reporting.rules.years import protect_year
from reporting.values import Place
from shop.proof.experiments.attacker import recovered
from shop.proof.experiments.differencing import GUARDED, OPEN, make_year, published_year

POLICY = DisclosurePolicy(minimum=10, dominance_percent=85)
MONTHS = ["01", "02", "03"]
TOWN_A, TOWN_B = "500156100", "500156200"
VILLAGES = [f"{TOWN_A}201", f"{TOWN_A}202", f"{TOWN_B}201", f"{TOWN_B}202", f"{TOWN_B}203"]

counts = st.lists(st.sampled_from([0, 1, 3, 9, 10, 12, 40]), min_size=15, max_size=15)


def a_group(households: int) -> HouseholdGroup:
    each = 100 if households else 0
    return HouseholdGroup(households, households * each, each, each if households > 1 else 0)


def a_year(found: list[int]) -> dict[Key, HouseholdGroup]:
    """Give villages so many households by month, the same ones in every month."""
    cells: dict[Key, HouseholdGroup] = {}
    for village, at in zip(VILLAGES, range(0, 15, 3), strict=True):
        months = [a_group(count) for count in found[at : at + 3]]
        cells |= {
            (village, month): one
            for month, one in zip(MONTHS, months, strict=True)
            if one.households
        }
        most = max(one.households for one in months)
        if most:
            whole = sum(one.minor for one in months)
            largest = sum(one.largest_minor for one in months)
            second = sum(one.second_minor for one in months)
            cells[village, TOTAL] = HouseholdGroup(most, whole, largest, second)
    return cells


def protected(*found: list[int]) -> dict[str, DisclosedTable]:
    return protect_year(
        {f"M{number}": a_year(one) for number, one in enumerate(found)},
        area_of={},
        months=MONTHS,
        policy=POLICY,
    )


def a_place(code: str) -> Place:
    return Place(code, code, code, "", None, "", "", None, None)


def hidden_sum(table: DisclosedTable, parent: str, column: str) -> HouseholdGroup | None:
    """Return what anybody can subtract: the parent less its children that are shown."""
    hidden = [row for row in table.tree.get(parent, ()) if (row, column) in table.withheld]
    if (parent, column) in table.withheld or not hidden:
        return None
    return sum((table.groups[row, column] for row in hidden), HouseholdGroup())


@given(counts, counts)
def test_what_is_shown_and_what_is_left_over_is_large_enough(
    first: list[int], second: list[int]
) -> None:
    for table in protected(first, second).values():
        for key, group in table.groups.items():
            assert key in table.withheld or is_safe(group, POLICY)
        for parent in table.tree:
            for column in (*MONTHS, TOTAL):
                rest = hidden_sum(table, parent, column)
                assert rest is None or is_safe(rest, POLICY)


@given(counts, counts)
def test_all_measures_withhold_the_same(first: list[int], second: list[int]) -> None:
    one, other = protected(first, second).values()

    assert one.withheld == other.withheld


@given(counts)
def test_a_township_shows_on_its_own_page_what_the_district_shows_of_it(
    found: list[int],
) -> None:
    (table,) = protected(found).values()
    district = part_of_region(table, "500156", places=[a_place(TOWN_A), a_place(TOWN_B)])

    for town in (TOWN_A, TOWN_B):
        villages = [a_place(one) for one in VILLAGES if one.startswith(town)]
        own = part_of_region(table, town, places=villages)
        for column in (*MONTHS, TOTAL):
            assert own.find(TOTAL, column) == district.find(town, column)


@given(counts)
def test_a_year_never_tells_of_the_months_it_leaves_out(found: list[int]) -> None:
    (table,) = protected(found).values()
    for row in (TOTAL, TOWN_A, TOWN_B, *VILLAGES):
        hidden = [month for month in MONTHS if (row, month) in table.withheld]
        if (row, TOTAL) in table.withheld or not hidden or len(hidden) == len(MONTHS):
            continue
        groups = [table.groups[row, month] for month in hidden]
        most = max(group.households for group in groups)
        sums = (
            sum(group.minor for group in groups),
            sum(group.largest_minor for group in groups),
            sum(group.second_minor for group in groups),
        )
        assert is_safe(HouseholdGroup(most, *sums), POLICY)


def test_enough_households_in_every_month_are_shown() -> None:
    (table,) = protected([40] * 15).values()

    assert not table.withheld


def test_a_small_month_of_a_village_hides_its_months_and_not_its_year() -> None:
    (table,) = protected([40, 40, 3, *[40] * 12]).values()

    assert table.find(VILLAGES[0], TOTAL) is not None
    assert {table.find(VILLAGES[0], month) for month in MONTHS} == {None}
    assert table.find(TOWN_B, "03") is not None


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_an_attacker_with_every_page_recovers_nobody(seed: int) -> None:
    year = make_year(seed)

    assert recovered(year.incomes, published_year(year, GUARDED)) == 0


def test_the_attacker_is_not_blind() -> None:
    found = [make_year(seed) for seed in range(10)]

    assert sum(recovered(year.incomes, published_year(year, OPEN)) for year in found) > 0
