"""Lets the clock decide claims nobody acted on in time, and drops pictures nobody used."""

from datetime import timedelta

import structlog
from celery import shared_task
from sqlalchemy.exc import DBAPIError

from kernel import clock, policy
from kernel.clock import local_date
from kernel.db import unit_of_work
from kernel.errors import ShanjiError
from orders import queries
from orders import service as orders
from workflows import claim_decisions

BATCH = 200
UPLOAD_HOURS = "claim_upload_hours"

log = structlog.get_logger()


@shared_task(name="shop.tasks.claims.run_out")
def run_out() -> int:
    """Decide due claims, each in a transaction of its own; return how many there were.

    A claim somebody acts on at the same moment stays theirs: both lock it and look again.
    """
    with unit_of_work() as session:
        due = queries.list_due(session, at=clock.now(), limit=BATCH)
    return sum(_run_out(claim_id) for claim_id in due)


def _run_out(claim_id: int) -> bool:
    try:
        with unit_of_work() as session:
            return claim_decisions.run_out(session, claim_id, at=clock.now())
    except (ShanjiError, DBAPIError):
        # The next run tries again; one claim that cannot be decided must not keep the others.
        log.exception("claim_not_decided", claim_id=claim_id)
        return False


@shared_task(name="shop.tasks.claims.forget_uploads")
def forget_uploads() -> int:
    """Drop pictures that were handed in and stand in no claim; return how many."""
    at = clock.now()
    with unit_of_work() as session:
        hours = policy.get_int(session, UPLOAD_HOURS, on=local_date(at))
        return orders.forget_uploads(session, before=at - timedelta(hours=hours))
