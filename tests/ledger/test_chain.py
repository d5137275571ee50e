"""The hash chain: whole in commit order, broken by any change, untroubled by lost ids."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from ledger import chain, service
from tests.builders.ledger import a_payment


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
    "damage",
    [
        "UPDATE ledger_entries SET amount_minor = 2 * amount_minor WHERE tx_id = :tx",
        "UPDATE ledger_txs SET effective_at = effective_at - interval '1 day' WHERE id = :tx",
        "UPDATE ledger_txs SET source = 'order:another' WHERE id = :tx",
        "DELETE FROM ledger_entries WHERE tx_id = :tx",
        "UPDATE ledger_chain SET hash = sha256(hash) WHERE tx_id = :tx",
        "DELETE FROM ledger_chain WHERE tx_id = :tx",
    ],
)
def test_any_change_breaks_the_chain_where_it_was_made(session: Session, damage: str) -> None:
    ids = service.post_many(session, [a_payment(f"K{number}") for number in range(5)])
    chain.seal_chain(session)
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text(damage), {"tx": ids[2]})

    report = chain.verify_chain(session)

    assert report.broken_at in {3, 4}
    assert report.links == 2


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
