"""What a document of events must look like, written from the words of EPCIS 2.0 and CBV 2.0."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from cold_chain.epcis import vocabulary
from cold_chain.epcis.problems import Problem, below
from cold_chain.epcis.shapes import (
    HEX,
    OFFSET,
    UNIT,
    URI,
    Check,
    anything,
    boolean,
    form,
    many,
    moment,
    number,
    one_or_many,
    text,
    thing,
    uri,
    word,
)

CBV_ADDRESS: Final = r"urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/"
VERSION: Final = re.compile(r"\d+(?:\.\d+)*", re.ASCII)
VOC_ADDRESS: Final = r"https?://(?:www\.)?gs1\.org/voc/"

disposition = word(vocabulary.DISPOSITIONS, refused=CBV_ADDRESS)
located = thing({"id": uri}, required=["id"], own_words=False)
quantities = many(
    thing({"epcClass": uri, "quantity": number, "uom": form(UNIT, "must be a code of a unit")},
          required=["epcClass"], closed=True)
)  # fmt: skip

METADATA: Final[Mapping[str, Check]] = {
    "time": moment,
    "startTime": moment,
    "endTime": moment,
    "deviceID": uri,
    "deviceMetadata": uri,
    "rawData": uri,
    "dataProcessingMethod": uri,
    "bizRules": uri,
}
NAMED_BY_URI: Final = (
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "bizRules",
    "microorganism",
    "chemicalSubstance",
    "coordinateReferenceSystem",
    "uriValue",
)
FIGURES: Final = (
    "value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue",
)  # fmt: skip
REPORT: Final[Mapping[str, Check]] = {
    "type": word(vocabulary.MEASUREMENTS, refused=VOC_ADDRESS),
    "exception": word(vocabulary.ALERTS, refused=VOC_ADDRESS),
    "component": word(vocabulary.COMPONENTS, refused=CBV_ADDRESS),
    **dict.fromkeys(NAMED_BY_URI, uri),
    "time": moment,
    **dict.fromkeys(FIGURES, number),
    "stringValue": text,
    "booleanValue": boolean,
    "hexBinaryValue": form(HEX, "must be hexadecimal"),
    "uom": text,
}

sensor_elements = many(
    thing(
        {
            "sensorMetadata": thing(METADATA),
            "sensorReport": many(thing(REPORT, required=["type"]), at_least=1),
        },
        required=["sensorReport"],
    )
)


def _lasting(value: Any, at: str) -> Iterator[Problem]:
    """Check dispositions that stay set until they are taken back."""
    words = many(disposition, at_least=1, distinct=True)
    yield from thing({"set": words, "unset": words}, closed=True)(value, at)
    if isinstance(value, dict) and not {"set", "unset"} & value.keys():
        yield Problem(at, "missing", "needs something set or unset")


EVENT: Final[Mapping[str, Check]] = {
    "@context": anything,
    "type": text,
    "eventTime": moment,
    "recordTime": moment,
    "eventTimeZoneOffset": form(OFFSET, "must be an offset such as +08:00"),
    "eventID": uri,
    "certificationInfo": one_or_many(uri),
    "errorDeclaration": thing(
        {
            "declarationTime": moment,
            "reason": word(vocabulary.ERROR_REASONS, refused=CBV_ADDRESS),
            "correctiveEventIDs": many(uri),
        },
        required=["declarationTime"],
    ),
}
PLACES: Final[Mapping[str, Check]] = {
    "bizStep": word(vocabulary.BIZ_STEPS, refused=CBV_ADDRESS),
    "disposition": disposition,
    "readPoint": located,
    "bizLocation": located,
    "bizTransactionList": many(
        thing(
            {
                "type": word(vocabulary.TRANSACTION_TYPES, refused=CBV_ADDRESS),
                "bizTransaction": uri,
            },
            required=["bizTransaction"],
            closed=True,
        )
    ),
    **{
        f"{name}List": many(
            thing(
                {"type": word(vocabulary.PARTY_TYPES, refused=CBV_ADDRESS), name: uri},
                required=["type", name],
                closed=True,
            )
        )
        for name in ("source", "destination")
    },
    "sensorElementList": sensor_elements,
}
ACTED: Final[Mapping[str, Check]] = {
    "action": word({"ADD", "OBSERVE", "DELETE"}, closed=True),
}
NAMED: Final[Mapping[str, Check]] = {"ilmd": thing({}), "persistentDisposition": _lasting}
CONTAINED: Final[Mapping[str, Check]] = {
    "parentID": uri,
    "childEPCs": many(uri),
    "childQuantityList": quantities,
}
things = many(uri, distinct=True)

FIELDS: Final[Mapping[str, Mapping[str, Check]]] = {
    "ObjectEvent": {**ACTED, **NAMED, "epcList": things, "quantityList": quantities},
    "AggregationEvent": {**ACTED, **CONTAINED},
    "AssociationEvent": {**ACTED, **CONTAINED},
    "TransactionEvent": {
        **ACTED,
        "parentID": uri,
        "epcList": many(uri),
        "quantityList": quantities,
    },
    "TransformationEvent": {
        **NAMED,
        "inputEPCList": things,
        "inputQuantityList": quantities,
        "outputEPCList": things,
        "outputQuantityList": quantities,
        "transformationID": uri,
    },
}
REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "ObjectEvent": ("action",),
    "AggregationEvent": ("action",),
    "AssociationEvent": ("action", "parentID"),
    "TransactionEvent": ("action", "bizTransactionList"),
    "TransformationEvent": (),
}

_EVENT_CHECKS: Final = {
    kind: thing(
        {**EVENT, **PLACES, **fields},
        required=["type", "eventTime", "eventTimeZoneOffset", *REQUIRED[kind]],
    )
    for kind, fields in FIELDS.items()
}
_EXTENDED: Final = thing(
    EVENT, required=["type", "eventTime", "eventTimeZoneOffset"], own_words=False
)


def check_event(event: Any, at: str = "") -> Iterator[Problem]:
    """Yield what is wrong with the form of one event."""
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        yield Problem(below(at, "type"), "missing", "an event needs a type")
        return
    kind = event["type"]
    if kind in _EVENT_CHECKS:
        yield from _EVENT_CHECKS[kind](event, at)
        yield from _check_whole(kind, event, at)
    elif URI.fullmatch(kind) is None:
        yield Problem(below(at, "type"), "unknown_word", "is not a type of event")
    else:
        yield from _EXTENDED(event, at)


def _check_whole(kind: str, event: Mapping[str, Any], at: str) -> Iterator[Problem]:
    match kind:
        case "ObjectEvent":
            yield from _check_object(event, at)
        case "TransformationEvent":
            yield from _check_transformation(event, at)
        case "TransactionEvent":
            if event.get("bizTransactionList") == []:
                yield Problem(below(at, "bizTransactionList"), "too_few", "must not be empty")
            if not (_names(event) or _deletes(event)):
                yield Problem(at, "nothing_named", "names no thing")
        case _:
            if not (_has(event, "childEPCs", "childQuantityList") or _deletes(event)):
                yield Problem(at, "nothing_named", "names no child")
            if kind == "AggregationEvent" and "parentID" not in event and not _observes(event):
                yield Problem(below(at, "parentID"), "missing", "needs a parent")


def _check_object(event: Mapping[str, Any], at: str) -> Iterator[Problem]:
    is_sensed = _has(event, "sensorElementList") and "readPoint" in event
    if not (_names(event) or is_sensed):
        yield Problem(
            at, "nothing_named", "names no thing, and no sensor at a place speaks instead"
        )
    if "ilmd" in event and event.get("action") != "ADD":
        yield Problem(below(at, "ilmd"), "not_here", "belongs to events that add")


def _check_transformation(event: Mapping[str, Any], at: str) -> Iterator[Problem]:
    takes = _has(event, "inputEPCList", "inputQuantityList")
    gives = _has(event, "outputEPCList", "outputQuantityList")
    if not ((takes and gives) or ("transformationID" in event and (takes or gives))):
        yield Problem(
            at, "nothing_named", "needs inputs and outputs, or one of them and an id to join"
        )


def _names(event: Mapping[str, Any]) -> bool:
    return isinstance(event.get("epcList"), list) or _has(event, "quantityList")


def _has(event: Mapping[str, Any], *names: str) -> bool:
    return any(isinstance(event.get(name), list) and event[name] for name in names)


def _deletes(event: Mapping[str, Any]) -> bool:
    return event.get("action") == "DELETE"


def _observes(event: Mapping[str, Any]) -> bool:
    return event.get("action") == "OBSERVE"


def _check_context(value: Any, at: str) -> Iterator[Problem]:
    if isinstance(value, dict):
        return
    if not isinstance(value, list):
        yield from uri(value, at)
        return
    seen: list[Any] = []
    for place, one in enumerate(value):
        if one in seen:
            yield Problem(below(at, place), "repeated", "is said twice")
        seen.append(one)
        if not isinstance(one, dict):
            yield from uri(one, below(at, place))


_attribute = thing({"id": uri}, required=["id"], own_words=False)
_vocabularies = many(
    thing(
        {
            "type": uri,
            "vocabularyElementList": many(
                thing(
                    {"id": uri, "attributes": many(_attribute), "children": many(uri)},
                    required=["id"],
                    own_words=False,
                )
            ),
        },
        required=["type"],
        own_words=False,
    )
)
_header = thing({"epcisMasterData": thing({"vocabularyList": _vocabularies}, own_words=False)})
_version = form(VERSION, "must be a version such as 2.0")

_HEAD: Final[Mapping[str, Check]] = {
    "@context": _check_context,
    "id": uri,
    "type": text,
    "schemaVersion": _version,
    "creationDate": moment,
}
_DOCUMENT: Final = thing(
    {
        **_HEAD,
        "instanceIdentifier": text,
        "sender": text,
        "receiver": text,
        "epcisHeader": _header,
        "epcisBody": thing(
            {"eventList": many(anything)}, required=["eventList"], own_words=False
        ),
    },
    required=["@context", "type", "schemaVersion", "creationDate", "epcisBody"],
)
_results = thing({"eventList": many(anything), "vocabularyList": _vocabularies},
                 required=["eventList"])  # fmt: skip
_ANSWER: Final = thing(
    {
        **_HEAD,
        "epcisBody": thing(
            {
                "queryResults": thing(
                    {"queryName": text, "subscriptionID": text, "resultsBody": _results},
                    required=["queryName", "resultsBody"],
                )
            },
            required=["queryResults"],
        ),
    },
    required=["@context", "type", "epcisBody"],
)


def check_document(document: Any) -> Iterator[Problem]:
    """Yield what is wrong with a document besides the form of its events."""
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "EPCISDocument":
        yield from _DOCUMENT(document, "")
    elif kind == "EPCISQueryDocument":
        yield from _ANSWER(document, "")
    elif isinstance(kind, str) and (kind in FIELDS or URI.fullmatch(kind)):
        yield from thing({"@context": _check_context}, required=["@context"], own_words=False)(
            document, ""
        )
    else:
        yield Problem("/type", "unknown_word", "is neither a document nor an event")
