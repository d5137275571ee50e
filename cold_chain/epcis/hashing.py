"""The event hash of CBV 2.0: the same event has the same name however it is written.

An event is written down as one string in a fixed order, with names of things, words, moments
and numbers in their canonical form; the hash is the SHA-256 of that string. What a document
calls its own words is replaced by what they stand for. Not part of it are the id, when it was
recorded, and whether it was declared an error later.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cold_chain.epcis import moments, names, vocabulary
from cold_chain.epcis.contexts import Namespaces

Order = tuple[tuple[str, "Order | None"], ...]

_QUANTITIES: Final[Order] = (
    ("quantityElement", (("epcClass", None), ("quantity", None), ("uom", None))),
)
_THINGS: Final[Order] = (("epc", None),)
_ID: Final[Order] = (("id", None),)
_METADATA: Final[Order] = tuple(
    (name, None)
    for name in (
        "time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData",
        "dataProcessingMethod", "bizRules",
    )
)  # fmt: skip
_REPORT: Final[Order] = tuple(
    (name, None)
    for name in (
        "type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod",
        "time", "microorganism", "chemicalSubstance", "value", "component", "stringValue",
        "booleanValue", "hexBinaryValue", "uriValue", "minValue", "maxValue", "meanValue",
        "sDev", "percRank", "percValue", "uom", "coordinateReferenceSystem",
    )
)  # fmt: skip
ORDER: Final[Order] = (
    ("eventTime", None),
    ("eventTimeZoneOffset", None),
    ("certificationInfo", None),
    ("parentID", None),
    ("epcList", _THINGS),
    ("inputEPCList", _THINGS),
    ("childEPCs", _THINGS),
    ("quantityList", _QUANTITIES),
    ("childQuantityList", _QUANTITIES),
    ("inputQuantityList", _QUANTITIES),
    ("outputEPCList", _THINGS),
    ("outputQuantityList", _QUANTITIES),
    ("action", None),
    ("transformationID", None),
    ("bizStep", None),
    ("disposition", None),
    ("persistentDisposition", (("set", None), ("unset", None))),
    ("readPoint", _ID),
    ("bizLocation", _ID),
    (
        "sensorElementList",
        (("sensorElement", (("sensorMetadata", _METADATA), ("sensorReport", _REPORT))),),
    ),
)
"""What comes in a fixed order; whatever is left follows, sorted."""

LEFT_OUT: Final = frozenset({"recordTime", "eventID", "type", "errorDeclaration", "@context"})
COMMENTS: Final = frozenset({"#text", "rdfs:comment", "comment"})
PAIRS: Final = {
    "bizTransactionList": "bizTransaction",
    "sourceList": "source",
    "destinationList": "destination",
}
"""Lists whose entries are a type and a name, kept together."""
RENAMED: Final = {
    "inputEPC": "epc",
    "outputEPC": "epc",
    "inputQuantity": "quantityElement",
    "outputQuantity": "quantityElement",
    "childQuantity": "quantityElement",
}
LIST: Final = "List"


@dataclass(slots=True)
class _Node:
    """A name with a text or with what stands under it."""

    name: str
    text: str = ""
    children: "list[_Node]" = field(default_factory=list)
    is_pair: bool = False
    """Its children stay in their order."""


def hash_event(event: Mapping[str, Any], context: Any = ()) -> str:
    """Return the name `ni:///sha-256;…?ver=CBV2.0` of an event."""
    return name_of(pre_hash(event, context))


def name_of(written: str) -> str:
    """Return the name of an event written down by `pre_hash`."""
    digest = hashlib.sha256(written.encode()).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV2.0"


def pre_hash(event: Mapping[str, Any], context: Any = ()) -> str:
    """Return the one string an event is hashed as."""
    spaces = Namespaces.read(context)
    children = _grouped(list(_children(_in_full(event), spaces)))
    ordered = _in_order(children, ORDER)
    rest = [child for child in children if child.name not in LEFT_OUT]
    return f"eventType={spaces.expand(str(event.get('type', '')))}{ordered}{_sorted_text(rest)}"


def _in_full(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event with bare words written in full."""
    full = dict(event)
    _replace(full, "bizStep", vocabulary.full_biz_step)
    _replace(full, "disposition", vocabulary.full_disposition)
    lasting = full.get("persistentDisposition")
    if isinstance(lasting, Mapping):
        full["persistentDisposition"] = {
            name: [_worded(word, vocabulary.full_disposition) for word in words]
            if isinstance(words, list)
            else words
            for name, words in lasting.items()
        }
    for name in PAIRS:
        typed = (
            vocabulary.full_transaction_type
            if name == "bizTransactionList"
            else vocabulary.full_party_type
        )
        full |= (
            {name: [_typed(one, typed) for one in _listed(full[name])]} if name in full else {}
        )
    if "sensorElementList" in full:
        full["sensorElementList"] = [
            _element(one) for one in _listed(full["sensorElementList"])
        ]
    return full


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


def _replace(held: dict[str, Any], name: str, full: Any) -> None:
    if name in held:
        held[name] = _worded(held[name], full)


def _worded(word: Any, full: Any) -> Any:
    return full(word) if isinstance(word, str) else word


def _typed(one: Any, full: Any) -> Any:
    if not isinstance(one, Mapping):
        return one
    named = dict(one)
    _replace(named, "type", full)
    return named


def _element(one: Any) -> Any:
    if not isinstance(one, Mapping) or "sensorReport" not in one:
        return one
    reports = []
    for report in _listed(one["sensorReport"]):
        if isinstance(report, Mapping):
            named = dict(report)
            _replace(named, "type", vocabulary.full_measurement)
            _replace(named, "exception", vocabulary.full_alert)
            _replace(named, "component", vocabulary.full_component)
            reports.append(named)
        else:
            reports.append(report)
    return {**one, "sensorReport": reports}


def _children(held: Mapping[str, Any], spaces: Namespaces) -> Iterator[_Node]:
    for name, value in held.items():
        if name in COMMENTS:
            continue
        key = spaces.expand_key(name)
        for one in _flat(value):
            yield _node(key, one, spaces)


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _flat(one)
    else:
        yield value


def _node(name: str, value: Any, spaces: Namespaces) -> _Node:
    if isinstance(value, Mapping):
        text = value.get("#text", "")
        if name in PAIRS:
            return _pair(name, value, spaces)
        return _Node(name, str(text), _grouped(list(_children(value, spaces))))
    return _Node(name, spaces.expand(value) if isinstance(value, str) else str(value))


def _pair(name: str, value: Mapping[str, Any], spaces: Namespaces) -> _Node:
    kept = [key for key in ("type", PAIRS[name]) if key in value]
    children = [_node(key, value[key], spaces) for key in kept]
    return _Node(name, "", children, is_pair=True)


def _grouped(children: list[_Node]) -> list[_Node]:
    """Put the entries of each list under a node of their own, named like one of them."""
    groups: dict[str, _Node] = {}
    kept = []
    for child in children:
        if child.name.endswith(LIST):
            entry = child.name if child.name in PAIRS else child.name.removesuffix(LIST)
            group = groups.setdefault(child.name, _Node(child.name))
            group.children.append(
                _Node(_renamed(entry, child), child.text, child.children, child.is_pair)
            )
        elif child.name == "childEPCs":
            group = groups.setdefault(child.name, _Node(child.name))
            group.children.append(_Node("epc", child.text))
        else:
            kept.append(_Node(_renamed(child.name, child), child.text, child.children))
    return [*kept, *groups.values()]


def _renamed(name: str, node: _Node) -> str:
    if name == "quantity" and node.children:
        return "quantityElement"
    return RENAMED.get(name, name)


def _in_order(children: list[_Node], order: Order) -> str:
    """Write what the order names, and take it out of the children."""
    own_words = _take_own_words(children)
    parts: list[str] = []
    for name, below in order:
        texts = []
        for child in [one for one in children if one.name == name]:
            text = _ordered_text(child, below)
            if text:
                texts.append(text)
            if not child.children:
                children.remove(child)
        parts += sorted(texts)
    return "".join(parts) + _sorted_text(own_words)


def _take_own_words(children: list[_Node]) -> list[_Node]:
    """Take a partner's own words out of anything but the event itself, to follow its own."""
    if len(children) <= 1:
        return []
    if any("eventTime" in one.name or "action" in one.name for one in children):
        return []
    own = [one for one in children if "{" in one.name and "/}" in one.name]
    for one in own:
        children.remove(one)
    return own


def _ordered_text(child: _Node, below: Order | None) -> str:
    beneath = _in_order(child.children, below) if below is not None else ""
    text = child.text.strip()
    if text:
        is_moment = "time" in child.name.lower() and "offset" not in child.name.lower()
        text = moments.canonical(text) if is_moment else _canonical(text)
    written = f"={text}" if text else ""
    return f"{child.name}{written}{beneath}" if written or beneath else ""


def _sorted_text(children: Iterable[_Node]) -> str:
    return "".join(sorted(_loose_text(child) for child in children))


def _loose_text(child: _Node) -> str:
    if child.is_pair:
        return "".join(_loose_text(one) for one in child.children)
    text = child.text.strip()
    written = f"={_canonical(text)}" if text else ""
    return f"{child.name}{written}{_sorted_text(child.children)}"


def _canonical(text: str) -> str:
    return names.canonical_or_same(_number(vocabulary.renewed(text)))


def _number(text: str) -> str:
    """Write a number without needless zeros or signs; other text stays as it is."""
    try:
        number = float(text)
        whole = int(number)
    except (ValueError, OverflowError):
        return text
    return str(whole) if whole == number else str(number)
