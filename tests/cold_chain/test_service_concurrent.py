"""Two connections at once: nothing is stored twice, nothing is lost, no chain forks."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from datetime import date
from functools import partial
from threading import Barrier

from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from cold_chain import queries, service
from cold_chain.models import Evaluation, RawBlock, Reading, Shipment
from cold_chain.values import Upload
from kernel import vault
from shop.settings import DEMO_VAULT_KEY
from tests.builders.cold_chain import a_departed_shipment, an_upload

WORKERS = 4
PATIENCE_SECONDS = 90


def test_uploads_of_one_logger_at_once_form_one_chain(fresh_database_url: str) -> None:
    vault.use_key(DEMO_VAULT_KEY)
    engine = create_engine(fresh_database_url)
    with Session(engine) as session, session.begin():
        shipment_id = a_departed_shipment(session)
    uploads = [an_upload([2.0] * 12, first=first) for first in range(0, 240, 30)]
    barrier = Barrier(WORKERS)

    def all_at_once(work: Callable[[Session], object]) -> None:
        def one(_: int) -> None:
            barrier.wait()
            with Session(engine) as session, session.begin():
                work(session)

        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(one, range(WORKERS)))

    def take_in(session: Session, *, upload: Upload) -> None:
        service.ingest_block(session, upload)

    for upload in uploads:
        all_at_once(partial(take_in, upload=upload))
    at = uploads[-1].received_at
    all_at_once(partial(service.evaluate_shipment, shipment_id=shipment_id, at=at))
    all_at_once(partial(service.evaluate_dirty, at=at))

    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(RawBlock)) == len(uploads)
        assert session.scalar(select(func.count()).select_from(Reading)) == 54
        assert session.scalar(select(func.count()).select_from(Evaluation)) == 1
        assert [one for one in queries.list_invariants(session) if one.violations] == []
    engine.dispose()


def test_readings_that_come_while_others_are_judged_are_judged_next(
    fresh_database_url: str,
) -> None:
    with _engine(fresh_database_url) as engine:
        with Session(engine) as session, session.begin():
            shipment_id = a_departed_shipment(session)
            service.ingest_block(session, an_upload([2.0] * 12))
        late = an_upload([9.0] * 12, first=60)

        def take_in(session: Session) -> None:
            service.ingest_block(session, late)

        def judge(session: Session) -> None:
            service.evaluate_dirty(session, at=late.received_at)

        _while_open(engine, judge, take_in)

        with Session(engine) as session, session.begin():
            dirty_at = session.scalar(
                select(Shipment.dirty_at).where(Shipment.id == shipment_id)
            )
            (judged,) = service.evaluate_dirty(session, at=late.received_at)
            samples = session.scalars(
                select(Evaluation.samples).order_by(Evaluation.version)
            ).all()
    assert dirty_at == late.received_at
    # Two readings of the first hour belong to the start-up period.
    assert (judged.version, samples) == (2, [10, 22])


def test_two_uploads_that_open_a_day_at_once_both_succeed(fresh_database_url: str) -> None:
    earlier, later, day = date(2031, 4, 1), date(2031, 4, 2), date(2031, 5, 1)

    def make(session: Session, *, day: date) -> None:
        service.ensure_partitions(session, [day])

    with _engine(fresh_database_url) as engine:
        # Connections that have done it before look less into the catalogue.
        _while_open(engine, partial(make, day=earlier), partial(make, day=later))

        _while_open(engine, partial(make, day=day), partial(make, day=day))

        with Session(engine) as session, session.begin():
            assert service.ensure_partitions(session, [day]) == 0


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    vault.use_key(DEMO_VAULT_KEY)
    engine = create_engine(url)
    yield engine
    engine.dispose()


def _while_open(
    engine: Engine, first: Callable[[Session], None], second: Callable[[Session], None]
) -> None:
    """Do the second work while the transaction of the first is done but still open."""

    def meanwhile() -> None:
        with Session(engine) as session, session.begin():
            second(session)

    with ThreadPoolExecutor(1) as pool:
        with Session(engine) as session, session.begin():
            first(session)
            done = pool.submit(meanwhile)
            wait_for([done], timeout=1)
        done.result(timeout=PATIENCE_SECONDS)
