"""What an order tells of where its households live: nobody is found by subtracting orders."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from households.values import HouseholdId
from kernel.disclosure import DisclosurePolicy
from reporting.rules import trails
from reporting.rules.trails import Cell, CellTable, Claim, tell_apart

POLICY = DisclosurePolicy(minimum=10, dominance_percent=85)
EAST, WEST = "500156204", "500156205"
E1, E2, E3, W1, FAR = f"{EAST}201", f"{EAST}202", f"{EAST}203", f"{WEST}201", "500229101201"
VILLAGES = (E1, E2, E3, W1, FAR)


def claims(
    counts: dict[str, int], *, lot_id: int = 1, minor: int = 100, weight: int = 7
) -> list[Claim]:
    """Make households of villages that all brought in the same."""
    return [
        Claim(lot_id, HouseholdId(f"{lot_id}:{village}:{n}"), village, weight, minor, 0)
        for village, count in counts.items()
        for n in range(count)
    ]


def cells(table: CellTable) -> dict[Cell, int]:
    return {row.cell: row.households for row in table.rows}


def whole(code: str) -> Cell:
    return Cell(code, is_rest=False)


def test_villages_with_enough_households_are_told_apart() -> None:
    told = tell_apart(claims({E1: 12, E2: 10}), POLICY)

    assert cells(told) == {whole(E1): 12, whole(E2): 10}
    assert sum(row.minor for row in told.rows) == 2_200


def test_a_small_village_takes_another_along_into_its_township() -> None:
    told = tell_apart(claims({E1: 12, E2: 11, E3: 3}), POLICY)

    assert cells(told) == {whole(E1): 12, Cell(EAST, is_rest=True): 14}


def test_a_small_township_is_told_with_its_district() -> None:
    assert cells(tell_apart(claims({E1: 12, W1: 9}), POLICY)) == {whole("500156"): 21}


def test_villages_too_small_alone_are_told_as_a_township() -> None:
    assert cells(tell_apart(claims({E1: 6, E2: 6}), POLICY)) == {whole(EAST): 12}


def test_a_lot_of_few_households_is_withheld() -> None:
    told = tell_apart([*claims({E1: 9}), *claims({E2: 12}, lot_id=2)], POLICY)

    assert cells(told) == {whole(E2): 12}
    assert told.withheld == {1}


def test_a_village_that_two_households_dominate_is_not_told_apart() -> None:
    rich = [Claim(1, HouseholdId(f"R{n}"), E1, 7_000, 100, 0) for n in range(2)]

    told = tell_apart([*rich, *claims({E1: 10, E2: 300})], POLICY)

    assert told.withheld == {1}
    assert tell_apart(claims({E1: 10, E2: 300}), POLICY).withheld == frozenset()


def test_a_lot_never_borrows_households_of_another() -> None:
    """The order of lot 1 less from the order of both would tell what three households have."""
    told = tell_apart([*claims({E1: 12}), *claims({E1: 3}, lot_id=2)], POLICY)

    assert cells(told) == {whole(E1): 12}
    assert told.withheld == {2}


def test_fen_that_reach_too_few_are_withheld() -> None:
    paid = [*claims({E1: 4}, minor=1), *claims({E2: 12}, minor=0)]

    assert tell_apart(paid, POLICY).withheld == {1}


@st.composite
def lots(draw: st.DrawFn) -> list[list[Claim]]:
    """Draw a few lots of households that brought in different weights."""
    found = []
    for lot_id in range(1, draw(st.integers(1, 3)) + 1):
        members = []
        for village in VILLAGES:
            weights = draw(st.lists(st.integers(1, 5_000), max_size=25))
            members += [
                Claim(lot_id, HouseholdId(f"{village}:{n}"), village, weight, 0, 0)
                for n, weight in enumerate(weights)
            ]
        found.append(members)
    return found


def ordered(members: Sequence[Claim], price: int) -> list[Claim]:
    """Divide a price by weight; of a small one not every household gets a fen."""
    total = sum(one.weight for one in members)
    return [
        replace(
            one,
            minor=one.weight * price // total,
            reversed_minor=one.weight * price // total // 3,
        )
        for one in members
    ]


@settings(max_examples=80, deadline=None)
@given(found=lots(), price=st.integers(1, 100_000))
def test_rows_add_up_to_what_is_told(found: list[list[Claim]], price: int) -> None:
    everybody = [one for members in found for one in ordered(members, price)]

    told = tell_apart(everybody, POLICY)

    kept = [one for one in everybody if one.lot_id not in told.withheld]
    assert sum(row.minor for row in told.rows) == sum(one.minor for one in kept)
    assert sum(row.reversed_minor for row in told.rows) == sum(
        one.reversed_minor for one in kept
    )
    assert all(row.households >= POLICY.minimum for row in told.rows if row.minor)


@settings(max_examples=80, deadline=None)
@given(found=lots(), price=st.integers(1, 100_000))
def test_orders_of_several_lots_tell_what_orders_of_each_tell(
    found: list[list[Claim]], price: int
) -> None:
    together = tell_apart([one for lot in found for one in ordered(lot, price)], POLICY)

    alone: Counter[Cell] = Counter()
    for members in found:
        for row in tell_apart(ordered(members, price), POLICY).rows:
            alone[row.cell] += row.minor
    assert {row.cell: row.minor for row in together.rows} == dict(alone)


@settings(max_examples=150, deadline=None)
@given(found=lots(), prices=st.lists(st.integers(1, 100_000), min_size=2, max_size=5))
def test_subtracting_orders_singles_out_no_small_group(
    found: list[list[Claim]], prices: list[int]
) -> None:
    """Households of a lot that stand in the same row of every order cannot be told apart.

    Whatever is added and subtracted, scaled to the same price or not, treats them alike: it
    stands for whole groups of them. So each such group has to be safe by itself.
    """
    for members in filter(None, found):
        for weights in _told_apart(members, prices):
            first, second = sorted(weights, reverse=True)[:2]
            assert len(weights) >= POLICY.minimum
            assert (first + second) * 100 <= POLICY.dominance_percent * sum(weights)


def _told_apart(members: Sequence[Claim], prices: Sequence[int]) -> list[list[int]]:
    """Return the weights of households that stand in the same rows of orders at such prices."""
    rows_of: dict[HouseholdId, list[Cell | None]] = {one.household_id: [] for one in members}
    for price in prices:
        parts = trails._divide(ordered(members, price), POLICY) or {}
        cell_of = {one.household_id: cell for cell, of in parts.items() for one in of}
        for household, rows in rows_of.items():
            rows.append(cell_of.get(household))
    groups: dict[tuple[Cell | None, ...], list[int]] = {}
    for one in members:
        groups.setdefault(tuple(rows_of[one.household_id]), []).append(one.weight)
    return [weights for rows, weights in groups.items() if any(rows)]
