"""Forgets photos that sellers sent and no listing uses."""

from datetime import timedelta

from celery import shared_task

from catalog import service as catalog
from kernel import clock, policy
from kernel.clock import local_date
from kernel.db import unit_of_work

UNUSED_DAYS = "listing_photo_days"


@shared_task(name="shop.tasks.listings.forget_photos")
def forget_photos() -> int:
    """Drop photos that have stood in no listing for longer than the rule says."""
    at = clock.now()
    with unit_of_work() as session:
        days = policy.get_int(session, UNUSED_DAYS, on=local_date(at))
        return catalog.drop_unused_photos(session, before=at - timedelta(days=days))
