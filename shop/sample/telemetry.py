"""Sends what the loggers of the sample measured on past journeys, as real loggers would.

Most journeys go well. On a few the cooling fails, a door stays open or the logger falls
silent; what that means is judged by the cold chain as for any other reading.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Final

from sqlalchemy.orm import Session

from cold_chain import service as cold_chain
from cold_chain.profile_catalogue import PROFILES
from cold_chain.simulator import Flaw, Trip, an_upload, set_point, simulate
from cold_chain.values import Upload
from shop.sample.fleet import SAMPLING_S
from shop.sample.timeline import Journey

FLAWS: Final = {
    Flaw.NONE: 945,
    Flaw.UNIT_FAILURE: 14,
    Flaw.DOOR_LEFT_OPEN: 11,
    Flaw.SILENCE: 30,
}
"""How often a journey goes well, and what goes wrong, in thousandths."""
STOPS: Final = (1, 4)
WEATHER_CENTI: Final = (800, 1000, 1500, 2000, 2400, 2800, 3200, 3200, 2700, 2000, 1500, 1000)
"""How warm it is outside, by month, hundredths of °C."""

SET_POINTS: Final[Mapping[str, int]] = {
    row["code"]: set_point(row["target_lower_centi"], row["target_upper_centi"])
    for row in PROFILES
}


def prepare(session: Session, journeys: Iterable[Journey], *, until: datetime) -> None:
    """Make the partitions of all days on which something was measured at once."""
    days: set[date] = set()
    for journey in journeys:
        day = journey.shipped_at.astimezone(UTC).date()
        last = min(journey.delivered_at, until).astimezone(UTC).date()
        days |= {day + timedelta(days=more) for more in range((last - day).days + 1)}
    cold_chain.ensure_partitions(session, days)


def upload(
    session: Session, travelling: Sequence[tuple[Journey, str]], *, seed: str, until: datetime
) -> None:
    """Take in what these journeys' loggers measured up to arrival, or up to a moment."""
    blocks = [
        measure(journey, logger, seed=seed, until=until) for journey, logger in travelling
    ]
    cold_chain.ingest_blocks(session, *(block for block in blocks if block.readings))


def measure(journey: Journey, logger: str, *, seed: str, until: datetime) -> Upload:
    """Return one journey's readings as its logger sends them."""
    random = Random(f"{seed}:{journey.number}")
    (flaw,) = random.choices(list(FLAWS), list(FLAWS.values()))
    trip = Trip(
        seed=f"{seed}:{journey.number}",
        device_code=logger,
        departed_at=journey.shipped_at,
        arrived_at=journey.delivered_at,
        set_point_centi=SET_POINTS[journey.profile or ""],
        ambient_centi=WEATHER_CENTI[journey.shipped_at.month - 1],
        every_s=SAMPLING_S,
        stops=random.randint(*STOPS),
        flaw=flaw,
    )
    ends = min(journey.delivered_at, until)
    series = simulate(trip, until=ends)
    return an_upload(logger, series.readings, series.doors, received_at=ends)
