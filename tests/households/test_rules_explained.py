"""A part of a split tells how it came to be, and the two ways of working it out agree."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from households.rules.explained import part_of
from kernel.money import allot

POTS = [("HHPOT", 70), ("COOP", 20), ("POOR", 5), ("VILLAGE", 5)]
"""The published shares of Demin village."""

weights = st.dictionaries(
    st.text("ABCH0123456789", min_size=1, max_size=5),
    st.integers(0, 10**7),
    min_size=1,
    max_size=12,
).filter(lambda found: sum(found.values()) > 0)


def test_a_part_tells_its_quota_and_its_place() -> None:
    growers = part_of(8_499, POTS, "HHPOT")

    assert growers.quota == Fraction(59_493, 10)
    assert (growers.floor, growers.remainder) == (5_949, Fraction(3, 10))
    assert (growers.spare, growers.place, growers.gets_spare) == (3, 4, False)
    assert growers.others == 30
    assert growers.minor == 5_949


def test_the_odd_fen_goes_to_the_largest_remainder() -> None:
    cooperative = part_of(8_499, POTS, "COOP")

    assert (cooperative.remainder, cooperative.place) == (Fraction(4, 5), 3)
    assert cooperative.minor == cooperative.floor + 1 == 1_700


def test_a_tie_goes_to_the_smaller_code() -> None:
    thirds = [("H2", 1), ("H1", 1), ("H3", 1)]

    places = {code: part_of(10, thirds, code).place for code, _ in thirds}

    assert places == {"H1": 1, "H2": 2, "H3": 3}
    assert part_of(10, thirds, "H1").minor == 4


def test_nothing_is_divided_into_nothing() -> None:
    part = part_of(0, [("A", 0), ("B", 0)], "A")

    assert (part.minor, part.spare) == (0, 0)
    assert part.quota == Fraction(0)


@given(st.integers(0, 10**9), weights)
def test_floor_and_place_lead_to_what_the_split_gives(
    total: int, found: dict[str, int]
) -> None:
    parts = allot(total, list(found.items()))

    for code in found:
        part = part_of(total, list(found.items()), code)
        assert part.adds_up
        assert part.minor == parts[code]
        assert part.weight + part.others == sum(found.values())
