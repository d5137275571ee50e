"""Rings for the relay when facts were committed, so that nobody waits for the clock.

Only a hint: the relay also runs every second by itself, and a ring that gets lost because Redis
is away or hangs loses nothing. A thread of its own talks to Redis, so no request ever waits.
"""

import os
import threading
from dataclasses import dataclass, field
from functools import lru_cache

import structlog
from celery import Celery
from flask import current_app, has_app_context
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError
from sqlalchemy import event
from sqlalchemy.orm import Session

from kernel.outbox import RECORDED
from shop.queues import configuration
from shop.settings import Settings

RELAY = "shop.tasks.outbox.relay"
EXPIRES_SECONDS = 5
PAUSE_SECONDS = 5.0
"""How long a broker that did not answer is left alone."""

log = structlog.get_logger()


@dataclass(slots=True)
class Bell:
    """One broker to ring at, and the thread that does it; many rings at once are one."""

    settings: Settings
    rung: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def ring(self) -> None:
        """Ask for a relay soon; returns at once."""
        self.rung.set()
        if self.thread is None or not self.thread.is_alive():
            self.thread = threading.Thread(target=self._serve, name="bell", daemon=True)
            self.thread.start()

    def _serve(self) -> None:
        celery = Celery("shanji-bell", set_as_current=False)
        celery.conf.update(configuration(self.settings))
        while True:
            self.rung.wait()
            self.rung.clear()
            try:
                celery.send_task(RELAY, retry=False, expires=EXPIRES_SECONDS)
            except (BrokerError, RedisError, OSError) as error:
                log.warning("bell_unheard", error=str(error))
                threading.Event().wait(PAUSE_SECONDS)


def listen() -> None:
    """Ring after every commit that recorded a fact, in apps whose settings name a Redis."""
    if not event.contains(Session, "after_commit", _ring_after_commit):
        event.listen(Session, "after_commit", _ring_after_commit)
        event.listen(Session, "after_rollback", _forget_facts)


def _ring_after_commit(session: Session) -> None:
    if session.info.pop(RECORDED, False) and has_app_context():
        settings: Settings = current_app.extensions["shanji_settings"]
        if settings.redis_url:
            _bell(settings, os.getpid()).ring()


def _forget_facts(session: Session) -> None:
    session.info.pop(RECORDED, None)


@lru_cache(maxsize=8)
def _bell(settings: Settings, process: int) -> Bell:
    """Return the one bell of a process; a forked worker starts a thread of its own."""
    del process
    return Bell(settings)
