"""What the rules read and what they find."""

from dataclasses import dataclass
from typing import NamedTuple

from cold_chain.values.kinds import AlarmMode, ExcursionEnd, LimitSide, Severity, Verdict


class Sample(NamedTuple):
    """One good reading as the rules see it."""

    at_us: int
    """Microseconds since 1970-01-01 UTC."""
    centi: int
    """Hundredths of °C."""
    interval_us: int
    """The sampling interval its channel is set to."""


class Span(NamedTuple):
    """From one moment up to another, microseconds since 1970-01-01 UTC."""

    from_us: int
    to_us: int

    @property
    def length_us(self) -> int:
        """Return how long it is."""
        return self.to_us - self.from_us


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRule:
    """How long beyond which limit is too long."""

    code: str
    side: LimitSide
    limit_centi: int
    mode: AlarmMode
    delay_min: int
    includes_limit: bool = False
    severity: Severity = Severity.CRITICAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One version of the limits goods travel under; see the table `limit_profiles`."""

    code: str
    version: int
    rules: tuple[AlarmRule, ...]
    dose_limit_centi: int
    target_lower_centi: int | None = None
    target_upper_centi: int | None = None
    precool_centi: int | None = None
    refuse_above_centi: int | None = None
    startup_ignore_min: int = 0
    hysteresis_centi: int = 0
    gap_factor_permille: int = 1900
    max_gap_min: int = 30
    min_coverage_permille: int = 950
    door_grace_min: int = 10
    door_delay_min: int = 15
    mkt_joule_per_mole: int = 83_144


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without readings that is longer than the sampling allows."""

    from_us: int
    to_us: int
    unknown_us: int
    """What is left of it after each reading beside it vouched for its own interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excursion:
    """One unbroken period beyond the limit of a single-event rule."""

    rule: str
    severity: Severity
    side: LimitSide
    limit_centi: int
    start_us: int
    end_us: int
    ended: ExcursionEnd
    peak_centi: int
    at_door: bool
    """Whether it began while a door was open or had just been shut."""
    alarm_us: int | None
    """When it had lasted long enough; empty while it is only suspected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A rule was broken; the alarm sounds later than the excursion began."""

    rule: str
    severity: Severity
    mode: AlarmMode
    side: LimitSide
    limit_centi: int
    start_us: int
    """When the value first went beyond the limit."""
    alarm_us: int
    end_us: int | None
    """When it came back; a cumulative alarm has no end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the readings amount to, apart from alarms and gaps."""

    samples: int
    min_centi: int | None
    max_centi: int | None
    mean_centi: int | None
    mkt_centi: int | None
    mkt_trapezoid_centi: int | None = None
    """By the rule other programs use, for comparison; the verdict knows the other only."""
    credited_us: int
    custody_us: int
    trip_length_us: int
    coverage_permille: int
    dose_hold_milli: int
    dose_linear_milli: int
    uncalibrated_us: int = 0
    """Custody in which the certificate of the record's channel had run out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """Time beyond one limit, by each of the four ways to count it."""

    side: LimitSide
    limit_centi: int
    n_interval_s: int
    """Each reading beyond stands for one sampling interval."""
    last_first_s: int
    """From the first to the last reading of every stay."""
    left_hold_s: int
    """Each value holds until the next reading."""
    interpolated_s: int
    """Between the exact crossings of straight lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Everything that can be said of a shipment from its stored readings."""

    verdict: Verdict
    reasons: tuple[str, ...]
    figures: Figures
    gaps: tuple[Gap, ...]
    alarms: tuple[Alarm, ...]
    excursions: tuple[Excursion, ...]
    beyond: tuple[Beyond, ...] = ()
