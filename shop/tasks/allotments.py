"""Makes allotments final whose public notice is over and undisputed."""

import structlog
from celery import shared_task
from sqlalchemy.exc import DBAPIError

from households import queries
from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import ShanjiError
from workflows import allotment_final

log = structlog.get_logger()


@shared_task(name="shop.tasks.allotments.finalise_due")
def finalise_due() -> int:
    """Make due allotments final, each in a transaction of its own; return how many."""
    at = clock.now()
    with unit_of_work() as session:
        codes = queries.list_due_allotments(session, at=at)
    return sum(_finalise(code) for code in codes)


def _finalise(code: str) -> bool:
    try:
        with unit_of_work() as session:
            return allotment_final.finalise(session, code, at=clock.now())
    except (ShanjiError, DBAPIError):
        # An objection may have come in between; the next run looks again.
        log.exception("allotment_not_final", allotment=code)
        return False
