"""What is due, what is below the line, and what counts as a falling price."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from households.rules.watch import (
    DueState,
    WeekPrice,
    due_state,
    find_fall,
    is_below_line,
    month_of,
    quarter_of,
)

LINE = 600_000
MONDAY = date(2026, 5, 4)


def prices(*minors: int | None) -> list[WeekPrice]:
    """Return weekly prices; None is a week nobody published."""
    return [
        WeekPrice(MONDAY + timedelta(weeks=at), minor)
        for at, minor in enumerate(minors)
        if minor is not None
    ]


@pytest.mark.parametrize(
    ("per_person", "below"), [(599_999, True), (600_000, False), (600_001, False)]
)
@pytest.mark.parametrize("members", [1, 3, 7])
def test_the_line_is_strict(per_person: int, members: int, *, below: bool) -> None:
    assert is_below_line(per_person * members, members, LINE) is below


def test_a_fraction_of_a_fen_below_the_line_is_below() -> None:
    assert is_below_line(3 * LINE - 1, 3, LINE)


@pytest.mark.parametrize(
    ("day", "begin", "end"),
    [
        (date(2026, 1, 31), date(2026, 1, 1), date(2026, 2, 1)),
        (date(2026, 12, 1), date(2026, 12, 1), date(2027, 1, 1)),
        (date(2028, 2, 29), date(2028, 2, 1), date(2028, 3, 1)),
    ],
)
def test_a_month_ends_where_the_next_begins(day: date, begin: date, end: date) -> None:
    assert (month_of(day).begin, month_of(day).end) == (begin, end)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_quarter_holds_three_whole_months(day: date) -> None:
    quarter = quarter_of(day)

    assert quarter.begin <= day <= quarter.last_day
    assert quarter.begin.month in {1, 4, 7, 10}
    assert month_of(day).begin >= quarter.begin
    assert quarter_of(quarter.end).begin == quarter.end


def test_a_duty_is_overdue_only_after_its_period() -> None:
    may = month_of(date(2026, 5, 1))

    assert due_state(3, 4, may, today=date(2026, 5, 31)) is DueState.RUNNING
    assert due_state(3, 4, may, today=date(2026, 6, 1)) is DueState.OVERDUE
    assert due_state(4, 4, may, today=date(2026, 6, 1)) is DueState.DONE


@pytest.mark.parametrize(
    ("series", "weeks"),
    [
        ((1000, 950, 900, 800), 3),
        ((1000, 950, 900, 801), None),
        ((1000, 900, 800), None),
        ((1000, 900, 900, 700), None),
        ((1000, 900, None, 800, 700), None),
        ((900, 1000, 950, 900, 850, 800), 4),
        ((1000, 900, 850, 700, 720), None),
        ((), None),
        ((1000,), None),
    ],
)
def test_a_fall_is_long_unbroken_deep_and_recent(
    series: tuple[int | None, ...], weeks: int | None
) -> None:
    fall = find_fall(prices(*series), weeks=3, percent=20)

    assert (fall.weeks if fall else None) == weeks


@given(
    st.lists(st.integers(1, 2_000), max_size=12),
    st.integers(1, 6),
    st.integers(1, 60),
)
def test_every_fall_found_is_one(series: list[int], weeks: int, percent: int) -> None:
    fall = find_fall(prices(*series), weeks=weeks, percent=percent)

    if fall is None:
        return
    run = series[len(series) - 1 - fall.weeks :]
    assert fall.weeks >= weeks
    assert run == sorted(run, reverse=True)
    assert len(set(run)) == len(run)
    assert (run[0] - run[-1]) * 100 >= percent * run[0]
