"""The order of the steps: none is skipped, no date goes back, higher steps need higher rank."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from households.rules.procedures import Progress, check_step, may_record, next_step
from households.values import STEPS, ProcedureKind, Step, StepRecord
from kernel.errors import ConflictError, ForbiddenError, InvalidError, ShanjiError

TODAY = date(2026, 6, 1)
DISTRICT, TOWNSHIP, VILLAGE = 6, 9, 12
RECOGNITION = ProcedureKind.RECOGNITION


def a_record(on: date = TODAY, until: date | None = None, **texts: str) -> StepRecord:
    values = {"done_by": "村委会", "paper": "村档案柜 3-1"} | texts
    return StepRecord(done_on=on, notice_until=until, **values)


def test_recognition_has_six_steps_and_elimination_five() -> None:
    assert len(STEPS[RECOGNITION]) == 6
    assert len(STEPS[ProcedureKind.ELIMINATION]) == 5


@pytest.mark.parametrize(
    ("step", "digits", "allowed"),
    [
        (Step.VERIFICATION, VILLAGE, True),
        (Step.TOWNSHIP_REVIEW, VILLAGE, False),
        (Step.TOWNSHIP_REVIEW, TOWNSHIP, True),
        (Step.DISTRICT_DECISION, TOWNSHIP, False),
        (Step.DISTRICT_DECISION, DISTRICT, True),
    ],
)
def test_higher_steps_are_recorded_at_higher_levels(
    step: Step, digits: int, *, allowed: bool
) -> None:
    assert may_record(step, digits) is allowed


@pytest.mark.parametrize(
    ("progress", "number", "record", "refusal"),
    [
        (Progress(RECOGNITION, 2), 2, a_record(), "step_recorded_already"),
        (Progress(RECOGNITION, 2), 4, a_record(), "step_skipped"),
        (Progress(RECOGNITION, 6), 7, a_record(), "step_skipped"),
        (Progress(RECOGNITION), 1, a_record(TODAY + timedelta(1)), "day_in_future"),
        (Progress(RECOGNITION, 1, TODAY), 2, a_record(TODAY - timedelta(1)), "step_goes_back"),
        (Progress(RECOGNITION), 1, a_record(until=TODAY), "notice_not_here"),
        (Progress(RECOGNITION, 3), 4, a_record(), "notice_end_missing"),
        (Progress(RECOGNITION, 3), 4, a_record(until=date(2026, 5, 31)), "notice_reversed"),
        (Progress(RECOGNITION), 1, a_record(done_by=" "), "step_says_not_who"),
        (Progress(RECOGNITION), 1, a_record(paper="x" * 121), "step_says_not_who"),
        (Progress(RECOGNITION, 4), 5, a_record(), "step_of_higher_level"),
    ],
)
def test_a_record_that_does_not_fit_is_refused(
    progress: Progress, number: int, record: StepRecord, refusal: str
) -> None:
    with pytest.raises((ConflictError, InvalidError, ForbiddenError)) as refused:
        check_step(progress, number, record, today=TODAY, scope_digits=VILLAGE)

    assert refused.value.code == refusal


@given(
    kind=st.sampled_from(ProcedureKind),
    taken=st.integers(0, 6),
    number=st.integers(-1, 8),
    ahead=st.integers(-5, 5),
    notice=st.none() | st.integers(-3, 9),
    digits=st.sampled_from([DISTRICT, TOWNSHIP, VILLAGE]),
)
def test_only_the_next_step_in_time_passes(
    kind: ProcedureKind, taken: int, number: int, ahead: int, notice: int | None, digits: int
) -> None:
    free_from = TODAY - timedelta(2) if taken else None
    progress = Progress(kind, min(taken, len(STEPS[kind])), free_from)
    on = TODAY + timedelta(ahead)
    record = a_record(on, None if notice is None else on + timedelta(notice))
    wanted = next_step(progress)

    try:
        step = check_step(progress, number, record, today=TODAY, scope_digits=digits)
    except ShanjiError:
        return

    assert step is wanted is STEPS[kind][number - 1]
    assert number == progress.taken + 1
    assert (free_from or on) <= on <= TODAY
    assert (record.notice_until is not None) == (step is Step.VILLAGE_REVIEW)
    assert record.notice_until is None or record.notice_until >= on
    assert may_record(step, digits)
