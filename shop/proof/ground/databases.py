"""Databases that a run makes, fills with the goods of the sample, and drops afterwards."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import psutil
import psycopg
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from kernel import clock
from shop.sample import loader
from shop.services import create_database, drop_database
from shop.settings import Settings

PREFIX = "scratch"
_NUMBERS = count()
NO_LIMIT = "100000000 per minute"


@dataclass(frozen=True, slots=True)
class Ground:
    """A database with the sample's goods, never written to, of which runs take copies."""

    settings: Settings
    """Those of the run, with the ground's own address."""

    @contextmanager
    def copy(self, purpose: str, *, threads: int = 4) -> Iterator[Settings]:
        """Give the settings of a shop with a copy of the database and a folder of its own.

        Its pool holds `threads` connections per process. Both are gone afterwards.
        """
        name = scratch_name(purpose)
        template = make_url(self.settings.database_url).database
        with folder() as place:
            url = create_database(self.settings.database_url, name, template=template)
            try:
                yield replace(
                    self.settings,
                    database_url=url,
                    data_dir=place,
                    threads=threads,
                    rate_limit=NO_LIMIT,
                )
            finally:
                drop_database(self.settings.database_url, name)


@contextmanager
def laid(settings: Settings, *, orders: int = 0) -> Iterator[Ground]:
    """Give a ground on the server of the settings: master data, lots, and so many past orders.

    The database of the settings is neither read nor written.
    """
    _drop_leftovers(settings.database_url)
    name = scratch_name("ground")
    url = create_database(settings.database_url, name)
    own = replace(settings, database_url=url)
    try:
        loader.load(own, lambda *_: None, at=clock.now(), orders=orders)
        yield Ground(own)
    finally:
        drop_database(settings.database_url, name)


@contextmanager
def folder() -> Iterator[Path]:
    """Give a folder that is gone afterwards, whoever still writes into it."""
    place = Path(tempfile.mkdtemp(prefix="shanji-"))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def engine_on(url: str) -> Iterator[Engine]:
    """Give an engine that keeps no connection open between two uses."""
    engine = create_engine(url, poolclass=NullPool)
    try:
        yield engine
    finally:
        engine.dispose()


def analyze(url: str) -> None:
    """Let the planner know what is in a database that was filled a moment ago."""
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute("ANALYZE")


def scratch_name(purpose: str) -> str:
    """Return a name of this process that no other database has."""
    return f"{PREFIX}_{os.getpid()}_{purpose}_{next(_NUMBERS)}"


def plain(url: str) -> str:
    """Return an address as programs of PostgreSQL understand it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _drop_leftovers(url: str) -> None:
    """Drop the databases of runs that were killed."""
    with psycopg.connect(plain(url), autocommit=True) as connection:
        names = [str(row[0]) for row in connection.execute("SELECT datname FROM pg_database")]
    for name in names:
        parts = name.split("_")
        if parts[0] == PREFIX and parts[1].isdigit() and not psutil.pid_exists(int(parts[1])):
            drop_database(url, name)
