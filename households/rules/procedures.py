"""Which step of a procedure may be recorded next, and by whom. Nothing is decided here."""

from dataclasses import dataclass
from datetime import date

from households.values import SCOPE_DIGITS, STEPS, WITH_NOTICE, ProcedureKind, Step, StepRecord
from kernel.errors import ConflictError, ForbiddenError, InvalidError

TEXT_MAX = 120
WIDEST = 12
"""Digits of a village's code: the narrowest region an official holds."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a procedure is: steps taken, and the first day the next one may be dated."""

    kind: ProcedureKind
    taken: int = 0
    free_from: date | None = None
    began: date | None = None
    """When the household was registered, or its risk recognised: nothing is older."""


def next_step(progress: Progress) -> Step | None:
    """Return the step that comes next, or None when all are taken."""
    steps = STEPS[progress.kind]
    return steps[progress.taken] if progress.taken < len(steps) else None


def may_record(step: Step, scope_digits: int) -> bool:
    """Say whether an official of a region with a code of that length records this step."""
    return scope_digits <= SCOPE_DIGITS.get(step, WIDEST)


def check_step(
    progress: Progress, number: int, record: StepRecord, *, today: date, scope_digits: int
) -> Step:
    """Return the step that a record fills; refuses one out of order, out of time or empty."""
    if number <= progress.taken:
        raise ConflictError("step_recorded_already", f"step {number} is recorded already")
    step = next_step(progress)
    if step is None or number != progress.taken + 1:
        raise ConflictError(
            "step_skipped", f"step {progress.taken + 1} comes next", number=progress.taken + 1
        )
    if not may_record(step, scope_digits):
        raise ForbiddenError("step_of_higher_level", f"{step} is recorded at a higher level")
    _check_texts(record)
    _check_began(progress, record.done_on)
    _check_dates(step, record, progress.free_from, today)
    return step


def _check_texts(record: StepRecord) -> None:
    for text in (record.done_by, record.paper):
        if not 0 < len(text.strip()) <= TEXT_MAX:
            raise InvalidError(
                "step_says_not_who",
                f"say in 1 to {TEXT_MAX} signs who took the step and where the paper is",
                maximum=TEXT_MAX,
            )


def _check_began(progress: Progress, done_on: date) -> None:
    if progress.began is None or done_on >= progress.began:
        return
    message = f"{done_on} lies before {progress.began}"
    if progress.kind is ProcedureKind.RECOGNITION:
        raise InvalidError("day_before_register", message, since=progress.began)
    raise InvalidError("day_before_risk", message, since=progress.began)


def _check_dates(step: Step, record: StepRecord, free_from: date | None, today: date) -> None:
    if record.done_on > today:
        raise InvalidError("day_in_future", f"{record.done_on} has not come yet")
    if free_from is not None and record.done_on < free_from:
        raise InvalidError(
            "step_goes_back", f"the step before ended on {free_from}", since=free_from
        )
    if step not in WITH_NOTICE:
        if record.notice_until is not None:
            raise InvalidError("notice_not_here", f"{step} is not put on the notice board")
    elif record.notice_until is None:
        raise InvalidError("notice_end_missing", "say until when the notice is up")
    elif record.notice_until < record.done_on:
        raise InvalidError("notice_reversed", "the notice ends before it begins")
