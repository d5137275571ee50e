"""Taking a document apart: its bytes, its words, its events, and what is wrong with each."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from cold_chain.epcis import contexts, sense, structure
from cold_chain.epcis.problems import Problem, below

MAX_DEPTH: Final = 32
MAX_TEXT: Final = 32_768


class UnreadableError(ValueError):
    """The bytes are no JSON that could be kept."""


@dataclass(frozen=True, slots=True)
class Found:
    """One event of a document with what is wrong with it."""

    event: dict[str, Any]
    pointer: str
    context: list[Any]
    """What the document said its own words mean, without the words of the standard."""
    problems: tuple[Problem, ...]
    """Of its form; with one of these it is not taken."""
    doubts: tuple[Problem, ...]
    """Why it cannot be true although its form is right."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a document holds."""

    kind: str
    events: list[Found] = field(default_factory=list)
    problems: tuple[Problem, ...] = ()
    """Of the document itself; with one of these no event is taken."""


def parse(body: bytes) -> Any:
    """Return the JSON of a body; raises `UnreadableError` for what cannot be kept as it is."""
    try:
        found = json.loads(body.decode(), object_pairs_hook=_object, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(str(error)[:200] or "not JSON") from error
    _check_keepable(found)
    return found


def read(document: Any) -> Document:
    """Take a parsed document apart; a single event is a document of its own."""
    problems = tuple(structure.check_document(document))
    if problems:
        kind = document.get("type") if isinstance(document, dict) else None
        return Document(kind if isinstance(kind, str) else "", problems=problems)
    context = contexts.own_parts(document["@context"])
    return Document(
        document["type"],
        [_found(event, at, context) for event, at in _events(document)],
    )


def _found(event: Any, at: str, context: list[Any]) -> Found:
    problems = tuple(structure.check_event(event, at))
    is_known = not problems and event["type"] in structure.FIELDS
    doubts = tuple(sense.check_event(event, at)) if is_known else ()
    if isinstance(event, dict) and "@context" in event:
        context = [*context, *contexts.own_parts(event["@context"])]
        event = {name: value for name, value in event.items() if name != "@context"}
    return Found(event if isinstance(event, dict) else {}, at, context, problems, doubts)


def _events(document: dict[str, Any]) -> Iterator[tuple[Any, str]]:
    match document["type"]:
        case "EPCISDocument":
            at, listed = "/epcisBody/eventList", document["epcisBody"]["eventList"]
        case "EPCISQueryDocument":
            at = "/epcisBody/queryResults/resultsBody/eventList"
            listed = document["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        case _:
            yield {name: one for name, one in document.items() if name != "@context"}, ""
            return
    for place, event in enumerate(listed):
        yield event, below(at, place)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) != len(pairs):
        msg = "a name stands twice in one object"
        raise UnreadableError(msg)
    return held


def _refuse(constant: str) -> None:
    msg = f"{constant} is no number"
    raise UnreadableError(msg)


def _check_keepable(found: Any) -> None:
    """Refuse what JSON allows and a database or a hash cannot keep."""
    waiting = [(found, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > MAX_DEPTH:
            msg = f"more than {MAX_DEPTH} levels deep"
            raise UnreadableError(msg)
        if isinstance(value, dict):
            waiting += [(part, depth + 1) for pair in value.items() for part in pair]
        elif isinstance(value, list):
            waiting += [(part, depth + 1) for part in value]
        elif isinstance(value, str):
            _check_text(value)
        elif isinstance(value, float) and not math.isfinite(value):
            msg = "a number is too large"
            raise UnreadableError(msg)


def _check_text(value: str) -> None:
    if len(value) > MAX_TEXT:
        msg = f"a text has more than {MAX_TEXT} characters"
        raise UnreadableError(msg)
    if "\x00" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        msg = "a text holds a sign that is no character"
        raise UnreadableError(msg)
