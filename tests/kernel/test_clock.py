"""A page offers the years it has something for, and the present one."""

from kernel.clock import offered_years


def test_years_between_without_data_are_left_out() -> None:
    assert offered_years([2021, 2024], asked=2026, present=2026) == [2026, 2024, 2021]


def test_the_year_asked_for_stands_among_them() -> None:
    assert offered_years([2024], asked=2023, present=2026) == [2026, 2024, 2023]
