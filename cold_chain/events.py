"""Facts of the cold chain."""

from dataclasses import dataclass
from datetime import datetime

from kernel.facts import Fact, fact


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentDeparted(Fact):
    """A shipment left its origin in the hands of a carrier."""

    shipment_id: int
    order_number: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentDelivered(Fact):
    """The receiver accepted a shipment, with or without a claim."""

    shipment_id: int
    order_number: str
    verdict: str
    """Verdict at acceptance; empty for goods that need no limits."""


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class ExcursionConfirmed(Fact):
    """An alarm was found in the readings of a shipment that no earlier evaluation had."""

    shipment_id: int
    order_number: str
    rule: str
    severity: str
    excursion_at: datetime
    """When the value first went beyond the limit."""
    alarm_at: datetime
