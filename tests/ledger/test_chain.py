"""The hash chain: whole in commit order, broken by any change, untroubled by lost ids."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from ledger import chain, queries, service
from tests.builders.ledger import a_payment

SWAP = """
UPDATE ledger_chain SET seq = 100 WHERE tx_id = :tx;
UPDATE ledger_chain SET seq = 3 WHERE seq = 4;
UPDATE ledger_chain SET seq = 4 WHERE seq = 100
"""
"""The third and the fourth transaction change places."""

CLOSE_UP = """
DELETE FROM ledger_chain WHERE tx_id = :tx;
UPDATE ledger_chain SET seq = 3 WHERE seq = 4;
UPDATE ledger_chain SET seq = 4 WHERE seq = 5;
UPDATE ledger_chain SET seq = 5 WHERE seq = 6
"""
"""The third is taken out and the others close up."""

TABLES = (("ledger_chain", "tx_id"), ("ledger_entries", "tx_id"), ("ledger_txs", "id"))


def test_every_transaction_is_sealed_once_and_in_order(session: Session) -> None:
    ids = service.post_many(session, [a_payment(f"K{number}") for number in range(5)])

    sealed = [chain.seal_chain(session, batch=3) for _ in range(3)]

    report = chain.verify_chain(session, batch=2)
    links = session.execute(text("SELECT seq, tx_id FROM ledger_chain ORDER BY seq")).all()
    assert sealed == [3, 2, 0]
    assert [tuple(link) for link in links] == list(enumerate(sorted(ids), start=1))
    assert (report.links, report.unsealed, report.broken_at) == (5, 0, None)


def test_transactions_outside_the_chain_are_counted(session: Session) -> None:
    service.post(session, a_payment("K1"))
    chain.seal_chain(session)
    service.post(session, a_payment("K2"))

    report = chain.verify_chain(session)

    assert (report.links, report.unsealed, report.broken_at) == (1, 1, None)


@pytest.mark.parametrize(
    ("damage", "broken_at"),
    [
        ("UPDATE ledger_entries SET amount_minor = 2 * amount_minor WHERE tx_id = :tx", 3),
        ("UPDATE ledger_entries SET seq = 10 - seq WHERE tx_id = :tx", 3),
        ("UPDATE ledger_txs SET effective_at = now() WHERE id = :tx", 3),
        ("UPDATE ledger_txs SET recorded_at = 'epoch' WHERE id = :tx", 3),
        ("UPDATE ledger_txs SET source = 'order:another' WHERE id = :tx", 3),
        ("UPDATE ledger_txs SET kind = 'another' WHERE id = :tx", 3),
        ("UPDATE ledger_txs SET posting_key = 'another' WHERE id = :tx", 3),
        ("UPDATE ledger_txs SET reverses_tx_id = id WHERE id = :tx", 3),
        ("DELETE FROM ledger_entries WHERE tx_id = :tx", 3),
        ("DELETE FROM ledger_txs WHERE id = :tx", 3),
        ("UPDATE ledger_chain SET hash = sha256(hash) WHERE tx_id = :tx", 3),
        ("UPDATE ledger_chain SET prev_hash = sha256(hash) WHERE tx_id = :tx", 3),
        ("DELETE FROM ledger_chain WHERE tx_id = :tx", 4),
        (SWAP, 3),
        (CLOSE_UP, 3),
    ],
)
def test_the_first_bad_row_is_named_after_tampering_removal_and_reordering(
    session: Session, damage: str, broken_at: int
) -> None:
    ids = service.post_many(session, [a_payment(f"K{number}") for number in range(6)])
    chain.seal_chain(session)
    session.execute(text("SET LOCAL session_replication_role = replica"))
    for step in damage.split(";"):
        session.execute(text(step), {"tx": ids[2]} if ":tx" in step else {})

    report = chain.verify_chain(session, batch=2)

    assert report.broken_at == broken_at
    assert report.links == 2


def test_a_tail_that_was_cut_off_is_missed_by_the_balances(session: Session) -> None:
    """A shorter chain is still a chain; what it no longer tells, the audit misses."""
    ids = service.post_many(session, [a_payment(f"K{number}") for number in range(3)])
    chain.seal_chain(session)
    head = chain.verify_chain(session).head
    session.execute(text("SET LOCAL session_replication_role = replica"))
    for table, column in TABLES:
        cut = f"DELETE FROM {table} WHERE {column} = :tx"  # noqa: S608 -- our own names
        session.execute(text(cut), {"tx": ids[2]})

    report = chain.verify_chain(session)

    assert (report.links, report.unsealed, report.broken_at) == (2, 0, None)
    assert report.head != head
    assert {found.code for found in queries.audit(session) if found.figure} == {"L10"}


def test_rolled_back_ids_leave_no_gap_and_late_commits_come_after(
    fresh_database_url: str,
) -> None:
    engine = create_engine(fresh_database_url)
    with Session(engine) as early, Session(engine) as late, Session(engine) as sealer:
        # Accounts are made on first use; whoever makes one is waited for, so they come first.
        service.post_many(sealer, [a_payment("W1"), a_payment("W2", order="W2")])
        chain.seal_chain(sealer)
        sealer.commit()
        late_id = service.post(late, a_payment("late", order="W2"))
        lost_id = service.post(early, a_payment("lost"))
        early.rollback()
        early_id = service.post(early, a_payment("early"))
        early.commit()
        first = chain.seal_chain(sealer)
        sealer.commit()
        late.commit()
        second = chain.seal_chain(sealer)
        sealer.commit()
        order = list(sealer.scalars(text("SELECT tx_id FROM ledger_chain ORDER BY seq")))[2:]
        report = chain.verify_chain(sealer)
    engine.dispose()

    assert late_id < lost_id < early_id
    assert (first, second) == (1, 1)
    assert order == [early_id, late_id]
    assert (report.links, report.unsealed, report.broken_at) == (4, 0, None)
