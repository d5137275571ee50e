"""Many at once: one person approves once, an import books once, a crash loses nothing."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from kernel import vault
from kernel.errors import ConflictError, ForbiddenError
from payments import queries
from payments import service as payments
from payments.values import PeriodState
from shop.settings import DEMO_VAULT_KEY
from tests.builders.settlements import (
    JULY,
    a_closed,
    an_answer,
    an_approved,
    balance,
    some_accounts,
    some_owed,
    some_params,
    some_staff,
)
from workflows import payout_run, period_closed

WORKERS = 8
COOPS = [f"C{number}" for number in range(70, 90)]


@pytest.fixture
def busy(fresh_database_url: str) -> Iterator[Engine]:
    vault.use_key(DEMO_VAULT_KEY)
    engine = create_engine(fresh_database_url, pool_size=WORKERS + 2)
    with Session(engine) as session:
        some_params(session)
        some_staff(session)
        some_accounts(session, *(f"coop:{code}" for code in COOPS))
        some_owed(session, "1", {f"L:payable:coop:{code}": 1_000 for code in COOPS})
        session.commit()
    yield engine
    engine.dispose()


def at_once(engine: Engine, jobs: list[Callable[[Session], object]]) -> list[object]:
    """Run each job in its own transaction on several threads; a refusal is a result."""

    def run(job: Callable[[Session], object]) -> object:
        with Session(engine) as session:
            try:
                result = job(session)
                session.commit()
            except (ConflictError, ForbiddenError) as refusal:
                session.rollback()
                return refusal.code
            return result

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(run, jobs))


def _approve(code: str, by: int) -> Callable[[Session], object]:
    return lambda session: payout_run.approve(session, code, by=by, at=JULY)


def test_one_person_never_counts_as_two(busy: Engine) -> None:
    with Session(busy) as session:
        one, two, three = some_staff(session)
        code = a_closed(session)
        payments.propose(session, code, by=one, at=JULY)
        session.commit()

    first = at_once(busy, [_approve(code, two)] * 12 + [_approve(code, one)] * 4)
    with Session(busy) as session:
        assert queries.get_period(session, code).state is PeriodState.PROPOSED
        assert balance(session, f"L:payout:inflight:{code}") == 0
    last = at_once(busy, [_approve(code, three)] * 12)

    assert first == [False] * 12 + ["settlement_own_proposal"] * 4
    assert sorted(map(str, last)) == ["True"] + ["settlement_step_not_allowed"] * 11
    with Session(busy) as session:
        assert balance(session, f"L:payout:inflight:{code}") == -20_000
        assert session.scalar(text("SELECT count(*) FROM settlement_decisions")) == 2


def test_many_closings_take_one_snapshot(busy: Engine) -> None:
    with Session(busy) as session:
        one, *_ = some_staff(session)
        code = payments.open_period(
            session, date(2026, 6, 1), date(2026, 6, 30), by=one, at=JULY
        )
        session.commit()

    at_once(busy, [lambda session: period_closed.close(session, code, at=JULY)] * 8)

    with Session(busy) as session:
        assert queries.get_period(session, code).lines == 20


def test_many_imports_of_one_list_book_it_once(busy: Engine) -> None:
    with Session(busy) as session:
        code = an_approved(session)
        session.commit()
    with Session(
        busy
    ) as session:  # The worker writes, dies before it commits, and begins again.
        payout_run.write_file(session, code, at=JULY)
        session.rollback()
    at_once(busy, [lambda session: payout_run.write_file(session, code, at=JULY)] * WORKERS)
    at_once(busy, [lambda session: payout_run.submit(session, code, by=1, at=JULY)] * WORKERS)
    answers = [an_answer(code, number, 1_000, row=number) for number in range(1, 21)]

    def take(session: Session) -> object:
        return payout_run.take_answers(session, code, answers, "", by=None, at=JULY)

    results = at_once(busy, [take] * 12)

    assert sorted(map(str, results)) == ["(0, 20)"] * 11 + ["(20, 0)"]
    with Session(busy) as session:
        assert balance(session, "A:bank:main") == -20_000
        assert session.scalar(text("SELECT count(*) FROM payout_files")) == 2
        assert session.scalar(text("SELECT count(*) FROM payout_confirmations")) == 20
        assert queries.get_period(session, code).state is PeriodState.ANSWERED
