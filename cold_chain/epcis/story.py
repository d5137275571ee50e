"""What is known of a shipment, ready to be told as events; codes are those of the house."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from cold_chain.values import ShipmentState, Verdict
from cold_chain.values.epcis import KeyKind

Keys = Mapping[tuple[KeyKind, str], str]
"""Kind and subject → the number of the GS1 system it is known by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LotPart:
    """Packs of one lot that travel, and where the lot comes from."""

    sku: str
    lot: str
    packs: int
    seller_code: str
    lot_weight_g: int
    harvested_on: date
    best_before: date | None
    received_at: datetime
    producers: str
    """A token for the households of the lot together; neither names nor number are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensed:
    """What a logger measured while somebody held the goods; temperatures in °C."""

    device_code: str
    lowest: float
    highest: float
    mean: float
    deviation: float
    kinetic: float
    """Mean kinetic temperature."""
    coverage_permille: int
    raw_hash: str
    """Chain hash of the newest raw block in it, hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Who held the goods from when to when."""

    holder_code: str
    from_at: datetime
    to_at: datetime | None
    sensed: Sensed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The valid evaluation of a shipment."""

    version: int
    verdict: Verdict
    alarms: tuple[datetime, ...]
    """When each alarm sounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Everything that is told of one shipment."""

    shipment_id: int
    order_number: str
    shipper_code: str
    carrier_code: str
    site_code: str | None
    planned_at: datetime
    parcels: tuple[str, ...]
    device_code: str | None
    profile: str | None
    """Code and version of the limits, such as `BAMBOO_FRESH/1`."""
    steps: tuple[tuple[ShipmentState, datetime], ...]
    stays: tuple[Stay, ...]
    judgement: Judgement | None
    openings: tuple[datetime, ...] = ()
    """When doors were opened."""
    parts: tuple[LotPart, ...] = field(default=())
    kinetic_joule_per_mole: int = 0

    @property
    def units(self) -> tuple[str, ...]:
        """Return what its parcels are called; a shipment without boxes is one of its own."""
        return self.parcels or (f"shipment-{self.shipment_id}",)

    def first(self, state: ShipmentState) -> datetime | None:
        """Return when a state was reached first."""
        return next((at for reached, at in self.steps if reached is state), None)

    def wanted_keys(self) -> list[tuple[KeyKind, str]]:
        """Return the keys its events speak of, in the order in which they are to be given."""
        parties = [self.shipper_code, self.carrier_code]
        parties += [stay.holder_code for stay in self.stays]
        parties += [part.seller_code for part in self.parts]
        wanted = [(KeyKind.PARTY, f"organisation:{code}") for code in parties]
        wanted += [(KeyKind.GLN, f"organisation:{code}") for code in parties]
        wanted += [(KeyKind.GTIN, f"sku:{part.sku}") for part in self.parts]
        wanted += [(KeyKind.SSCC, f"parcel:{code}") for code in self.units]
        if self.site_code is not None:
            wanted.append((KeyKind.GLN, f"site:{self.site_code}"))
        devices = {stay.sensed.device_code for stay in self.stays if stay.sensed is not None}
        devices |= {self.device_code} if self.device_code is not None else set()
        wanted += [(KeyKind.GIAI, f"device:{code}") for code in sorted(devices)]
        return list(dict.fromkeys(wanted))
