"""Nobody is a member before agreeing, or twice at once; others answer only where they may."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from households.rules import membership as rules
from households.values import ON_BEHALF, Answerer, Decider, HouseholdId
from kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError

DAYS = st.dates(date(2024, 1, 1), date(2030, 1, 1))
VILLAGE, COOP, HOUSEHOLD = "500156204203", "C90", HouseholdId("H1")


@given(DAYS, DAYS, st.none() | DAYS)
def test_a_first_day_is_never_before_the_answer_nor_within_the_last_membership(
    proposed: date, today: date, last_left: date | None
) -> None:
    first = rules.first_day(proposed, today=today, last_left=last_left)

    assert first >= max(proposed, today)
    assert last_left is None or first > last_left
    assert first in {proposed, today, (last_left or today) + timedelta(days=1)}


@given(DAYS, DAYS)
def test_who_is_a_member_already_does_not_join(proposed: date, today: date) -> None:
    with pytest.raises(ConflictError):
        rules.first_day(proposed, today=today, last_left=date.max)


@given(DAYS, st.integers(-400, 800))
def test_a_day_lies_within_a_year_from_today(today: date, ahead: int) -> None:
    day = today + timedelta(days=ahead)
    if 0 <= ahead <= 366:
        rules.check_day(day, today=today)
    else:
        with pytest.raises(InvalidError):
            rules.check_day(day, today=today)


@given(st.sampled_from(Answerer), st.sets(st.sampled_from(sorted(Answerer))), st.data())
def test_only_those_answer_who_may(
    kind: Answerer, near: set[Answerer], data: st.DataObject
) -> None:
    is_proposer, answers_itself = data.draw(st.booleans()), data.draw(st.booleans())
    decider = Decider(
        kind=kind,
        actor="person:1",
        household_id=HOUSEHOLD if Answerer.HOUSEHOLD in near else HouseholdId("H2"),
        organisation_codes=frozenset({COOP} if Answerer.CLERK in near else {"C91"}),
        village_codes=frozenset({VILLAGE} if Answerer.OFFICIAL in near else ()),
    )
    expected: type[Exception] | None = None
    if kind is Answerer.MANAGER or kind not in near:
        expected = NotFoundError
    elif kind in ON_BEHALF and answers_itself:
        expected = ConflictError
    elif kind in ON_BEHALF and is_proposer:
        expected = ForbiddenError
    came: type[Exception] | None = None
    try:
        rules.check_decider(
            decider,
            household_id=HOUSEHOLD,
            organisation_code=COOP,
            village_code=VILLAGE,
            proposed_by="person:1" if is_proposer else "person:2",
            answers_itself=answers_itself,
        )
    except (NotFoundError, ConflictError, ForbiddenError) as refused:
        came = type(refused)

    assert came is expected


@pytest.mark.parametrize("words", ["", "   ", "好的", "字" * 501])
def test_a_reason_has_to_say_something(words: str) -> None:
    with pytest.raises(InvalidError):
        rules.check_words(words)
