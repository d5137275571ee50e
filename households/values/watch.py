"""The words of watching over households: visits, measures, meetings, events, warnings."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from households.values.register import HouseholdId


class VisitorRole(StrEnum):
    """In which role somebody visits a household."""

    CONTACT = "contact"
    MONITOR = "monitor"


class VisitFinding(StrEnum):
    """What a visit found, in one word."""

    UNCHANGED = "unchanged"
    BETTER = "better"
    WORSE = "worse"


class MeasureKind(StrEnum):
    """What is done for a household."""

    INDUSTRY = "industry"
    JOB = "job"
    RELIEF = "relief"
    INSURANCE = "insurance"
    MEDICAL = "medical"
    SCHOOLING = "schooling"
    HOUSING = "housing"
    OTHER = "other"


class MeetingKind(StrEnum):
    """What a village sits together for by the calendar."""

    VILLAGE_MEETING = "village_meeting"
    RISK_REVIEW = "risk_review"


class EventKind(StrEnum):
    """What happened that may throw households back."""

    PROJECT_FAILED = "project_failed"
    DISASTER = "disaster"
    UNEMPLOYMENT = "unemployment"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One visit to one household."""

    household_id: HouseholdId
    role: VisitorRole
    visited_on: date
    finding: VisitFinding = VisitFinding.UNCHANGED
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """Something done for one household over a period."""

    household_id: HouseholdId
    kind: MeasureKind
    since: date
    until: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskEvent:
    """Something that happened, with the villages and contracts it touches."""

    kind: EventKind
    happened_on: date
    note: str
    village_codes: tuple[str, ...]
    contract_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceFall:
    """A product's price that fell for several weeks running, against the week before them."""

    product_code: str
    baseline_week: date
    baseline_minor: int
    latest_week: date
    latest_minor: int
    weeks: int

    @property
    def percent(self) -> int:
        """Return by how many whole percent the price fell."""
        return (self.baseline_minor - self.latest_minor) * 100 // self.baseline_minor
