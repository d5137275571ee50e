"""What no form can say: whether an event of the right form can be true."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from cold_chain.epcis import moments, names, units
from cold_chain.epcis.problems import Problem, below
from cold_chain.epcis.vocabulary import VOC

ONCE: Final = (
    "time", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules",
)  # fmt: skip
"""What is said of a sensor element as a whole or of a report, never of both."""
LISTS: Final = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
QUANTITIES: Final = (
    "quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList",
)  # fmt: skip
ENTRIES: Final = {
    **dict.fromkeys(QUANTITIES, "epcClass"),
    "sourceList": "source",
    "destinationList": "destination",
}
FIGURES: Final = ("value", "minValue", "maxValue", "meanValue")
HUNDRED: Final = 100


def check_event(event: Mapping[str, Any], at: str = "") -> Iterator[Problem]:
    """Yield what cannot be true of an event whose form is right."""
    for name, place in _named(event, at):
        yield from _check_key(name, place)
    for listed in QUANTITIES:
        for number, one in enumerate(event.get(listed, ())):
            if one.get("quantity", 0) < 0:
                yield Problem(
                    f"{at}/{listed}/{number}/quantity", "negative", "must not be negative"
                )
    ended = moments.read(event["eventTime"])
    for number, element in enumerate(event.get("sensorElementList", ())):
        yield from _check_element(element, f"{at}/sensorElementList/{number}", ended)


def _named(event: Mapping[str, Any], at: str) -> Iterator[tuple[str, str]]:
    if "parentID" in event:
        yield event["parentID"], f"{at}/parentID"
    for field in ("readPoint", "bizLocation"):
        if field in event:
            yield event[field]["id"], f"{at}/{field}/id"
    for listed in LISTS:
        for place, name in enumerate(event.get(listed, ())):
            yield name, f"{at}/{listed}/{place}"
    for listed, field in ENTRIES.items():
        for place, one in enumerate(event.get(listed, ())):
            yield one[field], f"{at}/{listed}/{place}/{field}"


def _check_key(name: str, at: str) -> Iterator[Problem]:
    if name.startswith("urn:epc:") and names.canonical(name) is None:
        yield Problem(at, "key_malformed", "is no EPC of the form its scheme demands")
        return
    expected = names.wrong_check_digit(name)
    if expected == "?":
        yield Problem(at, "key_malformed", "is not a key of the GS1 system")
    elif expected is not None:
        yield Problem(at, "check_digit_wrong", f"the check digit must be {expected}")


def _check_element(element: Mapping[str, Any], at: str, ended: Any) -> Iterator[Problem]:
    told = element.get("sensorMetadata", {})
    place = below(at, "sensorMetadata")
    yield from _check_window(told, place)
    for name in ("time", "startTime", "endTime"):
        yield from _check_before(told, name, place, ended)
    for number, report in enumerate(element["sensorReport"]):
        here = f"{at}/sensorReport/{number}"
        for name in ONCE:
            if name in told and name in report:
                yield Problem(
                    below(here, name), "said_twice", "is said of the whole element already"
                )
        yield from _check_before(report, "time", here, ended)
        yield from _check_figures(report, here)


def _check_window(told: Mapping[str, Any], at: str) -> Iterator[Problem]:
    if "time" in told and ("startTime" in told or "endTime" in told):
        yield Problem(below(at, "time"), "said_twice", "is said by a start or an end already")
    if "startTime" in told and "endTime" in told:
        started, ended = moments.read(told["startTime"]), moments.read(told["endTime"])
        if started > ended:
            yield Problem(below(at, "endTime"), "ends_before_start", "lies before the start")


def _check_before(told: Mapping[str, Any], name: str, at: str, ended: Any) -> Iterator[Problem]:
    if name in told and moments.read(told[name]) > ended:
        yield Problem(below(at, name), "after_event", "lies after the event itself")


def _check_figures(report: Mapping[str, Any], at: str) -> Iterator[Problem]:
    kind, code = report["type"].removeprefix(VOC), report.get("uom")
    if code is not None and not units.fits(kind, code):
        yield Problem(below(at, "uom"), "unit_wrong", f"is no unit of {kind}")
        return
    if kind == "Temperature":
        yield from _check_cold(report, at, code)
    elif kind == "RelativeHumidity" and code == "P1":
        for name in FIGURES:
            if not 0 <= report.get(name, 0) <= HUNDRED:
                yield Problem(below(at, name), "impossible", "is no share of a hundred")
    yield from _check_order(report, at)


def _check_order(report: Mapping[str, Any], at: str) -> Iterator[Problem]:
    known = [name for name in ("minValue", "meanValue", "maxValue") if name in report]
    for less, more in pairwise(known):
        if report[less] > report[more]:
            yield Problem(below(at, more), "out_of_order", "min, mean and max must not fall")
    if report.get("sDev", 0) < 0:
        yield Problem(below(at, "sDev"), "negative", "must not be negative")


def _check_cold(report: Mapping[str, Any], at: str, code: str | None) -> Iterator[Problem]:
    if code is None:
        return
    for name in FIGURES:
        if name not in report:
            continue
        kelvin, base = units.to_base(report[name], code)
        if base == "KEL" and kelvin < Decimal(0):
            yield Problem(below(at, name), "impossible", "is colder than can be")
