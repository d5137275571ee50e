"""Loads the reference rows, and the sample on top, into the database of the settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Engine, or_, select, text
from sqlalchemy.orm import Session

from kernel import outbox, vault
from kernel.clock import local_date
from ledger import chain
from shop.migrations import runner
from shop.sample import (
    clearing,
    closes,
    closing,
    consents,
    contracts,
    crew,
    editorial,
    fleet,
    goods,
    listings,
    marker,
    offers,
    opinions,
    organisations,
    papers,
    promises,
    purchases,
    reference,
    register,
    settling,
    shelf,
    signins,
    stores,
    tables,
    telemetry,
)
from shop.sample.checks import Files
from shop.sample.crew import Job, Plan
from shop.sample.files import Sources, read_all
from shop.sample.marker import Mark
from shop.sample.purchases import Purchases
from shop.sample.tables import Change, Progress
from shop.settings import Settings
from workflows import campaign_begun

ORDERS: Final = 3_000
FACTS_AT_ONCE: Final = 5_000
MASTER: Final = "基础数据 / master data"
TRADE: Final = "历史订单 / past orders"


class Outcome(StrEnum):
    """What a load did."""

    LOADED = "loaded"
    KEPT = "kept"
    """The sample was loaded before; nothing was changed."""
    REFUSED = "refused"
    """The database holds organisations of somebody else; nothing was changed."""


def load(
    settings: Settings,
    progress: Progress,
    *,
    at: datetime,
    orders: int = ORDERS,
    in_two: bool | None = None,
    sources: Sources | None = None,
) -> Outcome:
    """Migrate the database and load reference and sample, once.

    An interrupted load leaves a mark; the next one empties the schema and begins again. A
    database that already holds organisations without the mark is left alone. Raises
    `DataFilesError` before anything is written when a file is at fault.
    """
    job = Job(
        url=settings.database_url,
        vault_keys=settings.vault_keys,
        orders=orders,
        until=at,
        in_two=in_two,
        sources=sources or Sources(),
    )
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
        _load_all(engine, job, progress)
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
        consents.load(session, files),
        signins.load(session, at=at),
        *promises.load(session, files, at=at),
    ]


def _load_all(engine: Engine, job: Job, progress: Progress) -> None:
    files = read_all(job.sources)
    planned = crew.plan(files, job)
    with Session(engine) as session, session.begin():
        marker.write(session, Mark.LOADING)
    progress(MASTER, 0, 1)
    with Session(engine) as session, session.begin():
        load_master(session, files, at=job.until)
        fleet.load(session, files, seed=job.seed)
        stores.load(session, files, at=job.until)
        purchases.load_prices(session, Purchases(files), until=job.until)
        shelf.load(session, files, planned.lots)
        offers.load(session, at=job.until)
        editorial.load(session, at=job.until)
        papers.load(session, at=job.until)
        listings.load_changes(session, at=job.until)
    progress(MASTER, 1, 1)
    _trade(engine, job, planned, progress)
    with Session(engine) as session, session.begin():
        clearing.clear(session, until=job.until)
        _pay(session, files, until=job.until)
        register.load(session, at=job.until)
        opinions.load(session, until=job.until)
        _finish(session, job.until)
        marker.write(session, Mark.LOADED)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _trade(engine: Engine, job: Job, planned: Plan, progress: Progress) -> None:
    """Carry the past orders and tell how many steps are done."""
    with Session(engine) as session, session.begin():
        measured = (
            part
            for one in planned.checkouts
            for part in one.journeys
            if part.number in planned.loggers
        )
        telemetry.prepare(session, measured, until=job.until)

    def tell(done: int, total: int) -> None:
        progress(TRADE, done, total)

    crew.carry_out(job, planned, tell)


def _pay(session: Session, files: Files, *, until: datetime) -> None:
    """Close periods and settle months in the order in which it happened."""
    due = closes.plan(files, until=until)

    def meanwhile(moment: datetime) -> None:
        closing.carry_out(session, due, until=until, before=moment)

    settling.load(session, until=until, meanwhile=meanwhile)
    closing.carry_out(session, due, until=until)


def _finish(session: Session, at: datetime) -> None:
    """Clear the shelves, seal the ledger, close the past facts: no letters are sent for them.

    A refund that is still on its way stays open, so that the shop carries it on.
    """
    clearing.clear(session, until=at)
    while campaign_begun.measure(session, at=at):
        pass
    while chain.seal_chain(session):
        pass
    rows = tables.table("outbox")
    refunds = tables.table("refunds")
    open_refunds = select(refunds.c.id).where(refunds.c.state != "succeeded")
    refund_id = rows.c.payload["refund_id"].as_integer()
    past = session.scalars(
        select(rows.c.id).where(
            rows.c.delivered_at.is_(None),
            or_(rows.c.fact != "RefundRequested", refund_id.not_in(open_refunds)),
        )
    ).all()
    for begin in range(0, len(past), FACTS_AT_ONCE):
        outbox.mark_delivered(session, past[begin : begin + FACTS_AT_ONCE], at=at)


@contextmanager
def _engine(settings: Settings) -> Iterator[Engine]:
    vault.use_key(*settings.vault_keys)
    with crew.engine_for(settings.database_url) as engine:
        yield engine
