"""The words of recognising a risk and of ending it: two procedures with fixed steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import NewType

from households.values.register import HouseholdCategory, HouseholdId

ProcedureId = NewType("ProcedureId", int)


class ProcedureKind(StrEnum):
    """What a procedure is about."""

    RECOGNITION = "recognition"
    ELIMINATION = "elimination"


class ProcedureState(StrEnum):
    """Whether steps are still to come."""

    OPEN = "open"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Step(StrEnum):
    """One step of a procedure, taken outside and recorded here."""

    SCREENING = "screening"
    APPLICATION = "application"
    NOMINATION = "nomination"
    VERIFICATION = "verification"
    VILLAGE_REVIEW = "village_review"
    TOWNSHIP_REVIEW = "township_review"
    DISTRICT_DECISION = "district_decision"


STEPS: Mapping[ProcedureKind, tuple[Step, ...]] = MappingProxyType(
    {
        ProcedureKind.RECOGNITION: (
            Step.SCREENING,
            Step.APPLICATION,
            Step.VERIFICATION,
            Step.VILLAGE_REVIEW,
            Step.TOWNSHIP_REVIEW,
            Step.DISTRICT_DECISION,
        ),
        ProcedureKind.ELIMINATION: (
            Step.NOMINATION,
            Step.VERIFICATION,
            Step.VILLAGE_REVIEW,
            Step.TOWNSHIP_REVIEW,
            Step.DISTRICT_DECISION,
        ),
    }
)
"""The steps of each procedure in their order; none may be skipped."""

WITH_NOTICE = frozenset({Step.VILLAGE_REVIEW})
"""Steps that are put up on the village's notice board from a day until a day."""

SCOPE_DIGITS: Mapping[Step, int] = MappingProxyType(
    {Step.TOWNSHIP_REVIEW: 9, Step.DISTRICT_DECISION: 6}
)
"""How long the code of an official's region may be to record a step: a township's, a
district's. Any region may record the other steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProcedure:
    """A procedure to be opened for one household."""

    household_id: HouseholdId
    kind: ProcedureKind
    risk_type: str = ""
    category: HouseholdCategory | None = None
    """The category the household is put into when it is recognised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """What was done in a step, by whom, and where the paper is kept."""

    done_on: date
    done_by: str
    """The body or office that took the step, never a private person's data."""
    paper: str
    """Where the signed paper is kept: archive, binder, number."""
    notice_until: date | None = None
