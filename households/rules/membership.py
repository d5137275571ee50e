"""Who may answer for a household that is asked to join, and which days are possible."""

from datetime import date, timedelta

from households.values import ON_BEHALF, Answerer, Decider, HouseholdId
from kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError

FARTHEST = timedelta(days=366)
"""How far ahead a first or last day may lie; beyond it somebody mistyped a year."""
MIN_WORDS, MAX_WORDS = 4, 500


def check_day(day: date, *, today: date) -> None:
    """Raise `InvalidError` for a first or last day in the past or too far ahead."""
    if not today <= day <= today + FARTHEST:
        raise InvalidError("membership_day_invalid", f"{day} is past or too far ahead")


def check_words(words: str) -> str:
    """Return what somebody gave as a reason; raises `InvalidError` for too little or much."""
    said = words.strip()
    if not MIN_WORDS <= len(said) <= MAX_WORDS:
        raise InvalidError(
            "membership_without_words",
            f"say why in {MIN_WORDS} to {MAX_WORDS} characters",
            minimum=MIN_WORDS,
            maximum=MAX_WORDS,
        )
    return said


def first_day(proposed: date, *, today: date, last_left: date | None) -> date:
    """Return from when a household is a member: never before it agreed, never twice at once."""
    days = [proposed, today]
    if last_left == date.max:
        raise ConflictError("membership_overlaps", "the household is a member already")
    if last_left is not None:
        days.append(last_left + timedelta(days=1))
    return max(days)


def check_decider(
    decider: Decider,
    *,
    household_id: HouseholdId,
    organisation_code: str,
    village_code: str,
    proposed_by: str,
    answers_itself: bool,
) -> None:
    """Raise for somebody who may not answer this proposal.

    For a stranger it does not exist. Others answer for a household only while it cannot do so
    itself, and never whoever proposed it.
    """
    is_near = {
        Answerer.HOUSEHOLD: decider.household_id == household_id,
        Answerer.OFFICIAL: village_code in decider.village_codes,
        Answerer.CLERK: organisation_code in decider.organisation_codes,
        Answerer.MANAGER: False,
    }
    if not is_near[decider.kind]:
        raise NotFoundError("membership_move_not_found", "there is no such proposal")
    if decider.kind not in ON_BEHALF:
        return
    if answers_itself:
        raise ConflictError(
            "household_answers_itself", "this household has a phone and an account of its own"
        )
    if decider.actor == proposed_by:
        raise ForbiddenError("proposal_is_own", "nobody answers their own proposal")
