"""Reads SenML packs (RFC 8428) into readings of one logger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from msgspec import UNSET, UnsetType

from cold_chain.values import DoorSeen, Measured
from kernel.errors import InvalidError
from shop.api.schemas.readings import LAST_SECOND, SenMLRecord

RELATIVE_BELOW = 2**28
"""Smaller times count from the moment of receipt (RFC 8428, section 4.5.3)."""

ZERO_CELSIUS_CENTI = 27_315
UNITS = {"Cel": 0, "K": ZERO_CELSIUS_CENTI}
MICROSECONDS = 1_000_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Base:
    """Base fields; each holds from the record that names it on."""

    name: str = ""
    time: float = 0.0
    unit: str = ""
    value: float = 0.0

    def after(self, record: SenMLRecord) -> "_Base":
        """Return the base that holds for a record and those behind it."""
        return _Base(
            name=_given(record.bn, self.name),
            time=_given(record.bt, self.time),
            unit=_given(record.bu, self.unit),
            value=_given(record.bv, self.value),
        )


def read(
    records: Sequence[SenMLRecord], device_code: str, *, received_at: datetime
) -> tuple[list[Measured], list[DoorSeen]]:
    """Return a pack's temperatures and doors with their base fields resolved.

    A name ends in the channel's code; if something stands before it, parted by `:` or `/`, the
    part before the code must be the logger's own. Raises `InvalidError`
    naming the record, counted from 0.
    """
    base = _Base()
    readings: list[Measured] = []
    doors: list[DoorSeen] = []
    for place, record in enumerate(records):
        base = base.after(record)
        if record.n is UNSET and record.v is UNSET and record.vb is UNSET:
            continue
        channel = _channel(place, base.name + _given(record.n, ""), device_code)
        at = _moment(place, base, record, received_at)
        if record.vb is UNSET:
            readings.append(Measured(channel, at, _centi(place, base, record)))
        elif record.v is UNSET:
            doors.append(DoorSeen(channel, at, record.vb))
        else:
            raise InvalidError(
                "senml_value_twice", f"record {place} has two values", record=place
            )
    return readings, doors


def _given(value: T | UnsetType, otherwise: T) -> T:
    return otherwise if isinstance(value, UnsetType) else value


def _channel(place: int, name: str, device_code: str) -> str:
    *before, channel = name.replace("/", ":").split(":")
    if not channel:
        raise InvalidError(
            "senml_channel_missing",
            f"record {place}: the name ends in no channel",
            record=place,
        )
    if before and before[-1] != device_code:
        raise InvalidError(
            "senml_other_device", f"record {place} speaks of another device", record=place
        )
    return channel


def _moment(place: int, base: _Base, record: SenMLRecord, received_at: datetime) -> datetime:
    seconds = base.time + _given(record.t, 0.0)
    if seconds < RELATIVE_BELOW:
        seconds += received_at.timestamp()
    if not 0 <= seconds <= LAST_SECOND:
        raise InvalidError(
            "senml_time_out_of_range", f"record {place}: no such moment", record=place
        )
    whole, micro = divmod(round(seconds * MICROSECONDS), MICROSECONDS)
    return datetime.fromtimestamp(whole, UTC).replace(microsecond=micro)


def _centi(place: int, base: _Base, record: SenMLRecord) -> int:
    unit = _given(record.u, base.unit)
    if record.v is UNSET or unit not in UNITS:
        raise InvalidError(
            "senml_unit_unknown", f"record {place} is not a value in Cel or K", record=place
        )
    return round((base.value + record.v) * 100) - UNITS[unit]
