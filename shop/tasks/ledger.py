"""Seals new transactions of the ledger into its hash chain."""

from celery import shared_task

from kernel.db import unit_of_work
from ledger import chain

MAX_BATCHES = 20


@shared_task(name="shop.tasks.ledger.seal")
def seal() -> int:
    """Append every committed transaction to the chain and return how many were sealed."""
    sealed = 0
    for _ in range(MAX_BATCHES):
        with unit_of_work() as session:
            batch = chain.seal_chain(session)
        if not batch:
            break
        sealed += batch
    return sealed
