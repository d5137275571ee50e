"""Reads files that people handed in, and keeps what is made of readings up with them."""

from celery import shared_task

from cold_chain import service as cold_chain
from kernel import clock
from kernel.db import unit_of_work

MAX_FILES = 50


@shared_task(name="shop.tasks.intake.read_files")
def read_files() -> int:
    """Read every file that waits, each in a transaction of its own; return how many."""
    for count in range(MAX_FILES):
        with unit_of_work() as session:
            if cold_chain.read_next_file(session, at=clock.now()) is None:
                return count
    return MAX_FILES
