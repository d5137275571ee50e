"""Kinds of the exchange of events: what is kept of them, and which keys name things."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class KeyKind(StrEnum):
    """What kind of thing a key of the GS1 system names."""

    GTIN = "gtin"
    """A kind of goods; with a lot code it names one lot of them."""
    GLN = "gln"
    """A place."""
    PARTY = "party"
    """An organisation, by a location number of its own."""
    SSCC = "sscc"
    """A parcel."""
    GRAI = "grai"
    """A crate that comes back."""
    GIAI = "giai"
    """A single asset: a logger, an animal with an ear tag."""


class EventType(StrEnum):
    """The kinds of events the standard knows; whatever else is declared is an extended one."""

    OBJECT = "ObjectEvent"
    AGGREGATION = "AggregationEvent"
    TRANSACTION = "TransactionEvent"
    TRANSFORMATION = "TransformationEvent"
    ASSOCIATION = "AssociationEvent"
    EXTENDED = "ExtendedEvent"


class ThingRole(StrEnum):
    """Which part a thing plays in an event."""

    EPC = "epc"
    PARENT = "parent"
    CHILD = "child"
    INPUT = "input"
    OUTPUT = "output"
    QUANTITY = "quantity"
    CHILD_QUANTITY = "child_quantity"
    INPUT_QUANTITY = "input_quantity"
    OUTPUT_QUANTITY = "output_quantity"


class ErrorBehaviour(StrEnum):
    """What a capture does with its good events when some are bad."""

    ROLLBACK = "rollback"
    PROCEED = "proceed"


class Checks(StrEnum):
    """What becomes of events that are well formed and yet contradict themselves."""

    STRICT = "strict"
    """They are refused."""
    REPORT = "report"
    """They are taken, and the capture says what is doubtful about them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event to be stored, whose form was found right."""

    owner_code: str
    event: Mapping[str, Any]
    context: Sequence[Any] = ()
    """What its document said its own words mean."""
    pointer: str = ""
    """Where it stood in its document."""
    shipment_id: int | None = None
    slot: str | None = None
    capture_id: int | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of one event."""

    event_id: str
    is_new: bool
    conflicts: bool = False
    """Whether another event stands under its id; nothing was stored then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """A document to be captured."""

    owner_code: str
    actor: str
    body: bytes
    error_behaviour: ErrorBehaviour = ErrorBehaviour.ROLLBACK
    checks: Checks = Checks.STRICT


@dataclass(frozen=True, slots=True)
class ClientKey:
    """Whose machine sent a key, and whether it may hand events in."""

    code: str
    organisation_code: str
    may_capture: bool
