"""Lets the loggers of the demo speak: what they would have measured since they last did.

Sample loggers exist only in the sample data. Their readings take the same way as a real
logger's, and the cold chain judges them without knowing where they come from.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from celery import shared_task

from cold_chain import service as cold_chain
from cold_chain.queries.travelling import TravellingRow, list_travelling_samples
from cold_chain.simulator import Trip, an_upload, set_point, simulate
from cold_chain.values import Upload
from kernel import clock
from kernel.db import unit_of_work
from shop.operations import settings
from shop.settings import Environment

HORIZON = timedelta(hours=48)
"""How long a demo journey may last; the curve does not depend on when it really ends."""
LONGEST_SILENCE = timedelta(hours=12)
"""After a longer pause of the demo the record keeps its gap, as a real one would."""


@shared_task(name="shop.tasks.demo_loggers.speak")
def speak() -> int:
    """Take in what travelling sample loggers measured up to now; return how many spoke."""
    if settings().environment is not Environment.DEMO:
        return 0
    at = clock.now()
    with unit_of_work() as session:
        uploads = [
            upload for row in list_travelling_samples(session) for upload in _since(row, at)
        ]
        cold_chain.ingest_blocks(session, *uploads)
    return len(uploads)


def _since(row: TravellingRow, at: datetime) -> Iterator[Upload]:
    trip = Trip(
        seed=f"live:{row.shipment_id}",
        device_code=row.device_code,
        departed_at=row.departed_at,
        arrived_at=row.departed_at + HORIZON,
        set_point_centi=set_point(row.target_lower_centi, row.target_upper_centi),
        every_s=row.sampling_interval_s,
    )
    known = row.last_reading_at or row.departed_at - timedelta(seconds=1)
    if at - known > LONGEST_SILENCE:
        known = at - timedelta(seconds=row.sampling_interval_s)
    readings = [one for one in simulate(trip, until=at).readings if one.at > known]
    if readings:
        yield an_upload(row.device_code, readings, received_at=at)
