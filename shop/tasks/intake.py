"""Reads files that people handed in, and keeps what is made of readings up with them."""

from datetime import timedelta

from celery import shared_task

from cold_chain import service as cold_chain
from kernel import clock
from kernel.db import unit_of_work

MAX_FILES = 50
BATCH = 200
"""Days of channels in one transaction."""
MAX_BATCHES = 50
CLOCKS = timedelta(days=3)
"""How far back receipts are looked at for clocks that are wrong."""


@shared_task(name="shop.tasks.intake.read_files")
def read_files() -> int:
    """Read every file that waits, each in a transaction of its own; return how many."""
    for count in range(MAX_FILES):
        with unit_of_work() as session:
            if cold_chain.read_next_file(session, at=clock.now()) is None:
                return count
    return MAX_FILES


@shared_task(name="shop.tasks.intake.roll_up")
def roll_up() -> int:
    """Make the five-minute figures of marked days anew; return how many marks were taken."""
    taken = 0
    for _ in range(MAX_BATCHES):
        with unit_of_work() as session:
            marks = cold_chain.roll_up(session, limit=BATCH)
        taken += marks
        if marks < BATCH:
            break
    return taken


@shared_task(name="shop.tasks.intake.seal_days")
def seal_days() -> int:
    """Sign a root over the raw blocks of every day that is over; return how many days."""
    sealed = 0
    while True:
        with unit_of_work() as session:
            days = len(cold_chain.seal_days(session, at=clock.now()))
        if not days:
            return sealed
        sealed += days


@shared_task(name="shop.tasks.intake.look_at_clocks")
def look_at_clocks() -> int:
    """Propose corrections of clocks from what was received lately; return how many."""
    at = clock.now()
    with unit_of_work() as session:
        return cold_chain.propose_corrections(session, since=at - CLOCKS, at=at)
