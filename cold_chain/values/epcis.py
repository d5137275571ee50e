"""Kinds of the exchange of events: what is kept of them, and which keys name things."""

from enum import StrEnum


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
