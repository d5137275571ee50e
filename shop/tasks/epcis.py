"""Reads documents of events that were handed in, and tells partners of shipments."""

from celery import shared_task

from cold_chain import queries
from cold_chain import service as cold_chain
from cold_chain.epcis.errors import Gs1PrefixMissingError
from kernel import clock
from kernel.db import unit_of_work
from workflows import epcis_told

MAX_CAPTURES = 20
SHIPMENTS = 20


@shared_task(name="shop.tasks.epcis.take_captures")
def take_captures() -> int:
    """Read what was handed in, each document in its own transaction; return how many."""
    taken = 0
    while taken < MAX_CAPTURES:
        with unit_of_work() as session:
            if not cold_chain.take_captures(session, at=clock.now()):
                break
        taken += 1
    return taken


@shared_task(name="shop.tasks.epcis.tell_shipments")
def tell_shipments() -> int:
    """Tell the journeys of shipments that went on; return how many events are new.

    Nothing is told before a company prefix is registered.
    """
    with unit_of_work() as session:
        untold = queries.list_untold(session, limit=SHIPMENTS)
    if not untold:
        return 0
    try:
        with unit_of_work() as session:
            return epcis_told.tell(session, untold, at=clock.now())
    except Gs1PrefixMissingError:
        return 0
