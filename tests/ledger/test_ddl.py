"""What the database refuses although our own code is out of the way."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger import chain, service
from ledger.values import Book, PostingKind
from tests.builders.ledger import a_payment, an_earning, an_entry

NEW_TX = """
INSERT INTO ledger_txs
    (book, posting_key, kind, effective_at, source, request_hash, reverses_tx_id)
VALUES ('CNY', 'raw', 'raw', now(), 'raw', '\\x00', :reverses) RETURNING id
"""
NEW_TX_OF_KIND = NEW_TX.replace("'raw', 'raw', now", "gen_random_uuid()::text, :kind, now")

ENTER = """
INSERT INTO ledger_entries (tx_id, seq, account_id, amount_minor)
SELECT :tx, new.seq, account.id, new.minor
FROM unnest(CAST(:seqs AS integer[]), CAST(:codes AS text[]), CAST(:minors AS bigint[]))
    AS new (seq, code, minor)
JOIN ledger_accounts account USING (code)
"""
INVENT = """
INSERT INTO account_balances (account_id, normal, balance_minor, version)
SELECT id, 'C', -5, 1 FROM ledger_accounts
"""
COLUMNS = """
SELECT table_name, column_name, data_type FROM information_schema.columns
WHERE table_schema = 'public'
"""
CASH, PREPAID, H1 = "A:demo:pending", "L:prepaid:W1-1", "L:payable:hh:H1"


def run(session: Session, command: str, **values: object) -> None:
    with session.begin_nested():
        session.execute(text(command), values)
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


def refused(session: Session, command: str, **values: object) -> str:
    """Run raw SQL that must fail at the latest when constraints are checked; say why."""
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    with pytest.raises(DBAPIError) as failure:
        run(session, command, **values)
    diagnosis = getattr(failure.value.orig, "diag", None)
    return str(diagnosis and diagnosis.constraint_name)


def a_tx(session: Session, reverses: int | None = None, kind: str = "raw") -> int:
    values = {"reverses": reverses, "kind": kind}
    return int(session.execute(text(NEW_TX_OF_KIND), values).scalar_one())


def entries(tx: int, *lines: tuple[str, int], first: int = 1) -> dict[str, object]:
    return {
        "tx": tx,
        "seqs": list(range(first, first + len(lines))),
        "codes": [code for code, _ in lines],
        "minors": [minor for _, minor in lines],
    }


@pytest.mark.parametrize(
    "table",
    ["ledger_accounts", "ledger_txs", "ledger_entries", "ledger_chain"],
)
@pytest.mark.parametrize("command", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_what_was_booked_cannot_be_removed(session: Session, table: str, command: str) -> None:
    service.post(session, a_payment())
    chain.seal_chain(session)

    assert refused(session, command.format(table)) == "ledger_append_only"


@pytest.mark.parametrize(
    "change",
    [
        "ledger_accounts SET guarded = false",
        "ledger_txs SET source = 'another'",
        "ledger_entries SET amount_minor = 2 * amount_minor",
        "ledger_chain SET hash = prev_hash",
        "account_balances SET balance_minor = 0",
    ],
)
def test_what_was_booked_cannot_be_changed(session: Session, change: str) -> None:
    service.post(session, a_payment())

    assert refused(session, f"UPDATE {change}") == "ledger_append_only"


def test_a_balance_can_be_neither_removed_nor_invented(session: Session) -> None:
    service.post(session, a_payment())

    for command in (
        "DELETE FROM account_balances",
        "TRUNCATE account_balances",
        INVENT,
    ):
        assert refused(session, command) == "ledger_append_only"


def test_entries_that_do_not_sum_to_zero_are_refused(session: Session) -> None:
    service.post(session, a_payment())
    lines = entries(a_tx(session), (CASH, 5), (PREPAID, -4))

    assert refused_entries(session, lines) == "ledger_entries_sum_to_zero"


def test_entries_cannot_be_added_to_a_booked_transaction(session: Session) -> None:
    tx = service.post(session, a_payment())
    pair = ((CASH, 5), (PREPAID, -5))

    assert refused_entries(session, entries(tx, *pair, first=3)) == "ledger_entries_sum_to_zero"
    assert refused_entries(session, entries(tx, *pair)) == "pk_ledger_entries"


def test_money_is_stored_in_whole_fen_and_nowhere_in_fractions(session: Session) -> None:
    columns = session.execute(text(COLUMNS)).all()

    money = {row.data_type for row in columns if row.column_name.endswith("minor")}
    ledger = {row.data_type for row in columns if row.table_name.startswith("ledger_")}
    assert money == {"bigint"}
    assert ledger & {"numeric", "real", "double precision", "money"} == set()


def test_an_entry_of_zero_fen_is_refused(session: Session) -> None:
    service.post(session, a_payment())
    lines = entries(a_tx(session), (CASH, 0))

    assert refused_entries(session, lines) == "ck_ledger_entries_amount_is_not_zero"


def test_a_transaction_without_entries_cannot_commit(session: Session) -> None:
    assert refused(session, NEW_TX, reverses=None) == "ledger_txs_have_entries"


def test_a_transaction_touches_one_book_only(session: Session) -> None:
    trace = an_entry(
        "T",
        ("T:hh:H1:operating", 5),
        ("T:line:1", -5),
        kind=PostingKind.TRACED,
        book=Book.TRACE,
    )
    service.post_many(session, [a_payment(), trace])
    lines = entries(a_tx(session), (CASH, 5), ("T:line:1", -5))

    assert refused_entries(session, lines) == "ledger_entries_one_book"


def test_money_of_two_custodians_meets_only_in_a_sweep(session: Session) -> None:
    service.post_many(
        session, [a_payment(), an_entry("B", ("A:bank:main", 9), ("L:unapplied:X", -9))]
    )
    lines = ((CASH, -5), ("A:bank:main", 5))

    run(session, ENTER, **entries(a_tx(session, kind="custodian_sweep"), *lines))
    session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    assert refused_entries(session, entries(a_tx(session), *lines)) == "ledger_one_custodian"


def test_raw_entries_move_guarded_balances_and_stop_at_zero(session: Session) -> None:
    service.post(session, a_payment("K", 10))
    tx = a_tx(session)

    too_much = entries(tx, (PREPAID, 11), (CASH, -11))
    assert refused_entries(session, too_much) == "ck_account_balances_guarded_side"
    run(session, ENTER, **entries(tx, (PREPAID, 4), (CASH, -4)))
    balance = session.execute(text("SELECT balance_minor FROM account_balances")).scalar_one()
    assert balance == -6


def test_raw_reversals_stop_at_the_original(session: Session) -> None:
    earnings = [an_earning("E1", {H1: 5}), an_earning("E2", {H1: 5})]
    tx = service.post_many(session, [a_payment("K", 10), *earnings])[1]
    reversing = a_tx(session, reverses=tx)

    lines = entries(reversing, (H1, 6), (PREPAID, -6))
    assert refused_entries(session, lines) == "ledger_reversal_within_original"
    run(session, ENTER, **entries(reversing, (H1, 5), (PREPAID, -5)))


def test_a_posting_key_is_used_once(session: Session) -> None:
    service.post(session, a_payment("raw"))

    assert refused(session, NEW_TX, reverses=None) == "uq_ledger_txs_posting_key"


def refused_entries(session: Session, lines: dict[str, object]) -> str:
    """Write raw entries that must be refused; say why."""
    with pytest.raises(DBAPIError) as failure:
        run(session, ENTER, **lines)
    diagnosis = getattr(failure.value.orig, "diag", None)
    return str(diagnosis and diagnosis.constraint_name)
