"""The splitter: sums exactly, keeps the quota, depends on no order, and reverses to zero."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import InvalidError
from kernel.money import Money, allot, reverse, round_half_up

CODES = st.sampled_from(["A", "B", "COOP", "H1", "H10", "H2", "HHPOT", "L:1", "b", "村"])
TOTALS = st.integers(min_value=0, max_value=10**12)
WHOLE = st.integers(min_value=0, max_value=10**7)
WEIGHT = st.one_of(WHOLE, st.builds(Fraction, WHOLE, st.sampled_from([2, 3, 7, 20, 64, 1000])))
WEIGHTS = st.dictionaries(CODES, WEIGHT, min_size=1, max_size=6).filter(
    lambda weights: sum(weights.values()) > 0
)
MANY = settings(max_examples=3_500, deadline=None, database=None)
SOME = settings(max_examples=1_500, deadline=None, database=None)


@MANY
@given(TOTALS, WEIGHTS)
def test_parts_sum_to_the_total_and_each_is_its_quota_rounded_down_or_up(
    total: int, weights: dict[str, Fraction]
) -> None:
    parts = allot(total, list(weights.items()))

    assert sum(parts.values()) == total
    whole = sum(weights.values(), Fraction(0))
    for code, part in parts.items():
        quota = total * Fraction(weights[code]) / whole
        assert part in {quota.__floor__(), quota.__ceil__()}


@MANY
@given(st.data(), TOTALS, WEIGHTS)
def test_a_split_does_not_depend_on_the_order_of_the_weights(
    data: st.DataObject, total: int, weights: dict[str, Fraction]
) -> None:
    shuffled = data.draw(st.permutations(list(weights.items())))

    assert allot(total, shuffled) == allot(total, list(weights.items()))


@SOME
@given(TOTALS, WEIGHTS, st.integers(0, 100))
def test_a_reversal_never_takes_more_than_is_left(
    total: int, weights: dict[str, Fraction], percent: int
) -> None:
    remaining = allot(total, list(weights.items()))

    taken = reverse(total * percent // 100, remaining)

    assert all(0 <= taken[code] <= remaining[code] for code in remaining)


@SOME
@given(st.integers(0, 10**6), WEIGHTS, st.lists(st.integers(0, 100), max_size=4))
def test_reversals_that_reach_the_full_amount_leave_zero_everywhere(
    total: int, weights: dict[str, Fraction], percents: list[int]
) -> None:
    remaining = allot(total, list(weights.items()))

    for percent in [*percents, 100]:
        taken = reverse(sum(remaining.values()) * percent // 100, remaining)
        remaining = {code: remaining[code] - taken[code] for code in remaining}

    assert set(remaining.values()) == {0}


def test_a_tie_goes_to_the_bytewise_smaller_code() -> None:
    assert allot(1, [("b", 1), ("B", 1), ("a", 1)]) == {"B": 1, "a": 0, "b": 0}


def test_a_refund_of_one_fen_never_raises_another_part() -> None:
    split = allot(11, [("A", 6), ("B", 6), ("C", 2)])
    taken = reverse(1, split)

    assert split == {"A": 5, "B": 5, "C": 1}
    assert {code: split[code] - taken[code] for code in split} == {"A": 4, "B": 5, "C": 1}
    # Splitting the smaller amount again would have raised C: the wrong way to refund.
    assert allot(10, [("A", 6), ("B", 6), ("C", 2)])["C"] == 2


def test_a_published_pool_divides_over_138_members() -> None:
    members = [(f"M{number:03}", 1) for number in range(1, 139)]

    parts = allot(7_900_000, members)

    assert [parts["M001"], parts["M052"], parts["M053"], parts["M138"]] == [
        57_247,
        57_247,
        57_246,
        57_246,
    ]


def test_a_discount_is_divided_over_lines_by_their_gross() -> None:
    assert allot(1_000, [("1", 3_333), ("2", 6_667)]) == {"1": 333, "2": 667}


def test_the_largest_remainder_wins_and_not_the_first_part() -> None:
    weights = [("A", Fraction(4, 5)), ("B", Fraction(2, 25)), ("C", Fraction(3, 25))]

    assert allot(15, weights) == {"A": 12, "B": 1, "C": 2}


def test_what_cannot_be_split_is_refused_with_the_reason() -> None:
    for total, weights, code in (
        (-1, [("A", 1)], "negative_total"),
        (1, [("A", 0)], "zero_weights"),
        (1, [("A", -1), ("B", 2)], "negative_weight"),
        (1, [("A", 1), ("A", 1)], "duplicate_split_code"),
    ):
        with pytest.raises(InvalidError) as refusal:
            allot(total, weights)
        assert refusal.value.code == code


def test_nothing_is_divided_among_nobody_in_particular() -> None:
    assert allot(0, [("A", 0), ("B", 0)]) == {"A": 0, "B": 0}


def test_more_than_what_is_left_cannot_be_reversed() -> None:
    with pytest.raises(InvalidError) as refusal:
        reverse(11, {"A": 5, "B": 5})

    assert refusal.value.code == "reversal_exceeds_rest"


def test_halves_are_rounded_away_from_zero() -> None:
    halves = [Fraction(1, 2), Fraction(-1, 2), Fraction(3, 2), Fraction(149, 100)]

    assert [round_half_up(half) for half in halves] == [1, -1, 2, 1]


def test_rent_of_part_of_a_year_is_rounded_once() -> None:
    assert round_half_up(Fraction(37, 10) * 20_000 * 245 / 365) == 49_671


def test_money_is_whole_fen_of_one_currency() -> None:
    assert Money(5) + Money(7) - Money(2) == Money(10)
    assert -Money(5) * 3 == Money(-15)
    assert str(Money(-105)) == "-1.05"
    assert Money(10).split([("A", 1), ("B", 2)]) == {"A": Money(3), "B": Money(7)}
    for refused in (1.5, True):
        with pytest.raises(TypeError):
            Money(refused)  # type: ignore[arg-type]  # the point of the test
    with pytest.raises(ValueError, match="cannot mix"):
        Money(1) + Money(1, "HKD")
