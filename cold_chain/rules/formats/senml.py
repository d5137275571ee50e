"""SenML packs (RFC 8428) in JSON: resolved records, and the readings among them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

import msgspec

from cold_chain.rules.formats.numbers import to_centi, to_decimal, to_moment
from cold_chain.rules.moments import SECOND_US, to_us
from cold_chain.values import ChannelKind, DoorSeen, Measured
from cold_chain.values.formats import Findings, Sender
from kernel.errors import InvalidError

RELATIVE_BELOW = 2**28
"""Smaller times count from the moment of receipt (section 4.5.3)."""

VERSION = 10
MAX_RECORDS = 10_000
MAX_TEXT = 10_000
NAME = re.compile(r"[A-Za-z0-9][-A-Za-z0-9:._/]*")
NUMBERS = frozenset({"bt", "bv", "bs", "v", "s", "t", "ut"})
TEXTS = frozenset({"bn", "bu", "n", "u", "vs", "vd"})
VALUES = ("v", "vs", "vb", "vd")
BASES = frozenset({"bn", "bt", "bu", "bv", "bs", "bver"})
UNITS = {"Cel": "C", "K": "K"}

Record = Mapping[str, Any]
T = TypeVar("T")


class Resolved(NamedTuple):
    """One record with its base fields applied and its time absolute (section 4.6)."""

    place: int
    name: str
    unit: str
    at: datetime
    value: Decimal | None
    text: str | None
    truth: bool | None
    data: str | None
    total: Decimal | None
    update_s: Decimal | None


@dataclass(frozen=True, slots=True)
class _Base:
    """Base fields; each holds from the record that names it on."""

    bn: str = ""
    bt: Decimal = Decimal(0)
    bu: str = ""
    bv: Decimal | None = None
    bs: Decimal | None = None
    bver: int = VERSION


def decode(body: bytes, sender: Sender) -> Findings:
    """Return what a pack says of the sender; raises `InvalidError` naming the record.

    A name ends in the channel's code; if something stands before it, parted by `:` or `/`,
    the part before the code must be the logger's own. What is no temperature and no door is
    passed over unless it claims one of the logger's channels.
    """
    try:
        pack = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidError("senml_unreadable", "the body is no JSON") from error
    records = resolve(pack, received_at=sender.received_at)
    findings = Findings(rows=len(records))
    for record in records:
        _take(findings, record, sender)
    return findings


def resolve(pack: object, *, received_at: datetime) -> list[Resolved]:
    """Return the records of a pack with base fields applied, in the order of their times."""
    if not isinstance(pack, list) or not 1 <= len(pack) <= MAX_RECORDS:
        raise InvalidError(
            "senml_no_pack", "a pack is a list of up to 10,000 records", maximum=MAX_RECORDS
        )
    base = _Base()
    resolved: list[Resolved] = []
    for place, record in enumerate(pack):
        known = _check(place, record)
        before, base = base, _after(place, base, known)
        if place and base.bver != before.bver:
            raise InvalidError(
                "senml_version_unknown", f"record {place} has another version", record=place
            )
        if not known.keys() <= BASES or "bv" in known or "bs" in known:
            resolved.append(_resolve(place, base, known, received_at))
    return sorted(resolved, key=lambda one: one.at)


def _check(place: int, record: object) -> Record:
    if not isinstance(record, dict):
        raise InvalidError("senml_label_wrong", f"record {place}", record=place, label="")
    for label, value in record.items():
        if label.endswith("_"):
            raise InvalidError(
                "senml_label_unknown",
                f"record {place} demands an extension",
                record=place,
                label=label[:40],
            )
        if not _fits(label, value):
            raise InvalidError(
                "senml_label_wrong", f"record {place}: {label}", record=place, label=label[:40]
            )
    return {
        label: value
        for label, value in record.items()
        if label in NUMBERS or label in TEXTS or label in {"vb", "bver"}
    }


def _fits(label: str, value: object) -> bool:
    if label in TEXTS:
        return isinstance(value, str) and len(value) <= MAX_TEXT
    if label == "vb":
        return isinstance(value, bool)
    if label == "bver":
        return isinstance(value, int) and not isinstance(value, bool) and value > 0
    return label not in NUMBERS or (
        isinstance(value, int | float) and not isinstance(value, bool)
    )


def _after(place: int, base: _Base, record: Record) -> _Base:
    version = record.get("bver", base.bver)
    if version > VERSION:
        raise InvalidError(
            "senml_version_unknown", f"record {place}: version {version}", record=place
        )
    return _Base(
        bn=record.get("bn", base.bn),
        bt=_number(record, "bt", base.bt),
        bu=record.get("bu", base.bu),
        bv=_number(record, "bv", base.bv),
        bs=_number(record, "bs", base.bs),
        bver=version,
    )


def _number(record: Record, label: str, otherwise: T) -> Decimal | T:
    return to_decimal(record[label]) if label in record else otherwise


def _resolve(place: int, base: _Base, record: Record, received_at: datetime) -> Resolved:
    given = [label for label in VALUES if label in record]
    if len(given) > 1:
        raise InvalidError("senml_value_twice", f"record {place} has two values", record=place)
    total = _sum(base.bs, _number(record, "s", None), is_meant="s" in record or "bs" in record)
    value = _sum(base.bv, _number(record, "v", None), is_meant="v" in record)
    if not given and total is None:
        # A base value alone is a value; the missing part counts as zero.
        value = _sum(base.bv, None, is_meant=True)
        if value is None:
            raise InvalidError("senml_value_missing", f"record {place}", record=place)
    name = base.bn + record.get("n", "")
    if not NAME.fullmatch(name):
        raise InvalidError("senml_channel_missing", f"record {place}: no name", record=place)
    return Resolved(
        place=place,
        name=name,
        unit=record.get("u", base.bu),
        at=_moment(place, base.bt + _number(record, "t", Decimal(0)), received_at),
        value=value,
        text=record.get("vs"),
        truth=record.get("vb"),
        data=record.get("vd"),
        total=total,
        update_s=_number(record, "ut", None),
    )


def _sum(base: Decimal | None, own: Decimal | None, *, is_meant: bool) -> Decimal | None:
    if not is_meant or (base is None and own is None):
        return None
    return (base or Decimal(0)) + (own or Decimal(0))


def _moment(place: int, seconds: Decimal, received_at: datetime) -> datetime:
    if seconds < RELATIVE_BELOW:
        seconds += Decimal(to_us(received_at)) / SECOND_US
    at = to_moment(seconds)
    if at is None:
        raise InvalidError(
            "senml_time_out_of_range", f"record {place}: no such moment", record=place
        )
    return at


def _take(findings: Findings, record: Resolved, sender: Sender) -> None:
    channel = _channel(record, sender.device_code)
    kind = sender.channels.get(channel)
    if record.truth is not None and kind is ChannelKind.DOOR:
        findings.doors.append(DoorSeen(channel, record.at, record.truth))
    elif record.value is not None and record.unit in UNITS:
        centi = to_centi(record.value, unit=UNITS[record.unit])
        if centi is None:
            raise InvalidError(
                "senml_value_out_of_range", f"record {record.place}", record=record.place
            )
        findings.readings.append(Measured(channel, record.at, centi))
    elif kind is not None:
        raise InvalidError(
            "senml_unit_unknown",
            f"record {record.place} is not what its channel senses",
            record=record.place,
        )
    else:
        findings.ignored += 1


def _channel(record: Resolved, device_code: str) -> str:
    before, channel = _parts(record.name.replace("/", ":").split(":"))
    if not channel:
        raise InvalidError(
            "senml_channel_missing",
            f"record {record.place}: the name ends in no channel",
            record=record.place,
        )
    if before not in {"", device_code}:
        raise InvalidError(
            "senml_other_device",
            f"record {record.place} speaks of another device",
            record=record.place,
        )
    return channel


def _parts(parts: Sequence[str]) -> tuple[str, str]:
    return (parts[-2] if len(parts) > 1 else "", parts[-1])
