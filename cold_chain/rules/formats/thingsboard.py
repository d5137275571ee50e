"""ThingsBoard telemetry in JSON: one message, a list, or the gateway's form by device."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from cold_chain.rules.formats.numbers import read_decimal, to_centi, to_decimal, to_moment
from cold_chain.values import ChannelKind, DoorSeen, Measured
from cold_chain.values.formats import Findings, Refused, Sender
from kernel.errors import InvalidError

SECONDS_BELOW = 10**11
"""Smaller time stamps are seconds: as milliseconds they would lie before March 1973."""

MAX_VALUES = 10_000
MAX_TEXT = 40
WORDS = {"true": True, "1": True, "open": True, "false": False, "0": False, "closed": False}
KINDS = {"temperature": ChannelKind.TEMPERATURE, "door": ChannelKind.DOOR}
"""Keys that mean the logger's record channel when none of its channels is called so."""


class _Channel(NamedTuple):
    code: str
    kind: ChannelKind | None


def decode(body: bytes, sender: Sender) -> Findings:
    """Return what a body says of the sender; raises `InvalidError` for another device.

    Keys are channel codes; `temperature` and `door` mean the record channels. Numbers may be
    written as text. A message without `ts` counts from its receipt.
    """
    try:
        sent = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidError("thingsboard_unreadable", "the body is no JSON") from error
    findings = Findings()
    values = 0
    for place, message in enumerate(_messages(sent, sender)):
        findings.rows += 1
        values += len(message) if isinstance(message, dict) else 1
        if isinstance(message, dict) and isinstance(message.get("values"), dict):
            values += len(message["values"])
        if values > MAX_VALUES:
            raise InvalidError(
                "thingsboard_too_many", "too many values at once", maximum=MAX_VALUES
            )
        _take(findings, place, message, sender)
    return findings


def _messages(sent: object, sender: Sender) -> Iterator[Any]:
    if isinstance(sent, list):
        yield from sent
    elif not isinstance(sent, dict):
        raise InvalidError("thingsboard_unreadable", "neither a message nor a list")
    elif sent and all(isinstance(value, list) for value in sent.values()):
        for name, messages in sent.items():
            if name not in {sender.device_code, sender.serial}:
                raise InvalidError(
                    "thingsboard_other_device", "another device", device_name=name[:MAX_TEXT]
                )
            yield from messages
    else:
        yield sent


def _take(findings: Findings, place: int, message: object, sender: Sender) -> None:
    if not isinstance(message, dict):
        findings.refused.append(Refused(place, "message_unreadable", _cut(message)))
        return
    values, at = message, sender.received_at
    if "values" in message or "ts" in message:
        values = message.get("values", {})
        seen_at = _moment(message["ts"]) if "ts" in message else at
        if seen_at is None or not isinstance(values, dict):
            code = "moment_unreadable" if seen_at is None else "message_unreadable"
            findings.refused.append(Refused(place, code, _cut(message.get("ts"))))
            return
        at = seen_at
    for key, value in values.items():
        _take_value(findings, place, value, at, _channel(key, sender))


def _channel(key: str, sender: Sender) -> _Channel:
    kind = KINDS.get(key)
    if key not in sender.channels and kind is not None:
        key = sender.primary.get(kind, key)
    return _Channel(key, sender.channels.get(key))


def _take_value(
    findings: Findings, place: int, value: object, at: datetime, channel: _Channel
) -> None:
    if channel.kind is None or value is None:
        findings.ignored += 1
    elif channel.kind is ChannelKind.DOOR:
        truth = WORDS.get(str(value).strip().lower())
        if truth is None:
            findings.refused.append(Refused(place, "door_unreadable", _cut(value)))
        else:
            findings.doors.append(DoorSeen(channel.code, at, truth))
    else:
        centi = _centi(value)
        if centi is None:
            findings.refused.append(Refused(place, "value_unreadable", _cut(value)))
        else:
            findings.readings.append(Measured(channel.code, at, centi))


def _centi(value: object) -> int | None:
    number = _number(value)
    return None if number is None else to_centi(number)


def _number(value: object) -> Decimal | None:
    if isinstance(value, str):
        return read_decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return to_decimal(value)


def _moment(ts: object) -> datetime | None:
    number = _number(ts)
    if number is None:
        return None
    return to_moment(number if number < SECONDS_BELOW else number / 1000)


def _cut(value: object) -> str:
    return str(value)[:MAX_TEXT]
