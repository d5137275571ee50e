"""Loads the reference rows, and the sample on top, into the database of the settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from kernel import vault
from kernel.clock import local_date
from shop.migrations import runner
from shop.sample import contracts, goods, marker, organisations, reference, signins, tables
from shop.sample.checks import Files
from shop.sample.files import read_all
from shop.sample.marker import Mark
from shop.sample.tables import Change, Progress
from shop.settings import Settings

ORDERS: Final = 3_000
HASTY: Final = "-c synchronous_commit=off"
"""A load that loses its last moment to a power cut is begun again anyway."""


class Outcome(StrEnum):
    """What a load did."""

    LOADED = "loaded"
    KEPT = "kept"
    """The sample was loaded before; nothing was changed."""
    REFUSED = "refused"
    """The database holds organisations of somebody else; nothing was changed."""


def load(
    settings: Settings, progress: Progress, *, at: datetime, orders: int = ORDERS
) -> Outcome:
    """Migrate the database and load reference and sample, once.

    An interrupted load leaves a mark; the next one empties the schema and begins again. A
    database that already holds organisations without the mark is left alone.
    """
    runner.upgrade(settings.database_url)
    with _engine(settings) as engine:
        with Session(engine) as session:
            mark = marker.read(session)
            is_used = session.scalar(select(tables.table("organisations").c.code).limit(1))
        if mark is Mark.LOADED:
            return Outcome.KEPT
        if mark is Mark.NONE and is_used is not None:
            return Outcome.REFUSED
        if mark is Mark.LOADING:
            marker.empty_schema(engine)
            runner.upgrade(settings.database_url)
        _load_all(engine, progress, at=at, orders=orders)
    return Outcome.LOADED


def load_reference(settings: Settings) -> list[Change]:
    """Bring the reference rows into line with the files, in one transaction."""
    files = read_all()
    with _engine(settings) as engine, Session(engine) as session, session.begin():
        return reference.load(session, files)


def load_master(session: Session, files: Files, *, at: datetime) -> list[Change]:
    """Write reference and sample rows without any trade; a second time changes nothing."""
    today = local_date(at)
    return [
        *reference.load(session, files),
        reference.put_sample_policies(session, files),
        *organisations.load(session, files, today=today),
        *goods.load(session, files, today=today),
        *contracts.load(session, files, at=at),
        signins.load(session, at=at),
    ]


def _load_all(engine: Engine, progress: Progress, *, at: datetime, orders: int) -> None:
    del orders
    files = read_all()
    with Session(engine) as session, session.begin():
        marker.write(session, Mark.LOADING)
    progress("master data", 0, 1)
    with Session(engine) as session, session.begin():
        load_master(session, files, at=at)
    progress("master data", 1, 1)
    with Session(engine) as session, session.begin():
        marker.write(session, Mark.LOADED)


@contextmanager
def _engine(settings: Settings) -> Iterator[Engine]:
    vault.use_key(*settings.vault_keys)
    engine = create_engine(
        settings.database_url, poolclass=NullPool, connect_args={"options": HASTY}
    )
    try:
        yield engine
    finally:
        engine.dispose()
