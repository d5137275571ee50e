"""What the service is asked to do; moments are aware, actors are `person:<id>` and the like."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from cold_chain.values.kinds import ChannelKind, ShipmentId, ShipmentState, SiteKind


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSite:
    """A base, cold store or station to be entered in the register."""

    code: str
    name: str
    name_en: str
    kind: SiteKind
    organisation_code: str
    region_code: str
    cold_chain_area: str = ""
    is_sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVehicle:
    """A vehicle to be entered in the register."""

    code: str
    organisation_code: str
    is_sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChannel:
    """A sensor of a device to be registered."""

    code: str
    kind: ChannelKind
    sampling_interval_s: int
    is_primary: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDevice:
    """A data logger to be registered, with the secret it signs with."""

    code: str
    serial: str
    organisation_code: str
    secret: str
    channels: tuple[NewChannel, ...]
    registered_at: datetime
    is_sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedParcel:
    """One box that is to travel."""

    code: str
    weight_g: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedShipment:
    """Goods of one seller order and one storage class that are to travel."""

    order_number: str
    storage_class: str
    carrier_code: str
    shipper_code: str
    origin_region_code: str
    destination_city: str
    planned_at: datetime
    actor: str
    parcel_group: int = 1
    """Tells apart several shipments of one order."""
    parcels: tuple[PlannedParcel, ...] = ()
    profile_code: str | None = None
    """Limits to travel under; empty means the default of the storage class, if it has one."""
    origin_site_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """The goods go into the box, which was cooled before if their limits ask for it."""

    shipment_id: ShipmentId
    at: datetime
    actor: str
    box_centi: int | None = None
    """Air of the box before loading, hundredths of °C."""
    override: str = ""
    """Why it is loaded although the box is too warm or was not measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """The carrier takes the goods and leaves, with a logger if they have limits."""

    shipment_id: ShipmentId
    at: datetime
    actor: str
    device_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Custody passes to another holder on the way; both sides sign."""

    shipment_id: ShipmentId
    at: datetime
    holder_code: str
    given_by: str
    taken_by: str
    core_centi: int | None = None
    """Core of the goods as measured at the hand-over, hundredths of °C."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The vehicle halts, or goes on."""

    shipment_id: ShipmentId
    at: datetime
    actor: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """The goods reach the receiver; the carrier's custody ends."""

    shipment_id: ShipmentId
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """The receiver looks at the verdict and decides."""

    shipment_id: ShipmentId
    at: datetime
    actor: str
    decision: ShipmentState = ShipmentState.ACCEPTED
    second_actor: str = ""
    """Another person; demanded when the verdict is inconclusive."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The shipment is cancelled or closed."""

    shipment_id: ShipmentId
    at: datetime
    actor: str
    reason: str


class Measured(NamedTuple):
    """One temperature as a device reports it."""

    channel_code: str
    at: datetime
    centi: int
    """Hundredths of °C."""


class DoorSeen(NamedTuple):
    """One look at a door as a device reports it."""

    channel_code: str
    at: datetime
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One block of a device: the bytes as received and what they say."""

    device_code: str
    body: bytes
    received_at: datetime
    readings: tuple[Measured, ...]
    doors: tuple[DoorSeen, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What became of one upload."""

    device_code: str
    seq: int
    """Number of the block in the device's chain; of the earlier one when repeated."""
    is_repeated: bool
    """Whether the same bytes had been received before; nothing was stored then."""
    stored: int
    """Readings that were new, quarantined ones among them."""
    known: int
    """Readings that were there already with the same value."""
    conflicts: int
    """Readings that were there already with another value; the first is kept."""
    quarantined: int
    """Readings whose value is kept but not used."""
    clock_faults: int
    """Readings whose moment cannot be believed; kept apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """What a device sends along with a body to prove that it is the sender."""

    device_code: str
    timestamp: int
    """Whole seconds since 1970 at which it signed."""
    nonce: str
    signature: str
    """Hexadecimal HMAC-SHA256; see `rules.intake.sign`."""
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What an evaluation of one shipment came to."""

    shipment_id: ShipmentId
    version: int
    verdict: str
    is_new: bool
    """Whether the inputs had changed and a new version was stored."""
