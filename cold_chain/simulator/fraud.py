"""What else in the truck would have been heard, and what a logger in a cool box would say.

The driver lays the logger of the goods into a small cool box and switches the unit off: the
logger stays flat, while the probe of the truck, its doors and the unit's power tell otherwise.
"""

import math
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from cold_chain.simulator.trips import (
    LOGGER_LAG_MIN,
    NOISE_CELSIUS,
    SECONDS,
    Climate,
    Series,
    Trip,
    sensor_offset,
)
from cold_chain.values import Measured

COOL_BOX_NOISE_CELSIUS = (0.05, 0.15)
COOL_BOX_DRIFT_CELSIUS = 0.5
"""How far a cool box warms over a day at most."""


@dataclass(frozen=True, slots=True)
class Companions:
    """What the truck itself says of a trip."""

    probe: tuple[Measured, ...]
    """Air of the box as the fixed probe of the truck feels it."""
    unit_off_min: tuple[float, float] | None
    """From which minute up to which the cooling unit had no power."""


def ride_along(trip: Trip, *, channel: str = "truck") -> Companions:
    """Return what the truck says of a trip; the same trip gives the same."""
    climate = Climate.draw(trip)
    chance = Random(f"{trip.seed}:truck")  # noqa: S311 -- repeatable on purpose
    follows = 1 - math.exp(-trip.every_s / SECONDS / chance.uniform(*LOGGER_LAG_MIN))
    offset, noise = sensor_offset(trip, chance), chance.uniform(*NOISE_CELSIUS)
    felt = trip.set_point_centi / 100
    probe = []
    for minute, air in climate.air(trip):
        felt += (air - felt) * follows
        tenths = round((felt + offset + chance.gauss(0, noise)) * 10)
        probe.append(
            Measured(channel, trip.departed_at + timedelta(minutes=minute), tenths * 10)
        )
    failure = climate.failure
    off = None if failure is None else (failure.from_min, failure.to_min)
    return Companions(tuple(probe), off)


def cool_box(trip: Trip) -> Series:
    """Return what the logger of the goods says from inside a cool box; doors as they were."""
    climate = Climate.draw(trip)
    chance = Random(f"{trip.seed}:cool-box")  # noqa: S311 -- repeatable on purpose
    noise = chance.uniform(*COOL_BOX_NOISE_CELSIUS)
    drift = chance.uniform(0, COOL_BOX_DRIFT_CELSIUS) / (24 * SECONDS)
    base = trip.set_point_centi / 100 + climate.offset
    readings = []
    for minute, _ in climate.air(trip):
        tenths = round((base + drift * minute + chance.gauss(0, noise)) * 10)
        at = trip.departed_at + timedelta(minutes=minute)
        readings.append(Measured(trip.temperature_channel, at, tenths * 10))
    return Series(tuple(readings), ())
