"""Ids and states."""

from enum import StrEnum
from typing import NewType

ShipmentId = NewType("ShipmentId", int)
DeviceId = NewType("DeviceId", int)
ChannelId = NewType("ChannelId", int)


class ShipmentState(StrEnum):
    """Where a shipment stands; which may follow which is told by `rules.states`."""

    DRAFT = "draft"
    READY = "ready"
    LOADED = "loaded"
    IN_TRANSIT = "in_transit"
    AT_STOP = "at_stop"
    ARRIVED = "arrived"
    INSPECTED = "inspected"
    ACCEPTED = "accepted"
    ACCEPTED_WITH_CLAIM = "accepted_with_claim"
    REJECTED = "rejected"
    RETURNING = "returning"
    RETURNED = "returned"
    DESTROYED = "destroyed"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class SiteKind(StrEnum):
    """What a site of the cold chain is."""

    BASE = "base"
    COLD_STORE = "cold_store"
    STATION = "station"


class DeviceState(StrEnum):
    """What the register says of a device; how it feels today is its `DeviceHealth`."""

    REGISTERED = "registered"
    ACTIVE = "active"
    RETIRED = "retired"


class DeviceHealth(StrEnum):
    """How long a device has been silent (spec 2.5, reefer terminals)."""

    REGISTERED = "registered"
    ACTIVE = "active"
    ABNORMAL = "abnormal"
    OFFLINE = "offline"
    SERVICE = "service"
    RETIRED = "retired"


class ChannelKind(StrEnum):
    """What a channel of a device senses."""

    TEMPERATURE = "temperature"
    DOOR = "door"


class ReadingQuality(StrEnum):
    """Whether a reading may be used; a quarantined one is kept and counts as unknown time."""

    GOOD = "good"
    QUARANTINED_SENTINEL = "quarantined_sentinel"
    QUARANTINED_IMPLAUSIBLE = "quarantined_implausible"
    QUARANTINED_FUTURE = "quarantined_future"
    QUARANTINED_PAST = "quarantined_past"


class Verdict(StrEnum):
    """What the stored readings allow to say; unknown time is never counted as good."""

    PASS = "pass"  # noqa: S105 -- a verdict, no secret
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class LimitSide(StrEnum):
    """Which side of a limit is outside."""

    UPPER = "upper"
    LOWER = "lower"


class AlarmMode(StrEnum):
    """Single counts one unbroken stay outside, cumulative the sum of all stays."""

    SINGLE = "single"
    CUMULATIVE = "cumulative"


class Severity(StrEnum):
    """A critical alarm fails the shipment, a warning does not."""

    WARNING = "warning"
    CRITICAL = "critical"


class ExcursionEnd(StrEnum):
    """Why an excursion ends where it ends."""

    RETURNED = "returned"
    GAP = "gap"
    OPEN = "open"
    """Still outside at the last reading."""
