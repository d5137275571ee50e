"""Writes down what was paid before campaigns that have begun."""

from celery import shared_task

from kernel import clock
from kernel.db import unit_of_work
from workflows import campaign_begun


@shared_task(name="shop.tasks.offers.measure")
def measure() -> int:
    """Measure the beginning of campaigns; return how many had begun."""
    with unit_of_work() as session:
        return campaign_begun.measure(session, at=clock.now())
