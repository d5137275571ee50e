"""Tells buyers whose goods, sold before the harvest, did not leave by the promised day."""

from celery import shared_task

from kernel import clock
from kernel.db import unit_of_work
from workflows import shipping_late


@shared_task(name="shop.tasks.presales.tell_late")
def tell_late() -> int:
    """Record what is late, each order once, and return how many there were."""
    with unit_of_work() as session:
        return shipping_late.tell_late(session, at=clock.now())
