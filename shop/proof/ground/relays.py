"""Tells waiting facts to their reactions, as the worker does, until none is left."""

from dataclasses import replace

from sqlalchemy import text

from kernel import clock, outbox
from kernel.db import db, unit_of_work
from shop.app import create_app
from shop.settings import Settings
from shop.tasks import payments
from shop.tasks.outbox import relay

LONGEST_ROUNDS = 60

DUE = text("UPDATE outbox SET next_try_at = :at WHERE delivered_at IS NULL")
PARKED_DUE = text("UPDATE payment_events SET next_try_at = :at WHERE status = 'parked'")


def drain(settings: Settings) -> tuple[int, int]:
    """Finish in an application of its own; return how many were done and how many wait."""
    app = create_app(replace(settings, redis_url=""))
    with app.app_context():
        told = finish()
        db.engine.dispose()
    return told


def finish() -> tuple[int, int]:
    """Deliver facts and apply messages until nothing waits any more, or nothing moves.

    What was put off, or held by a relay that was killed, is due at once. Returns how many were
    done and how many facts still wait.
    """
    done = waiting = 0
    for _ in range(LONGEST_ROUNDS):
        with unit_of_work() as session:
            at = clock.now()
            session.execute(DUE, {"at": at})
            session.execute(PARKED_DUE, {"at": at})
        moved = relay.run() + payments.apply_parked()
        done += moved
        with unit_of_work() as session:
            waiting = outbox.count_undelivered(session)
        if not waiting and not moved:
            break
    return done, waiting
