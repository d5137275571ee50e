"""Many at once: one key books once, refunds stop at what was paid, nobody deadlocks."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from kernel.errors import ConflictError
from ledger import chain, queries, service
from ledger.values import Book, Entry
from tests.builders.ledger import NOON, a_payment, an_earning, an_entry

WORKERS = 8


@pytest.fixture
def busy(fresh_database_url: str) -> Iterator[Engine]:
    engine = create_engine(fresh_database_url, pool_size=WORKERS + 2)
    yield engine
    engine.dispose()


def at_once(engine: Engine, jobs: list[Callable[[Session], object]]) -> list[object]:
    """Run each job in its own transaction on several threads; a refusal is a result."""

    def run(job: Callable[[Session], object]) -> object:
        with Session(engine) as session:
            try:
                result = job(session)
                session.commit()
            except ConflictError as refusal:
                session.rollback()
                return refusal.code
            return result

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(run, jobs))


def test_parallel_posts_under_one_key_book_one_transaction(busy: Engine) -> None:
    results = at_once(busy, [lambda session: service.post(session, a_payment("K"))] * 24)

    with Session(busy) as session:
        booked = session.execute(text("SELECT id FROM ledger_txs")).scalars().all()
        balances = queries.list_balances(session, ["A:demo:pending", "L:prepaid:W1-1"])
    assert set(results) == set(booked)
    assert len(booked) == 1
    assert balances == {"A:demo:pending": 9_999, "L:prepaid:W1-1": -9_999}


def test_parallel_refunds_stop_exactly_at_what_was_paid(busy: Engine) -> None:
    at_once(busy, [lambda session: service.post(session, a_payment("K", 1_000))])

    def refund(number: int) -> Callable[[Session], object]:
        lines = [("L:prepaid:W1-1", 70), (f"L:refund:R{number}", -70)]
        entry = an_entry(f"refund:{number}:book", *lines, reverses="K")
        return lambda session: service.post(session, entry)

    results = at_once(busy, [refund(number) for number in range(20)])

    with Session(busy) as session:
        left = queries.list_balances(session, ["L:prepaid:W1-1"])
    refusals = [result for result in results if isinstance(result, str)]
    assert len(refusals) == 20 - 1_000 // 70
    assert set(refusals) <= {"guarded_balance_short", "reversal_exceeds_original"}
    assert left == {"L:prepaid:W1-1": -(1_000 % 70)}


def test_parallel_earnings_pay_a_claim_once(busy: Engine) -> None:
    """H1 owes 100 fen; ten parallel earnings of 30 pay exactly those back."""
    over = an_entry("over", ("A:recover:hh:H1", 100), ("A:demo:pending", -100))
    at_once(busy, [lambda session: service.post_many(session, [a_payment("K", 300), over])])

    def earn(number: int) -> Callable[[Session], object]:
        earned = an_earning(f"E{number}", {"L:payable:hh:H1": 30})

        def work(session: Session) -> object:
            back = service.recovery_entry(
                session, earned.lines, key=f"S{number}", source="x", effective_at=NOON
            )
            return service.post_many(session, [earned, *([back] if back else [])])

        return work

    results = at_once(busy, [earn(number) for number in range(10)])

    with Session(busy) as session:
        left = queries.list_owner_balances(session, "hh:H1")
    assert all(isinstance(result, list) for result in results)
    assert left == {"A:recover:hh:H1": 0, "L:payable:hh:H1": -200}


def test_mixed_postings_over_shared_parties_neither_deadlock_nor_lose_a_fen(
    busy: Engine,
) -> None:
    chance = random.Random(7)  # noqa: S311 -- a repeatable shuffle, not a secret

    def sale(number: int) -> Callable[[Session], object]:
        parties = chance.sample([f"L:payable:hh:H{index}" for index in range(12)], 5)
        parts = dict.fromkeys([*parties, "L:payable:coop:C1", "I:commission"], 10 + number)
        total = sum(parts.values())
        order = f"W{number}"
        entries: list[Entry] = [a_payment(f"P{number}", total, order)]
        entries.append(an_earning(f"E{number}", parts, order))
        if number % 3 == 0:
            back = [(code, minor) for code, minor in parts.items()]
            lines = [*back, (f"L:refund:{order}", -total)]
            entries.append(an_entry(f"F{number}", *lines, reverses=f"E{number}"))
        return lambda session: [service.post(session, entry) for entry in entries]

    results = at_once(busy, [sale(number) for number in range(120)])

    with Session(busy) as session:
        while chain.seal_chain(session, batch=50):
            session.commit()
        figures = {finding.figure for finding in queries.audit(session)}
        report = chain.verify_chain(session)
        total = sum(row.minor for row in queries.trial_balance(session, Book.MONEY))
    assert all(isinstance(result, list) for result in results)
    assert figures == {0}
    assert (report.links, report.unsealed, report.broken_at) == (280, 0, None)
    assert total == 0
