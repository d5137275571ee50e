"""Events of the sample stand where they belong, on whatever day it is loaded."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shop.sample.editorial import new_year_fair, tea_season

DAYS = st.dates(min_value=date(2024, 1, 1), max_value=date(2040, 12, 31))


@given(DAYS)
def test_the_tea_season_is_the_one_that_began_last(today: date) -> None:
    begins, ends = tea_season(today)

    assert begins <= today < begins.replace(year=begins.year + 1)
    assert timedelta(0) < ends - begins < timedelta(days=60)


@given(DAYS)
def test_the_new_year_fair_runs_or_is_to_come(today: date) -> None:
    begins, ends = new_year_fair(today)

    assert today < ends
    assert begins - today < timedelta(days=366)
    assert (begins.month, ends.month) == (12, 2)
