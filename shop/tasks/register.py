"""Looks for prices that keep falling and warns of them."""

from celery import shared_task

from kernel import clock
from kernel.db import unit_of_work
from workflows import price_watch


@shared_task(name="shop.tasks.register.watch_prices")
def watch_prices() -> int:
    """Raise or deepen the warnings of falling prices and return how many are new."""
    with unit_of_work() as session:
        return price_watch.watch_prices(session, at=clock.now())
