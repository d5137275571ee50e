"""Makes up what the loggers of the sample measured, as blocks a real logger would send.

A box is kept around its set point by a cooling cycle; doors let warm air in at every stop. A
few boxes lose their cooling for hours, a few loggers fall silent in a valley. What this means
is judged by the cold chain as for any other reading.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

import msgspec
from sqlalchemy.orm import Session

from cold_chain import service as cold_chain
from cold_chain.profile_catalogue import PROFILES
from cold_chain.values import DoorSeen, Measured, Upload
from shop.sample import demand
from shop.sample.fleet import SAMPLING_S
from shop.sample.timeline import Journey

FAILED_PERMILLE: Final = 25
"""Journeys on which the cooling fails for a while."""
SILENT_PERMILLE: Final = 30
"""Journeys on which readings are lost for an hour or more."""
AMBIENT_CENTI: Final = 2_400
WARMING: Final = timedelta(hours=4)
"""The time constant with which a box without cooling warms."""
CYCLE_CENTI: Final = 45
NOISE_CENTI: Final = 18
OFFSET_CENTI: Final = 20
DOOR_CENTI: Final = 180
DOOR_MINUTES: Final = (3, 7)
STOPS: Final = (1, 4)
BELOW_CEILING_CENTI: Final = 250
"""How far below its limit a box is kept that has no lower limit."""
TEMPERATURE: Final = "t1"
DOOR: Final = "door"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A stretch of a journey on which something goes wrong; empty when nothing does."""

    begins: datetime
    ends: datetime

    def covers(self, at: datetime) -> bool:
        """Say whether it is going on at a moment."""
        return self.begins <= at < self.ends


def prepare(session: Session, until: datetime) -> None:
    """Make the partitions of all days of the past trade at once."""
    first, last = demand.first_day(until), until.date()
    days = (last - first).days + 1
    cold_chain.ensure_partitions(session, [first + timedelta(days=day) for day in range(days)])


def upload(
    session: Session, travelling: Sequence[tuple[Journey, str]], *, seed: str, until: datetime
) -> None:
    """Take in what these journeys' loggers measured up to arrival, or up to a moment."""
    uploads = [
        block
        for journey, logger in travelling
        if (block := measure(journey, logger, seed=seed, until=until)) is not None
    ]
    cold_chain.ingest_blocks(session, *uploads)


def measure(journey: Journey, logger: str, *, seed: str, until: datetime) -> Upload | None:
    """Return one journey's readings as its logger sends them; None before the first."""
    random = Random(f"{seed}:{journey.number}")
    ends = min(journey.delivered_at, until)
    failure = _trouble(random, journey, FAILED_PERMILLE, hours=(2.0, 4.0))
    silence = _trouble(random, journey, SILENT_PERMILLE, hours=(1.0, 2.5))
    doors = tuple(_doors(random, journey, ends))
    readings = tuple(
        reading
        for reading in _readings(random, journey, ends, failure, doors)
        if not silence.covers(reading.at)
    )
    if not readings:
        return None
    return Upload(
        device_code=logger,
        body=_body(readings, doors),
        received_at=ends,
        readings=readings,
        doors=doors,
    )


def _trouble(
    random: Random, journey: Journey, permille: int, *, hours: tuple[float, float]
) -> Trouble:
    """Draw whether and when something goes wrong; the draws do not depend on the outcome."""
    happens = random.randrange(1000) < permille
    share = random.uniform(0.15, 0.6)
    lasts = timedelta(hours=random.uniform(*hours))
    begins = journey.shipped_at + (journey.delivered_at - journey.shipped_at) * share
    return Trouble(begins, begins + lasts if happens else begins)


def _doors(random: Random, journey: Journey, ends: datetime) -> Iterator[DoorSeen]:
    whole = (journey.delivered_at - journey.shipped_at).total_seconds()
    stops = sorted(random.uniform(0.05, 0.95) for _ in range(random.randint(*STOPS)))
    for share in stops:
        opened = _whole_second(journey.shipped_at + timedelta(seconds=whole * share))
        shut = opened + timedelta(minutes=random.randint(*DOOR_MINUTES))
        if shut < ends:
            yield DoorSeen(DOOR, opened, is_open=True)
            yield DoorSeen(DOOR, shut, is_open=False)


def _readings(
    random: Random,
    journey: Journey,
    ends: datetime,
    failure: Trouble,
    doors: Sequence[DoorSeen],
) -> Iterator[Measured]:
    target = SET_POINTS[journey.cold_class or ""]
    offset = random.uniform(-OFFSET_CENTI, OFFSET_CENTI)
    period = random.uniform(20, 40) * 60
    openings = [one.at for one in doors if one.is_open]
    at = _whole_second(journey.shipped_at)
    warmth = 0.0
    while at < ends:
        seconds = (at - journey.shipped_at).total_seconds()
        warmth = _warmth(warmth, target, is_failing=failure.covers(at))
        cycle = CYCLE_CENTI * math.sin(2 * math.pi * seconds / period)
        noise = random.gauss(0, NOISE_CENTI)
        value = target + offset + cycle + noise + warmth + _draught(at, openings)
        yield Measured(TEMPERATURE, at, round(value / 10) * 10)
        at += timedelta(seconds=SAMPLING_S)


def _warmth(warmth: float, target: int, *, is_failing: bool) -> float:
    """Return how far a box is above its set point one sample later."""
    step = SAMPLING_S / WARMING.total_seconds()
    if is_failing:
        return warmth + (AMBIENT_CENTI - target - warmth) * (1 - math.exp(-step))
    return warmth * math.exp(-8 * step)


def _draught(at: datetime, openings: Sequence[datetime]) -> float:
    """Return what open doors add; it is gone a quarter of an hour later."""
    since = [(at - opened).total_seconds() for opened in openings if opened <= at]
    return DOOR_CENTI * math.exp(-min(since) / 400) if since else 0.0


def _whole_second(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def _body(readings: Sequence[Measured], doors: Sequence[DoorSeen]) -> bytes:
    return msgspec.json.encode(
        {
            "readings": [
                (one.channel_code, int(one.at.timestamp()), one.centi) for one in readings
            ],
            "doors": [
                (one.channel_code, int(one.at.timestamp()), one.is_open) for one in doors
            ],
        }
    )


def _set_points() -> Mapping[str, int]:
    """Return the middle of each class's band, or a little below its ceiling."""
    points = {}
    for row in PROFILES:
        if not row["is_class_default"]:
            continue
        low, high = row["target_lower_centi"], row["target_upper_centi"]
        points[row["storage_class"]] = (
            high - BELOW_CEILING_CENTI if low is None else (low + high) // 2
        )
    return points


SET_POINTS: Final = _set_points()
