"""What of an event is searched for: names canonical, words in full, figures in base units."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from cold_chain.epcis import hashing, moments, names, units, vocabulary
from cold_chain.epcis.contexts import Namespaces
from cold_chain.values.epcis import EventType, ThingRole

NAMES: Final = {
    "epcList": ThingRole.EPC,
    "childEPCs": ThingRole.CHILD,
    "inputEPCList": ThingRole.INPUT,
    "outputEPCList": ThingRole.OUTPUT,
}
QUANTITIES: Final = {
    "quantityList": ThingRole.QUANTITY,
    "childQuantityList": ThingRole.CHILD_QUANTITY,
    "inputQuantityList": ThingRole.INPUT_QUANTITY,
    "outputQuantityList": ThingRole.OUTPUT_QUANTITY,
}
FIGURES: Final = {
    "value": "value",
    "minValue": "min_value",
    "maxValue": "max_value",
    "meanValue": "mean_value",
}


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing an event speaks of."""

    role: ThingRole
    number: int
    name: str
    quantity: Decimal | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """What one sensor report says, in the base unit of what it measures."""

    element: int
    number: int
    measurement_type: str | None
    exception: str | None
    device_id: str | None
    from_at: datetime | None
    to_at: datetime | None
    unit: str | None
    figures: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Extract:
    """What is kept of an event besides the event itself."""

    event_id: str
    hash: str
    declares_error: bool
    event_type: EventType
    action: str | None
    event_time: datetime
    biz_step: str | None
    disposition: str | None
    read_point: str | None
    biz_location: str | None
    things: tuple[Thing, ...]
    figures: tuple[Figure, ...]


def extract(event: Mapping[str, Any], context: Any = ()) -> Extract:
    """Return what is kept of an event whose form is right."""
    spaces = Namespaces.read(context)
    named = hashing.hash_event(event, context)
    known = set(EventType) - {EventType.EXTENDED}
    kind = event["type"]
    return Extract(
        event_id=event.get("eventID", named),
        hash=named,
        declares_error="errorDeclaration" in event,
        event_type=EventType(kind) if kind in known else EventType.EXTENDED,
        action=_text(event.get("action")),
        event_time=moments.read(event["eventTime"]),
        biz_step=_word(event.get("bizStep"), vocabulary.full_biz_step, spaces),
        disposition=_word(event.get("disposition"), vocabulary.full_disposition, spaces),
        read_point=_place(event.get("readPoint")),
        biz_location=_place(event.get("bizLocation")),
        things=tuple(_things(event)) if kind in known else (),
        figures=tuple(_figures(event, spaces)) if kind in known else (),
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _word(value: Any, full: Any, spaces: Namespaces) -> str | None:
    return spaces.expand(full(value)) if isinstance(value, str) else None


def _place(value: Any) -> str | None:
    found = value.get("id") if isinstance(value, Mapping) else None
    return names.canonical_or_same(found) if isinstance(found, str) else None


def _things(event: Mapping[str, Any]) -> Iterator[Thing]:
    if "parentID" in event:
        yield Thing(ThingRole.PARENT, 0, names.canonical_or_same(event["parentID"]))
    for listed, role in NAMES.items():
        for number, name in enumerate(event.get(listed, ())):
            yield Thing(role, number, names.canonical_or_same(name))
    for listed, role in QUANTITIES.items():
        for number, one in enumerate(event.get(listed, ())):
            quantity = one.get("quantity")
            yield Thing(
                role,
                number,
                names.canonical_or_same(one["epcClass"]),
                None if quantity is None else Decimal(str(quantity)),
                one.get("uom"),
            )


def _figures(event: Mapping[str, Any], spaces: Namespaces) -> Iterator[Figure]:
    for place, element in enumerate(event.get("sensorElementList", ())):
        told = element.get("sensorMetadata", {})
        for number, report in enumerate(element["sensorReport"]):
            yield _figure(place, number, {**told, **report}, spaces)


def _figure(place: int, number: int, said: Mapping[str, Any], spaces: Namespaces) -> Figure:
    once = said.get("time")
    device = said.get("deviceID")
    unit = said.get("uom")
    figures = {}
    base = unit
    for field, column in FIGURES.items():
        if field in said:
            figures[column], base = units.to_base(said[field], unit)
    return Figure(
        element=place,
        number=number,
        measurement_type=_word(said.get("type"), vocabulary.full_measurement, spaces),
        exception=_word(said.get("exception"), vocabulary.full_alert, spaces),
        device_id=None if device is None else names.canonical_or_same(device),
        from_at=_moment(said.get("startTime", once)),
        to_at=_moment(said.get("endTime", once)),
        unit=base,
        figures=figures,
    )


def _moment(value: Any) -> datetime | None:
    return moments.read(value) if isinstance(value, str) else None
