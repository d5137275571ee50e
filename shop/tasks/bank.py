"""Holds rows of bank statements against the codes of waiting orders that nobody held yet."""

import structlog
from celery import shared_task
from sqlalchemy.exc import DBAPIError

from kernel import clock
from kernel.db import unit_of_work
from kernel.errors import ShanjiError
from payments.queries import transfers as queries
from workflows import transfer_received

log = structlog.get_logger()


@shared_task(name="shop.tasks.bank.match_unseen")
def match_unseen() -> int:
    """Match what a process that died has left, and return how many orders got money."""
    with unit_of_work() as session:
        row_ids = queries.list_unseen_rows(session)
    return sum(match_row(row_id) for row_id in row_ids)


def match_row(row_id: int) -> int:
    """Match one row, each order in a transaction of its own; return how many it fitted."""
    times = 0
    try:
        while _match_next(row_id):
            times += 1
    except (ShanjiError, DBAPIError):
        # The next run tries again; one row must not keep the others.
        log.exception("bank_row_failed", row_id=row_id)
    return times


def _match_next(row_id: int) -> bool:
    with unit_of_work() as session:
        return transfer_received.match_by_code(session, row_id, at=clock.now())
