"""Pure decisions about papers: what one must say, what follows what, what it is worth."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from catalog.errors import papers as errors
from catalog.values.papers import (
    BRANDED,
    LABORATORY,
    PAPER_STEPS,
    PLEDGE,
    LabResult,
    NewPaper,
    PaperState,
    Standing,
)
from kernel.clock import local_date
from kernel.errors import InvalidError

MAX_NUMBER, MAX_SCOPE, MAX_NOTE = 80, 400, 1_000
MAX_SUBJECTS = 200
FIRST_DAY = date(1990, 1, 1)
LAST_DAY = date(2100, 12, 31)
MIN_SOURCES = 2


def check_paper(new: NewPaper, *, is_per_lot: bool) -> None:
    """Refuse a paper without number, issuer or goods, and one whose days make no sense."""
    for text in (new.number, new.issuer):
        if not text.strip() or len(text) > MAX_NUMBER:
            raise InvalidError("paper_untold", "a number and an issuer", maximum=MAX_NUMBER)
    if len(new.scope) > MAX_SCOPE:
        raise InvalidError("paper_scope_long", "the scope is too long", maximum=MAX_SCOPE)
    _check_days(new)
    subjects = len(new.products) + len(new.lots)
    if not 1 <= subjects <= MAX_SUBJECTS:
        raise InvalidError("paper_without_goods", "it covers goods", maximum=MAX_SUBJECTS)
    if (is_per_lot and new.products) or (
        not is_per_lot and new.lots and new.type_code != LABORATORY
    ):
        raise InvalidError("paper_of_other_goods", "papers of this type are of lots, or not")
    if (new.type_code == LABORATORY) != (new.result is not None):
        raise InvalidError("paper_result_missing", "a laboratory report has a result")
    if (new.type_code in BRANDED) != (new.brand_code is not None):
        raise InvalidError("paper_brand_missing", "an authorisation names its brand")
    _check_sources(new)


def _check_days(new: NewPaper) -> None:
    today = local_date(new.at)
    if not FIRST_DAY <= new.valid_from <= today + timedelta(days=366):
        raise InvalidError("paper_days_unfit", "it begins on a day that makes sense")
    if new.valid_to is not None and not new.valid_from <= new.valid_to <= LAST_DAY:
        raise InvalidError("paper_days_unfit", "it ends after it begins")
    if new.valid_to is not None and new.valid_to < today:
        raise InvalidError("paper_is_over", "it has run out already", day=new.valid_to)


def _check_sources(new: NewPaper) -> None:
    """Refuse sources of anything but a mixed lot's own pledge, which points at two or more."""
    if not new.sources:
        return
    if new.type_code != PLEDGE or len(set(new.sources)) < MIN_SOURCES:
        raise InvalidError("paper_sources_unfit", "a mixed lot points at two papers or more")


def check_step(before: PaperState, after: PaperState, note: str, *, is_own: bool) -> None:
    """Refuse a step that is not drawn, one without its reason, and judging one's own paper."""
    if is_own:
        raise errors.OwnPaperError
    if after not in PAPER_STEPS[before]:
        raise errors.PaperStepError(before, after)
    if len(note) > MAX_NOTE:
        raise InvalidError("note_too_long", "the note is too long", maximum=MAX_NOTE)
    if after is not PaperState.ACCEPTED and not note.strip():
        raise InvalidError("reason_missing", "say why")


def standing(
    state: PaperState,
    result: LabResult | None,
    valid_from: date,
    valid_to: date | None,
    *,
    at: datetime,
) -> Standing:
    """Return what a paper is worth at a moment, by the clock alone."""
    today = local_date(at)
    found = (
        (state is PaperState.SUBMITTED, Standing.UNREVIEWED),
        (state is PaperState.REFUSED, Standing.REFUSED),
        (state is PaperState.SUSPENDED, Standing.SUSPENDED),
        (state is PaperState.REVOKED, Standing.REVOKED),
        (result is LabResult.FAIL, Standing.FAILED),
        (today < valid_from, Standing.NOT_YET),
        (valid_to is not None and valid_to < today, Standing.EXPIRED),
    )
    return next((what for holds, what in found if holds), Standing.VALID)


def due_reminders(
    valid_to: date, told: Collection[int], days: Collection[int], *, on: date
) -> list[int]:
    """Return which reminder is due now: the nearest that has come, and what it stands for.

    Whoever hands a paper in ten days before its end is told once, not of the thirty days too:
    the farther marks are taken as told together with the nearest.
    """
    left = (valid_to - on).days
    if left < 0:
        return []
    passed = sorted(mark for mark in days if left <= mark)
    return [mark for mark in passed if mark not in told] if _is_news(passed, told) else []


def _is_news(passed: list[int], told: Collection[int]) -> bool:
    return bool(passed) and passed[0] not in told
