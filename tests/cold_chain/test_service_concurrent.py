"""Two connections at once: nothing is stored twice, nothing is lost, no chain forks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from cold_chain import queries, service
from cold_chain.models import Evaluation, RawBlock, Reading
from cold_chain.values import Upload
from kernel import vault
from shop.settings import DEMO_VAULT_KEY
from tests.builders.cold_chain import a_departed_shipment, an_upload

WORKERS = 4


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
