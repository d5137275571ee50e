"""What of an order travels together, what that costs, and by when it leaves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from kernel.postal import NOWHERE, Place
from orders.values.states import Temperature


@dataclass(frozen=True, slots=True)
class PresaleRef:
    """The presale a line is promised out of."""

    presale_id: int
    ships_until: date
    """The last day on which the goods leave."""


@dataclass(frozen=True, slots=True)
class QuotedParcel:
    """Goods of one seller that travel together, and what that costs the buyer."""

    storage_code: str
    limit_profile: str
    temperature: Temperature
    weight_g: int
    shipping_minor: int = 0
    rule_id: int | None = None
    """The seller's rule it is charged by; empty for the platform's."""
    free_from_minor: int | None = None
    """Goods of the order from which it is free; empty where it never is."""

    @property
    def travel(self) -> tuple[str, str]:
        """Return what decides which goods share a parcel."""
        return self.storage_code, self.limit_profile


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingRuleTerms:
    """What a seller charges for parcels of one temperature to some provinces."""

    rule_id: int | None
    seller_code: str
    temperature: Temperature
    provinces: tuple[str, ...]
    """Empty for wherever no other rule holds."""
    first_g: int
    first_minor: int
    step_g: int
    step_minor: int
    free_from_minor: int | None
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class ShippingTerms:
    """What parcels cost: the platform's fee an order, and what sellers lay down themselves."""

    ambient_minor: int
    cold_minor: int
    free_from_minor: int
    """Goods of an order that travel free from here on, where the platform's fee holds."""
    weighed_extra_percent: int = 0
    """How much more than estimated goods sold by weight are charged as until weighed."""
    is_waived: bool = False
    """Whether nobody pays for the parcels, such as of goods sent once more."""
    rules: Mapping[str, tuple[ShippingRuleTerms, ...]] = field(default_factory=dict)
    """Rules in force, by seller."""
    place: Place = NOWHERE
    """Where it goes, as far as that is known."""
    hours: int | None = None
    """How long the way there takes; empty where nobody knows."""
