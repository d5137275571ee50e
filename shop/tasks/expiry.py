"""Closes unpaid orders whose time is over, so that their goods go back on the shelf."""

import structlog
from celery import shared_task
from sqlalchemy.exc import DBAPIError

from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import ShanjiError
from orders import queries
from workflows import checkout

BATCH = 200

log = structlog.get_logger()


@shared_task(name="shop.tasks.expiry.expire_unpaid")
def expire_unpaid() -> int:
    """Expire due groups, each in a transaction of its own, and return how many there were.

    A group that is paid at the same moment stays paid: both lock its row and look again.
    """
    at = clock.now()
    with unit_of_work() as session:
        numbers = queries.list_expired(session, at=at, limit=BATCH)
    return sum(_expire(number) for number in numbers)


def _expire(number: str) -> bool:
    try:
        with unit_of_work() as session:
            return checkout.expire(session, number, at=clock.now())
    except (ShanjiError, DBAPIError):
        # The next run tries again; one group that cannot be closed must not keep the others.
        log.exception("expiry_failed", group=number)
        return False
