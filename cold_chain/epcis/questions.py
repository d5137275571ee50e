"""Questions about events in the words of the standard's simple event query.

Parameters come as JSON (`{"EQ_bizStep": ["shipping"]}`) or as text of an address
(`EQ_bizStep=shipping|receiving`). What is asked is checked and put into the same canonical
form in which it was stored, so that a question in kelvin finds a figure in Celsius.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from cold_chain.epcis import moments, names, units, vocabulary
from cold_chain.values.epcis import EventType, ThingRole

MAX_VALUES: Final = 200
MAX_TEXT: Final = 1024
MAX_COUNT: Final = 1000

LARGEST: Final = Decimal("1e100")

COMPARED: Final = {"GT": ">", "GE": ">=", "LT": "<", "LE": "<=", "EQ": "="}
FIGURE: Final = re.compile(
    r"(?P<how>GT|GE|LT|LE|EQ)_(?P<what>value|minValue|maxValue|meanValue)"
    r"(?:_(?P<unit>[A-Z0-9]{2,3}))?",
    re.ASCII,
)
COLUMNS: Final = {
    "value": "value",
    "minValue": "min_value",
    "maxValue": "max_value",
    "meanValue": "mean_value",
}
ONE_THING: Final = {
    "MATCH_epc": (ThingRole.EPC, ThingRole.CHILD),
    "MATCH_parentID": (ThingRole.PARENT,),
    "MATCH_inputEPC": (ThingRole.INPUT,),
    "MATCH_outputEPC": (ThingRole.OUTPUT,),
    "MATCH_anyEPC": (
        ThingRole.EPC,
        ThingRole.CHILD,
        ThingRole.PARENT,
        ThingRole.INPUT,
        ThingRole.OUTPUT,
    ),
    "MATCH_epcClass": (ThingRole.QUANTITY, ThingRole.CHILD_QUANTITY),
    "MATCH_inputEPCClass": (ThingRole.INPUT_QUANTITY,),
    "MATCH_outputEPCClass": (ThingRole.OUTPUT_QUANTITY,),
    "MATCH_anyEPCClass": (
        ThingRole.QUANTITY,
        ThingRole.CHILD_QUANTITY,
        ThingRole.INPUT_QUANTITY,
        ThingRole.OUTPUT_QUANTITY,
    ),
}
MOMENTS: Final = {
    "GE_eventTime": ("event_time", ">="),
    "LT_eventTime": ("event_time", "<"),
    "GE_recordTime": ("record_time", ">="),
    "LT_recordTime": ("record_time", "<"),
}
SENSED: Final = {
    "GE_startTime": ("from_at", ">="),
    "LT_startTime": ("from_at", "<"),
    "GE_endTime": ("to_at", ">="),
    "LT_endTime": ("to_at", "<"),
    "GE_time": ("from_at", ">="),
    "LT_time": ("to_at", "<"),
}
WORDS: Final[Mapping[str, tuple[str, Callable[[str], str]]]] = {
    "EQ_action": ("action", str),
    "EQ_bizStep": ("biz_step", vocabulary.full_biz_step),
    "EQ_disposition": ("disposition", vocabulary.full_disposition),
    "EQ_readPoint": ("read_point", names.canonical_or_same),
    "EQ_bizLocation": ("biz_location", names.canonical_or_same),
    "EQ_eventID": ("event_id", str),
}
SENSED_WORDS: Final[Mapping[str, tuple[str, Callable[[str], str]]]] = {
    "EQ_type": ("measurement_type", vocabulary.full_measurement),
    "EQ_deviceID": ("device_id", names.canonical_or_same),
}
EXISTING: Final = {"EXISTS_errorDeclaration", "EXISTS_sensorElementList"}
ORDERS: Final = {"eventTime": "event_time", "recordTime": "id"}
LATER: Final = re.compile(
    r"WD_(readPoint|bizLocation)|EQ_transformationID|EQ_persistentDisposition_(set|unset)|"
    r"(GE|LT)_errorDeclarationTime|EQ_errorReason|EQ_correctiveEventID|HASATTR_\w+|EQATTR_\w+|"
    r"(EQ|GT|GE|LT|LE)_(quantity|ILMD_.+|INNER_.+|SENSORELEMENT_.+|ERROR_DECLARATION_.+|sDev.*|"
    r"percRank.*|percValue.*)|EXISTS_.+|EQ_(bizTransaction|source|destination)_.+|"
    r"EQ_(bizRules|dataProcessingMethod|microorganism|chemicalSubstance|deviceMetadata|rawData|"
    r"stringValue|booleanValue|hexBinaryValue|uriValue|coordinateReferenceSystem|component)"
)
"""What the standard knows and is not answered here."""


class QuestionError(ValueError):
    """A parameter cannot be understood."""

    def __init__(self, parameter: str, detail: str, *, is_known: bool = False) -> None:
        """Name the parameter, and tell whether it is merely not answered here."""
        super().__init__(detail)
        self.parameter = parameter
        self.detail = detail
        self.is_known = is_known


@dataclass(frozen=True, slots=True)
class Compared:
    """A column compared with a value."""

    column: str
    how: str
    value: datetime | Decimal
    unit: str | None = None
    """For a figure: in which unit it stands."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: all of it must hold of an event."""

    event_types: tuple[EventType, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Column → the texts one of which it must be."""
    moments: tuple[Compared, ...] = ()
    things: tuple[tuple[tuple[ThingRole, ...], tuple[str, ...]], ...] = ()
    """Roles and names, one of which a thing in one of the roles must have."""
    sensed_words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sensed: tuple[Compared, ...] = ()
    declares_error: bool | None = None
    has_sensors: bool | None = None
    order_by: str = "id"
    is_descending: bool = False
    limit: int | None = None
    """How many there are to be at all."""
    at_most: int | None = None
    """More than these are refused."""

    @property
    def asks_sensors(self) -> bool:
        """Tell whether a sensor report must answer to it."""
        return bool(self.sensed_words or self.sensed)


@dataclass(slots=True)
class _Reading:
    """What has been read of a question so far."""

    found: dict[str, Any]

    def texts(self, name: str) -> tuple[str, ...]:
        """Take a parameter as one or many texts."""
        value = self.found[name]
        given = value if isinstance(value, list) else str(value).split("|")
        if not given or len(given) > MAX_VALUES:
            raise QuestionError(name, f"takes 1 to {MAX_VALUES} values")
        for one in given:
            if not isinstance(one, str) or not 0 < len(one) <= MAX_TEXT or "\x00" in one:
                raise QuestionError(name, "takes texts")
        return tuple(given)

    def moment(self, name: str) -> datetime:
        """Take a parameter as a moment."""
        try:
            return moments.read(str(self.found[name]))
        except (ValueError, OverflowError) as error:
            raise QuestionError(name, "takes a moment with an offset") from error

    def count(self, name: str) -> int | None:
        """Take a parameter as a number of events."""
        if name not in self.found:
            return None
        text = str(self.found[name])
        if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= MAX_COUNT):
            raise QuestionError(name, f"takes a number from 1 to {MAX_COUNT}")
        return int(text)

    def truth(self, name: str) -> bool | None:
        """Take a parameter that asks whether there is something; an empty one says yes."""
        if name not in self.found:
            return None
        value = self.found[name]
        if value not in {True, False, "", "true", "false"}:
            raise QuestionError(name, "takes true or false")
        return value not in {False, "false"}

    def chosen(self, name: str, choices: Mapping[str, Any], default: str) -> Any:
        """Take a parameter as one of some words."""
        value = self.found.get(name, default)
        if value not in choices:
            raise QuestionError(name, f"takes one of {', '.join(sorted(choices))}")
        return choices[value]


def read(given: Mapping[str, Any]) -> Question:
    """Read a question; raises `QuestionError` for what cannot be understood or answered."""
    for name in given:
        _check_known(name)
    found = _Reading(dict(given))
    things = []
    for name, roles in ONE_THING.items():
        if name in given:
            things.append((roles, tuple(map(names.canonical_or_same, found.texts(name)))))
    return Question(
        event_types=_types(found),
        words=_words(found, WORDS),
        moments=tuple(_moments(found, MOMENTS)),
        things=tuple(things),
        sensed_words=_words(found, SENSED_WORDS),
        sensed=(*_moments(found, SENSED), *_figures(given)),
        declares_error=found.truth("EXISTS_errorDeclaration"),
        has_sensors=found.truth("EXISTS_sensorElementList"),
        order_by=found.chosen("orderBy", ORDERS, "recordTime"),
        is_descending=found.chosen(
            "orderDirection",
            {"ASC": False, "DESC": True},
            "DESC" if "orderBy" in given else "ASC",
        ),
        limit=found.count("eventCountLimit"),
        at_most=found.count("maxEventCount"),
    )


def _check_known(name: str) -> None:
    own = {"eventType", "orderBy", "orderDirection", "eventCountLimit", "maxEventCount"}
    tables: tuple[Iterable[str], ...] = (
        own, ONE_THING, MOMENTS, SENSED, WORDS, SENSED_WORDS, EXISTING,
    )  # fmt: skip
    if any(name in table for table in tables) or FIGURE.fullmatch(name):
        return
    if LATER.fullmatch(name):
        raise QuestionError(name, "is not answered here", is_known=True)
    raise QuestionError(name, "is not a parameter of the query")


def _types(found: _Reading) -> tuple[EventType, ...]:
    if "eventType" not in found.found:
        return ()
    known = {one.value: one for one in EventType if one is not EventType.EXTENDED}
    given = found.texts("eventType")
    for one in given:
        if one not in known:
            raise QuestionError("eventType", f"{one[:40]} is no type of event")
    return tuple(known[one] for one in given)


def _words(
    found: _Reading, table: Mapping[str, tuple[str, Callable[[str], str]]]
) -> dict[str, tuple[str, ...]]:
    return {
        column: tuple(map(full, found.texts(name)))
        for name, (column, full) in table.items()
        if name in found.found
    }


def _moments(found: _Reading, table: Mapping[str, tuple[str, str]]) -> Iterable[Compared]:
    for name, (column, how) in table.items():
        if name in found.found:
            yield Compared(column, how, found.moment(name))


def _figures(given: Mapping[str, Any]) -> Iterable[Compared]:
    for name, value in given.items():
        asked = FIGURE.fullmatch(name)
        if asked is None:
            continue
        exact = _exact(name, value)
        figure, unit = units.to_base(exact, asked["unit"])
        yield Compared(COLUMNS[asked["what"]], COMPARED[asked["how"]], figure, unit)


def _exact(name: str, value: Any) -> Decimal:
    try:
        exact = Decimal("NaN") if isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation as error:
        raise QuestionError(name, "takes a number") from error
    if not exact.is_finite() or abs(exact) >= LARGEST:
        raise QuestionError(name, "takes a number")
    return exact
