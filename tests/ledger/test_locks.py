"""Locks: always taken in the same order, also on accounts that nobody has used before."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger import queries, service
from ledger.values import Line
from tests.builders.ledger import NOON, a_payment, an_earning, an_entry

H1, H2, NEW = "L:payable:hh:H1", "L:payable:hh:H2", "L:payable:coop:NEW"
MAKE = """
INSERT INTO ledger_accounts (code, book, kind, normal, guarded, owner)
VALUES (:code, 'CNY', 'liability', 'C', true, 'coop:NEW') ON CONFLICT DO NOTHING
"""
BALANCE = """
SELECT balance.account_id, balance.balance_minor, balance.version
FROM account_balances balance JOIN ledger_accounts account ON account.id = balance.account_id
WHERE account.code = :code
"""
# Other databases of the server have waits of their own.
WAITING = """
SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE NOT granted AND datname = current_database()
"""
PATIENCE_SECONDS = 60


@pytest.fixture
def busy(fresh_database_url: str) -> Iterator[Engine]:
    engine = create_engine(fresh_database_url, pool_size=12)
    yield engine
    engine.dispose()


def in_turn(engine: Engine, work: Callable[[Session], object]) -> None:
    """Do one piece of work in a transaction of its own."""
    with Session(engine) as session, session.begin():
        work(session)


def wait_until_somebody_waits(engine: Engine) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    with Session(engine) as session:
        while not session.execute(text(WAITING)).scalar_one():
            assert time.monotonic() < deadline, "nobody waits for a lock"
            session.rollback()
            time.sleep(0.02)


def is_locked(engine: Engine, code: str) -> bool:
    with Session(engine) as session:
        try:
            session.execute(
                text(
                    "SELECT 1 FROM account_balances WHERE account_id ="
                    " (SELECT id FROM ledger_accounts WHERE code = :code) FOR UPDATE NOWAIT"
                ),
                {"code": code},
            )
        except DBAPIError:
            return True
    return False


def test_a_guarded_account_has_a_balance_row_from_its_first_moment(session: Session) -> None:
    session.execute(
        text(
            "INSERT INTO ledger_accounts (code, book, kind, normal, guarded)"
            " VALUES (:code, 'CNY', 'liability', 'C', true),"
            " ('I:sales', 'CNY', 'income', 'C', false)"
        ),
        {"code": H1},
    )

    rows = session.execute(text("SELECT balance_minor, version FROM account_balances")).all()

    assert [tuple(row) for row in rows] == [(0, 0)]


def test_a_guarded_account_without_a_balance_row_takes_no_entry(session: Session) -> None:
    service.post(session, a_payment())
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text("DELETE FROM account_balances"))
    session.execute(text("SET LOCAL session_replication_role = origin"))

    with pytest.raises(DBAPIError, match="has no balance row"):
        service.post(session, a_payment("K2"))


def test_an_account_nobody_has_used_is_waited_for_and_never_overdrawn(busy: Engine) -> None:
    """The first debit meets the first credit while that one is not committed yet."""
    in_turn(busy, lambda session: service.post(session, a_payment("K", 10)))
    results: list[str] = []

    def take_out() -> None:
        with Session(busy) as session:
            taken = an_entry("S", (H1, 6), ("L:payout:inflight:B1", -6))
            try:
                service.post(session, taken)
                session.commit()
                results.append("taken")
            except Exception as refusal:  # noqa: BLE001 -- whatever it is, it is the result
                results.append(repr(refusal))

    with Session(busy) as first:
        service.post(first, an_earning("E", {H1: 6}))
        late = threading.Thread(target=take_out)
        late.start()
        wait_until_somebody_waits(busy)
        assert results == []
        first.commit()
        late.join()

    with Session(busy) as session:
        row = session.execute(text(BALANCE), {"code": H1}).one()
    assert results == ["taken"]
    assert (row.balance_minor, row.version) == (0, 2)


def test_many_first_credits_of_one_account_all_arrive(busy: Engine) -> None:
    in_turn(busy, lambda session: service.post(session, a_payment("K", 1_000)))

    def credit(number: int) -> None:
        in_turn(busy, lambda session: service.post(session, an_earning(f"E{number}", {H1: 7})))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(credit, range(24)))

    with Session(busy) as session:
        row = session.execute(text(BALANCE), {"code": H1}).one()
        assert {finding.figure for finding in queries.audit(session)} == {0}
    assert (row.balance_minor, row.version) == (-24 * 7, 24)


@pytest.mark.parametrize("order", [(H1, H2), (H2, H1)])
def test_balances_are_locked_by_ascending_account_whatever_the_order_of_lines(
    busy: Engine, order: tuple[str, str]
) -> None:
    in_turn(busy, lambda session: service.post(session, a_payment("K", 100)))
    for code in (H1, H2):
        first = an_earning(f"first {code}", {code: 1})
        in_turn(busy, partial(service.post, entry=first))
    lines = dict.fromkeys(order, 1)

    def earn(key: str) -> None:
        in_turn(busy, lambda session: service.post(session, an_earning(key, lines)))

    seen = []
    for held, other in ((H2, H1), (H1, H2)):
        with Session(busy) as holder:
            row = holder.execute(text(BALANCE), {"code": held}).one()
            holder.execute(
                text("SELECT 1 FROM account_balances WHERE account_id = :id FOR UPDATE"),
                {"id": row.account_id},
            )
            waiting = threading.Thread(target=earn, args=[f"E {held}"])
            waiting.start()
            wait_until_somebody_waits(busy)
            seen.append(is_locked(busy, other))
            holder.rollback()
            waiting.join()

    # Whoever waits for the second holds the first; whoever waits for the first holds nothing.
    assert seen == [True, False]


def test_a_set_off_and_new_accounts_never_deadlock(busy: Engine) -> None:
    """Two deliveries owe the same new party; a third makes another known in between.

    The second holds the balance of the third's and waits for the account the first is making;
    the first must not come to wait for that balance.
    """
    paid = [a_payment(f"K{order}", 100, order) for order in ("W0", "W1", "W2")]
    in_turn(busy, lambda session: service.post_many(session, paid))
    errors: list[str] = []

    def known() -> None:
        earned = an_earning("E0", {H1: 1}, "W0")
        with kept(errors):
            in_turn(busy, lambda session: service.post(session, earned))

    def second() -> None:
        with kept(errors), Session(busy) as session, session.begin():
            earned = an_earning("E2", {H1: 5, NEW: 5}, "W2")
            claim(session, H1)
            service.post(session, earned)

    with kept(errors), Session(busy) as first, ThreadPoolExecutor(2) as others:
        earned = an_earning("E1", {H1: 5, NEW: 5}, "W1")
        claim(first, H1, NEW)
        begun = others.submit(known)
        wait([begun], timeout=0.5)
        first.execute(text(MAKE), {"code": NEW})
        also = others.submit(second)
        wait([also], timeout=0.5)
        service.post(first, earned)
        first.commit()
        wait([begun, also])

    assert errors == []
    with Session(busy) as session:
        assert queries.list_balances(session, [H1, NEW]) == {H1: -11, NEW: -10}


def claim(session: Session, *codes: str) -> None:
    """Ask, as a delivery does, whether parties owe something of what they are credited."""
    credits_ = [Line(code, -5) for code in codes]
    service.recovery_entry(session, credits_, key="x", source="line:1", effective_at=NOON)


@contextmanager
def kept(errors: list[str]) -> Iterator[None]:
    """Keep the name of what the database refuses."""
    try:
        yield
    except DBAPIError as error:
        errors.append(type(error.orig).__name__)
