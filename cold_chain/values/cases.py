"""What people do about an excursion or a gap, and what its custodian is charged with."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class ExcursionState(StrEnum):
    """How far people are with an excursion."""

    SUSPECTED = "suspected"
    """Beyond the limit, not yet for long enough."""
    CONFIRMED = "confirmed"
    ACKNOWLEDGED = "acknowledged"
    RECOVERED = "recovered"
    """Somebody took notice, and the value is back or the journey over."""
    ASSESSED = "assessed"
    RESOLVED = "resolved"
    """It does not count against the budget."""
    UPHELD = "upheld"
    CLOSED = "closed"


class GapState(StrEnum):
    """What became of a stretch without readings."""

    OPEN = "open"
    FILLED = "filled"
    ACCEPTED = "accepted"
    UPHELD = "upheld"


class ExcursionCause(StrEnum):
    """Why goods were too warm or too cold, as the assessor finds."""

    UNIT_FAILURE = "unit_failure"
    DOOR = "door"
    LOADING = "loading"
    SET_POINT = "set_point"
    SENSOR = "sensor"
    WEATHER = "weather"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcursionMove:
    """Somebody takes an excursion to another state."""

    case_id: int
    state: ExcursionState
    at: datetime
    actor: str
    cause: ExcursionCause | None = None
    """Demanded when it is assessed."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GapMove:
    """Somebody asks for a gap to be accepted (`open`), or decides about it."""

    case_id: int
    state: GapState
    at: datetime
    actor: str
    note: str


class Holding(NamedTuple):
    """Who had the goods from one moment up to another."""

    holder: str
    from_us: int
    to_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What one holder answers for: every moment of a custody belongs to one."""

    holder: str
    from_us: int
    to_us: int
    known_s: int
    unknown_s: int
    dose_hold_milli: int
    """Degree-minutes above the dose limit, value held until the next reading, thousandths."""
    lost_low_min: int | None
    lost_high_min: int | None
    """Life used beyond what keeping the band would have used, as minutes of life at the
    temperature to keep, least and most over the models; empty without a model."""
    lost_unknown_min: int | None
    """The most that unknown time may have used besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCalibration:
    """A certificate of one channel; its offset is shown and never applied."""

    device_code: str
    channel_code: str
    certificate: str
    laboratory: str
    valid_from: datetime
    valid_to: datetime
    offset_centi: int
    uncertainty_centi: int
    at: datetime
    actor: str
