"""What a logger in a refrigerated box would have sent: seeded, the same for the same trip.

The air of the box follows its set point with a compressor cycle, a daily swing, defrosts and
door openings. The logger lies among the goods and follows the air with a lag; its sensor has
an offset, noise and a resolution of a tenth of a degree. Used for sample data, tests and
experiments; nothing of it judges a shipment.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import NamedTuple

import msgspec

from cold_chain.values import DoorSeen, Measured, Upload

CYCLE_MIN = (15.0, 40.0)
"""Period of the compressor, minutes."""
CYCLE_CELSIUS = (0.5, 1.5)
DAILY_SWING_CELSIUS = 1.0
DEFROST_MIN = (20.0, 30.0)
DEFROST_CELSIUS = (4.0, 8.0)
DOOR_OPEN_MIN = (1.0, 3.0)
DOOR_CELSIUS = (5.0, 15.0)
DOOR_RECOVERY_MIN = (8.0, 20.0)
LOGGER_LAG_MIN = (3.0, 10.0)
PACKING_LAG_MIN = (60.0, 120.0)
"""How slowly a logger among the goods follows the air: the low end of the goods' own lag."""
NOISE_CELSIUS = (0.05, 0.2)
"""Of one reading; the cycle, swing and doors make up the rest of a fridge's 0.2 to 0.6."""
OFFSET_SD_CELSIUS = 0.25
OFFSET_BOUND_CELSIUS = 0.5
OFFSET_BOUND_FROZEN_CELSIUS = 1.0
FAILURE_LAG_MIN = (120.0, 360.0)
"""How slowly a box without cooling follows the weather."""
SILENCE_MIN = (40.0, 120.0)
LEFT_OPEN_MIN = (90.0, 180.0)

DAY_MIN = 1440.0
SECONDS = 60
REPEAT_SHARE = 0.04
CONFLICT_SHARE = 0.001


class Flaw(StrEnum):
    """What goes wrong on a trip."""

    NONE = "none"
    UNIT_FAILURE = "unit_failure"
    """The cooling stops for hours: an excursion."""
    DOOR_LEFT_OPEN = "door_left_open"
    SILENCE = "silence"
    """Readings are lost for good: a gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """One journey of one logger."""

    seed: int | str
    device_code: str
    departed_at: datetime
    arrived_at: datetime
    set_point_centi: int
    ambient_centi: int = 2_200
    every_s: int = 300
    stops: int = 2
    defrosts_per_day: float = 1.0
    """A trailer is defrosted once or twice a day, a cold room up to four times."""
    flaw: Flaw = Flaw.NONE
    temperature_channel: str = "t1"
    door_channel: str = "door"


@dataclass(frozen=True, slots=True)
class Series:
    """What the logger measured, by time."""

    readings: tuple[Measured, ...]
    doors: tuple[DoorSeen, ...]


class _Disturbance(NamedTuple):
    """Warm air from a minute on, fading after another."""

    from_min: float
    to_min: float
    celsius: float
    recovery_min: float


def simulate(trip: Trip, *, until: datetime | None = None) -> Series:
    """Return the readings and door events of a trip; the same trip gives the same series.

    With `until` the series ends there, as it does for a trip that goes on.
    """
    climate = Climate.draw(trip)
    values = _measure(trip, climate)
    readings = tuple(
        Measured(trip.temperature_channel, trip.departed_at + timedelta(minutes=minute), centi)
        for minute, centi in values
        if not climate.silent[0] < minute < climate.silent[1]
    )
    series = Series(readings, tuple(_door_events(trip, climate.doors)))
    return series if until is None else _so_far(series, until)


def as_uploads(trip: Trip, series: Series, *, per_upload: int = 96) -> list[Upload]:
    """Return a series as the uploads of its logger, each received after its last reading.

    Bodies have the short form of the readings API.
    """
    chance = Random(f"{trip.seed}:network")  # noqa: S311 -- repeatable on purpose
    uploads = []
    doors = list(series.doors)
    for start in range(0, len(series.readings), per_upload):
        readings = series.readings[start : start + per_upload]
        last_at = readings[-1].at
        is_last = start + per_upload >= len(series.readings)
        seen = tuple(door for door in doors if is_last or door.at <= last_at)
        doors = doors[len(seen) :]
        at = max([last_at, *(door.at for door in seen)])
        received_at = at + timedelta(seconds=chance.randint(2, 50))
        uploads.append(an_upload(trip.device_code, readings, seen, received_at=received_at))
    return uploads


def set_point(target_lower_centi: int | None, target_upper_centi: int | None) -> int:
    """Return where a careful carrier sets the box for a band to keep, hundredths of °C.

    That is in the lower quarter: defrosts and doors only ever warm. An open band is kept two
    degrees below its upper end.
    """
    if target_upper_centi is None:
        return target_lower_centi or 0
    if target_lower_centi is None:
        return target_upper_centi - 200
    return target_lower_centi + (target_upper_centi - target_lower_centi) // 4


def an_upload(
    device_code: str,
    readings: Sequence[Measured],
    doors: Sequence[DoorSeen] = (),
    *,
    received_at: datetime,
) -> Upload:
    """Return readings as one upload in the short form of the readings API."""
    rows = [(code, int(at.timestamp()), centi) for code, at, centi in readings]
    seen = [(code, int(at.timestamp()), is_open) for code, at, is_open in doors]
    return Upload(
        device_code=device_code,
        body=msgspec.json.encode({"readings": rows, "doors": seen}),
        received_at=received_at,
        readings=tuple(readings),
        doors=tuple(doors),
    )


def disorder(
    uploads: Sequence[Upload], *, seed: int | str, with_conflicts: bool
) -> list[Upload]:
    """Return the uploads as a bad network delivers them: cut, repeated, out of order.

    No reading is lost. With conflicts, now and then a repeated reading has another value and
    comes after the true one.
    """
    chance = Random(seed)  # noqa: S311 -- repeatable on purpose
    pieces = [piece for upload in uploads for piece in _cut(upload, chance)]
    chance.shuffle(pieces)
    again = [piece for piece in pieces if chance.random() < REPEAT_SHARE]
    falsified = [_falsify(piece, chance) for piece in pieces] if with_conflicts else []
    return [*pieces, *again, *(piece for piece in falsified if piece is not None)]


def _so_far(series: Series, until: datetime) -> Series:
    return Series(
        tuple(one for one in series.readings if one.at <= until),
        tuple(one for one in series.doors if one.at <= until),
    )


def _defrosts(trip: Trip, chance: Random, length_min: float) -> Iterator[_Disturbance]:
    if trip.defrosts_per_day <= 0:
        return
    every_min = DAY_MIN / trip.defrosts_per_day
    at_min = chance.uniform(0, every_min)
    while at_min < length_min:
        until_min = at_min + chance.uniform(*DEFROST_MIN)
        yield _Disturbance(at_min, until_min, chance.uniform(*DEFROST_CELSIUS), 10.0)
        at_min += every_min


def _door_openings(trip: Trip, chance: Random, length_min: float) -> list[_Disturbance]:
    openings = []
    for stop in range(trip.stops):
        at_min = length_min * (stop + chance.uniform(0.2, 0.8)) / trip.stops
        openings.append(
            _Disturbance(
                at_min,
                at_min + chance.uniform(*DOOR_OPEN_MIN),
                chance.uniform(*DOOR_CELSIUS),
                chance.uniform(*DOOR_RECOVERY_MIN),
            )
        )
    if trip.flaw is Flaw.DOOR_LEFT_OPEN:
        at_min = length_min * chance.uniform(0.2, 0.5)
        until_min = min(at_min + chance.uniform(*LEFT_OPEN_MIN), length_min)
        warm = max(DOOR_CELSIUS[1], (trip.ambient_centi - trip.set_point_centi) / 100)
        openings.append(_Disturbance(at_min, until_min, warm, DOOR_RECOVERY_MIN[1]))
    return _apart(openings)


def _apart(openings: list[_Disturbance]) -> list[_Disturbance]:
    """Merge what overlaps into the longer: a door cannot be opened twice."""
    apart: list[_Disturbance] = []
    for opening in sorted(openings):
        if apart and opening.from_min <= apart[-1].to_min:
            longer = max(apart[-1], opening, key=lambda one: one.to_min - one.from_min)
            apart[-1] = longer
        else:
            apart.append(opening)
    return apart


def _failure(trip: Trip, chance: Random, length_min: float) -> _Disturbance | None:
    if trip.flaw is not Flaw.UNIT_FAILURE:
        return None
    at_min = length_min * chance.uniform(0.15, 0.35)
    until_min = at_min + max(length_min * 0.4, 180.0)
    return _Disturbance(at_min, until_min, 0.0, chance.uniform(*FAILURE_LAG_MIN))


def _silence(trip: Trip, chance: Random, length_min: float) -> tuple[float, float]:
    if trip.flaw is not Flaw.SILENCE:
        return (0.0, 0.0)
    at_min = length_min * chance.uniform(0.2, 0.6)
    return (at_min, at_min + chance.uniform(*SILENCE_MIN) + 2 * trip.every_s / SECONDS)


@dataclass(frozen=True, slots=True)
class Climate:
    """Everything chance decides about a trip, drawn once: air, doors, unit and logger."""

    chance: Random
    doors: list[_Disturbance]
    disturbances: list[_Disturbance]
    failure: _Disturbance | None
    silent: tuple[float, float]
    lag_min: float
    offset: float
    noise: float
    wave: "_Wave"

    @classmethod
    def draw(cls, trip: Trip) -> "Climate":
        """Draw what happens on a trip; the same trip has the same climate."""
        chance = Random(f"{trip.seed}:air")  # noqa: S311 -- repeatable on purpose
        length_min = (trip.arrived_at - trip.departed_at).total_seconds() / SECONDS
        doors = _door_openings(trip, chance, length_min)
        disturbances = [*doors, *_defrosts(trip, chance, length_min)]
        failure = _failure(trip, chance, length_min)
        silent = _silence(trip, chance, length_min)
        lag_min = chance.uniform(*LOGGER_LAG_MIN) + chance.uniform(*PACKING_LAG_MIN)
        offset = sensor_offset(trip, chance)
        noise = chance.uniform(*NOISE_CELSIUS)
        wave = _Wave.draw(chance)
        return cls(chance, doors, disturbances, failure, silent, lag_min, offset, noise, wave)

    def air(self, trip: Trip) -> Iterator[tuple[float, float]]:
        """Yield minute and air of the box in °C at every sampling step."""
        step_min = trip.every_s / SECONDS
        steps = int((trip.arrived_at - trip.departed_at).total_seconds()) // trip.every_s
        set_point = trip.set_point_centi / 100
        box, ambient = set_point, trip.ambient_centi / 100
        failure = self.failure
        for step in range(steps + 1):
            minute = step * step_min
            if failure is not None and failure.from_min <= minute < failure.to_min:
                box += (ambient - box) * (1 - math.exp(-step_min / failure.recovery_min))
            else:
                box = set_point + self.wave.at(minute)
            yield minute, box + sum(_warmth(one, minute) for one in self.disturbances)


def sensor_offset(trip: Trip, chance: Random) -> float:
    """Return how far a sensor is off in °C, within the class it is sold as."""
    bound = OFFSET_BOUND_FROZEN_CELSIUS if trip.set_point_centi < 0 else OFFSET_BOUND_CELSIUS
    return max(-bound, min(bound, chance.gauss(0, OFFSET_SD_CELSIUS)))


def _measure(trip: Trip, climate: Climate) -> Iterator[tuple[float, int]]:
    """Yield minute and hundredths of °C of every reading."""
    follows = 1 - math.exp(-trip.every_s / SECONDS / climate.lag_min)
    goods = trip.set_point_centi / 100
    for minute, air in climate.air(trip):
        goods += (air - goods) * follows
        tenths = round((goods + climate.offset + climate.chance.gauss(0, climate.noise)) * 10)
        yield minute, tenths * 10


def _warmth(one: _Disturbance, minute: float) -> float:
    if minute < one.from_min:
        return 0.0
    if minute <= one.to_min:
        return one.celsius
    return one.celsius * math.exp((one.to_min - minute) / one.recovery_min)


@dataclass(frozen=True, slots=True)
class _Wave:
    """The compressor's cycle on top of the day's swing."""

    period_min: float
    celsius: float
    phase: float

    @classmethod
    def draw(cls, chance: Random) -> "_Wave":
        """Choose a cycle within the usual range."""
        return cls(
            chance.uniform(*CYCLE_MIN),
            chance.uniform(*CYCLE_CELSIUS),
            chance.uniform(0, 2 * math.pi),
        )

    def at(self, minute: float) -> float:
        """Return how far the air is from the set point at a minute, in °C."""
        cycle = self.celsius * math.sin(2 * math.pi * minute / self.period_min + self.phase)
        day = DAILY_SWING_CELSIUS / 2 * math.sin(2 * math.pi * minute / DAY_MIN + self.phase)
        return cycle + day


def _door_events(trip: Trip, doors: Sequence[_Disturbance]) -> Iterator[DoorSeen]:
    for door in doors:
        for minute, is_open in ((door.from_min, True), (door.to_min, False)):
            at = trip.departed_at + timedelta(seconds=round(minute * SECONDS))
            yield DoorSeen(trip.door_channel, at, is_open)


def _cut(upload: Upload, chance: Random) -> Iterator[Upload]:
    """Yield an upload in a few pieces, doors with the first."""
    doors = upload.doors
    readings = list(upload.readings)
    while readings:
        size = chance.randint(1, len(readings))
        yield an_upload(
            upload.device_code, readings[:size], doors, received_at=upload.received_at
        )
        readings, doors = readings[size:], ()


def _falsify(upload: Upload, chance: Random) -> Upload | None:
    changed = [
        one._replace(centi=one.centi + chance.choice((-50, 50)))
        for one in upload.readings
        if chance.random() < CONFLICT_SHARE
    ]
    if not changed:
        return None
    later_at = upload.received_at + timedelta(minutes=5)
    return an_upload(upload.device_code, changed, received_at=later_at)
