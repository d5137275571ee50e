"""Crews: processes with threads, as the server has them, that work through the application."""

import multiprocessing
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import Flask

from kernel import vault
from kernel.db import db
from shop.settings import Settings

J = TypeVar("J")
R = TypeVar("R")

PROCESSES = 2
"""As many as the machine that the goals were set for has cores, and the server workers."""

PATIENCE = "-c timezone=UTC -c lock_timeout=5s -c statement_timeout=30s"
"""How long a connection of the shop waits for a lock and for an answer."""


@dataclass(frozen=True, slots=True)
class Done(Generic[R]):
    """What came of a batch of jobs, in their order, and what it cost the crew."""

    results: list[R]
    cpu_s: float
    wall_s: float


class CrewError(RuntimeError):
    """A job failed; the message is its traceback, because not every error can travel."""


class Crew:
    """Worker processes that stay between two batches, so that starting them costs nothing."""

    def __init__(self, pool: ProcessPoolExecutor, threads: int) -> None:
        """Take over a pool; `threads` is how many jobs a process does at a time."""
        self._pool = pool
        self._threads = threads

    def run(self, work: Callable[[J], R], jobs: Sequence[J]) -> Done[R]:
        """Do all jobs inside the application's context, one a thread; raises `CrewError`."""
        started = time.monotonic()
        shares = [jobs[place::PROCESSES] for place in range(PROCESSES)]
        parts = [
            self._pool.submit(_work_off, work, share, self._threads)
            for share in shares
            if share
        ]
        found = [part.result() for part in parts]
        wall_s = time.monotonic() - started
        results: list[R] = [
            found[place % PROCESSES][0][place // PROCESSES] for place in range(len(jobs))
        ]
        return Done(results, sum(cpu_s for _, cpu_s in found), wall_s)


@contextmanager
def crew(settings: Settings, *, workers: int) -> Iterator[Crew]:
    """Give a crew with so many workers in two processes; its processes end with the block."""
    threads = -(-workers // PROCESSES)
    with ProcessPoolExecutor(
        PROCESSES,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(settings,),
    ) as pool:
        made = Crew(pool, threads)
        made.run(_nothing, list(range(workers)))
        yield made


_app: dict[str, Flask] = {}


def _begin(settings: Settings) -> None:
    """Build an application once for the whole process: the database and no pages."""
    vault.use_key(*settings.vault_keys)
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "pool_size": settings.threads,
        "max_overflow": 0,
        "connect_args": {"options": PATIENCE},
    }
    db.init_app(app)
    _app["current"] = app


def _nothing(_job: int) -> None:
    """Wake a worker up; long enough that no other does its share as well."""
    time.sleep(0.2)


def _work_off(work: Callable[[J], R], jobs: Sequence[J], threads: int) -> tuple[list[R], float]:
    app = _app["current"]

    def one(job: J) -> R:
        with app.app_context():
            return work(job)

    before = time.process_time()
    try:
        with ThreadPoolExecutor(threads) as pool:
            results = list(pool.map(one, jobs))
    except Exception:  # noqa: BLE001 -- whatever it is, it must reach the other process
        raise CrewError(traceback.format_exc()) from None
    return results, time.process_time() - before
