"""Of the sources of figures so many are told that nobody can be worked out."""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.disclosure import DisclosurePolicy
from reporting.rules.disclosure import TOTAL, DisclosedTable
from reporting.rules.sources import Share, choose
from reporting.rules.years import protect_year
from shop.proof.experiments.attacker import recovered
from shop.proof.experiments.differencing import GUARDED, OPEN
from shop.proof.experiments.told_sources import (
    MONTHS,
    cells_of,
    make_books,
    published_books,
)

MONTH = "2026-01"
VILLAGES = ("500156100201", "500156100202")


def shares_of(source: str, people: dict[str, range]) -> list[Share]:
    return [
        Share((source, MONTH), village, f"{village}-{one}", (1_000 + one, 1_000 + one, 0))
        for village, ones in people.items()
        for one in ones
    ]


def table_of(shares: list[Share], policy: DisclosurePolicy = GUARDED) -> DisclosedTable:
    return protect_year(
        {name: cells_of(shares, name) for name in ("M2", "M3", "M3-M2")},
        area_of={},
        months=MONTHS,
        policy=policy,
    )["M3"]


def told(*found: list[Share]) -> set[str]:
    shares = [share for some in found for share in some]
    eligible = {share.unit[0] for share in shares}
    chosen = choose(shares, eligible, table=table_of(shares), policy=GUARDED)
    return {source for source, _ in chosen.is_split}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_an_attacker_with_every_figure_and_source_recovers_nobody(seed: int) -> None:
    books = make_books(seed)

    assert recovered(books.incomes, published_books(books, GUARDED)) == 0


def test_the_attacker_is_not_blind() -> None:
    found = [make_books(seed) for seed in range(10)]

    assert sum(recovered(one.incomes, published_books(one, OPEN)) for one in found) > 0


def test_sources_of_enough_households_are_told() -> None:
    one = shares_of("line:1", {VILLAGES[0]: range(12)})
    other = shares_of("line:2", {VILLAGES[0]: range(12)})

    assert told(one, other) == {"line:1", "line:2"}


def test_a_small_source_takes_another_with_it() -> None:
    small = shares_of("line:1", {VILLAGES[0]: range(3)})
    large = shares_of("line:2", {VILLAGES[0]: range(12)})
    larger = shares_of("line:3", {VILLAGES[0]: range(40)})

    assert told(small, large) == set()
    assert told(small, large, larger) == {"line:3"}


def test_a_source_across_places_is_told_as_one_only_beside_a_rest() -> None:
    across = shares_of("line:1", {VILLAGES[0]: range(8), VILLAGES[1]: range(12)})
    here = shares_of("line:2", {VILLAGES[0]: range(20, 40)})
    there = shares_of("line:3", {VILLAGES[1]: range(20, 40)})

    # Less the others, each village would be left with its part of the one across.
    assert told(across, here, there) != {"line:1", "line:2", "line:3"}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_what_is_told_never_exceeds_its_figure(seed: int) -> None:
    books = make_books(seed)
    shares = list(books.shares)
    eligible = {share.unit[0] for share in shares}
    table = table_of(shares)
    if (TOTAL, TOTAL) in table.withheld:
        assert not choose(shares, eligible, table=table, policy=GUARDED).is_split
        return
    chosen = choose(shares, eligible, table=table, policy=GUARDED)
    sums: defaultdict[str, int] = defaultdict(int)
    for some in chosen.within(shares, lambda _: True).values():
        for share in some:
            sums[TOTAL] += share.minors[1]
    assert sums[TOTAL] <= table.groups[TOTAL, TOTAL].minor
