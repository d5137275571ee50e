"""Tells waiting facts to their reactions, as the worker does, until none is left."""

from dataclasses import replace

from kernel import outbox
from kernel.db import db, unit_of_work
from shop.app import create_app
from shop.settings import Settings
from shop.tasks.outbox import relay


def drain(settings: Settings) -> tuple[int, int]:
    """Deliver what is due in this process; return how many were delivered and still wait."""
    app = create_app(replace(settings, redis_url=""))
    delivered = 0
    with app.app_context():
        while done := relay.run():
            delivered += done
        with unit_of_work() as session:
            waiting = outbox.count_undelivered(session)
        db.engine.dispose()
    return delivered, waiting
