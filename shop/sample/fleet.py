"""Writes the stores, vehicles and loggers of the sample, and gives each cold order a logger."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from sqlalchemy.orm import Session

from cold_chain import service as cold_chain
from cold_chain.values import (
    ChannelKind,
    NewCalibration,
    NewChannel,
    NewDevice,
    NewSite,
    NewVehicle,
    SiteKind,
)
from cold_chain.values.files import NewTemplate
from cold_chain.values.template_catalogue import TEMPLATES
from kernel import clock
from kernel.clock import at_local_midnight
from shop.sample.checks import Files
from shop.sample.timeline import Journey

CARRIER: Final = "LOG01"
PLATFORM: Final = "PLATFORM"
SAMPLE_PREFIX: Final = "9521234"
"""A company prefix of the range GS1 keeps for examples: its keys name nothing in the world."""
CARRIER_REGION: Final = "500156002"
CARRIER_VEHICLES: Final = 8
LOADER: Final = "task:sample"
SAMPLING_S: Final = 300
DOOR_SAMPLING_S: Final = 60
BOUGHT_ON: Final = date(2025, 1, 2)
RETURNS_AFTER: Final = timedelta(days=2)
"""How long a logger is on its way back."""
LIVE_LOGGERS: Final = 8
"""Loggers that send every minute, for orders somebody places while the demo runs."""
LIVE_SAMPLING_S: Final = 60
LOGGERS: Final = 32
"""How many there are of each half at most; a shortage would show at once."""


def load(session: Session, files: Files, *, seed: str) -> None:
    """Enter sites, vehicles and loggers; what is there already stays as it is."""
    cold_chain.register_sites(session, *_sites(files))
    cold_chain.register_vehicles(session, *_vehicles(files))
    devices = list(_devices(seed))
    cold_chain.register_devices(session, *devices)
    cold_chain.record_calibrations(
        session, *(paper for one in devices for paper in _certificates(one.code))
    )
    for template in TEMPLATES:
        cold_chain.save_template(
            session,
            NewTemplate(**template, actor=LOADER, at=at_local_midnight(BOUGHT_ON)),
        )
    cold_chain.register_prefix(
        session,
        SAMPLE_PREFIX,
        organisation_code=PLATFORM,
        basis="GS1 prefix 952: demonstrations and examples of the GS1 system, nobody's goods",
        valid_from=BOUGHT_ON,
        is_sample=True,
    )


def assign_loggers(journeys: Sequence[Journey]) -> dict[str, str]:
    """Return the logger of each cold order by its number; none travels twice at a time."""
    free_from: tuple[list[datetime], list[datetime]] = ([], [])
    assigned = {}
    for journey in sorted(journeys, key=lambda one: (one.shipped_at, one.number)):
        if journey.profile is None:
            continue
        half = journey.group.half
        pool = free_from[half]
        back_at = journey.delivered_at + RETURNS_AFTER
        for position, since in enumerate(pool):
            if since <= journey.shipped_at:
                pool[position] = back_at
                break
        else:
            position = len(pool)
            pool.append(back_at)
        assigned[journey.number] = logger_code(half, position)
    return assigned


def logger_code(half: int, position: int) -> str:
    """Return the code of a logger; each half of the district has its own."""
    if position >= LOGGERS:
        msg = f"more than {LOGGERS} loggers would be needed at once"
        raise ValueError(msg)
    return f"TL-{half * LOGGERS + position + 1:04}"


def _sites(files: Files) -> Iterator[NewSite]:
    yield NewSite(
        code=f"S-{CARRIER}",
        name="武隆绿链冷链中转站(样例)",
        name_en="Wulong cold-chain hub (sample)",
        kind=SiteKind.STATION,
        organisation_code=CARRIER,
        region_code=CARRIER_REGION,
        cold_chain_area="中部片",
        is_sample=True,
    )
    for producer in files.producers:
        if producer.cold_store.chilled_m3 or producer.cold_store.frozen_m3:
            yield NewSite(
                code=f"S-{producer.id}",
                name=f"{producer.name.replace('(样例)', '')}冷库(样例)",
                name_en=f"Cold store of {producer.id} (sample)",
                kind=SiteKind.COLD_STORE,
                organisation_code=producer.id,
                region_code=producer.township_code,
                cold_chain_area=producer.cold_chain_area,
                is_sample=True,
            )


def _vehicles(files: Files) -> Iterator[NewVehicle]:
    owners = [(CARRIER, CARRIER_VEHICLES)]
    owners += [(row.id, row.cold_store.reefer_trucks) for row in files.producers]
    for owner, count in owners:
        for number in range(1, count + 1):
            yield NewVehicle(
                code=f"样{owner}-{number:02}", organisation_code=owner, is_sample=True
            )


def _certificates(device_code: str) -> Iterator[NewCalibration]:
    """Yield a certificate for every year since the loggers were bought, up to now."""
    today = clock.local_date(clock.now())
    number = 1
    starts = BOUGHT_ON
    while starts <= today:
        ends = starts.replace(year=starts.year + 1)
        yield NewCalibration(
            device_code=device_code,
            channel_code="t1",
            certificate=f"样例-{device_code}-{number:02}",
            laboratory="样例计量所",
            valid_from=at_local_midnight(starts),
            valid_to=at_local_midnight(ends),
            offset_centi=10,
            uncertainty_centi=20,
            at=at_local_midnight(starts),
            actor="task:sample",
        )
        starts, number = ends, number + 1


def _devices(seed: str) -> Iterator[NewDevice]:
    random = Random(f"{seed}:loggers")
    for half in (0, 1):
        for position in range(LOGGERS):
            yield _device(logger_code(half, position), random, sampling_s=SAMPLING_S)
    for number in range(1, LIVE_LOGGERS + 1):
        yield _device(f"LV-{number:02}", random, sampling_s=LIVE_SAMPLING_S)


def _device(code: str, random: Random, *, sampling_s: int) -> NewDevice:
    return NewDevice(
        code=code,
        serial=f"SAMPLE-{code}",
        organisation_code=CARRIER,
        secret=f"{random.getrandbits(256):064x}",
        channels=(
            NewChannel(code="t1", kind=ChannelKind.TEMPERATURE, sampling_interval_s=sampling_s),
            NewChannel(code="door", kind=ChannelKind.DOOR, sampling_interval_s=DOOR_SAMPLING_S),
        ),
        registered_at=at_local_midnight(BOUGHT_ON),
        is_sample=True,
    )
