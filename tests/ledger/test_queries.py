"""Balances, statements, totals and the audit that counts what may never be."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.errors import InvalidError
from ledger import queries, service
from ledger.values import Book, Clock
from tests.builders.ledger import NOON, a_payment, an_earning, an_entry

H1 = "L:payable:hh:H1"
NINEFOLD = """
UPDATE ledger_entries entry SET amount_minor = 9 * amount_minor
FROM ledger_txs tx WHERE tx.id = entry.tx_id AND tx.posting_key = 'R'
"""


def post_earnings(session: Session, count: int) -> None:
    """Post so many earnings of 1, 2, 3 … fen, a day apart, out of one payment."""
    payment = a_payment("P", 100_000)
    noise = an_earning("noise", {"L:payable:hh:H2": 7})
    entries = [
        an_entry(
            f"E{number}",
            ("L:prepaid:W1-1", number),
            (H1, -number),
            at=NOON + timedelta(days=number),
            source=f"line:{number}",
        )
        for number in range(1, count + 1)
    ]
    service.post_many(session, [payment, noise, *entries])


def test_a_book_is_balanced_on_every_day(session: Session) -> None:
    post_earnings(session, 3)

    whole = queries.trial_balance(session, Book.MONEY)
    early = queries.trial_balance(session, Book.MONEY, before=NOON + timedelta(days=2))

    assert sum(row.minor for row in whole) == sum(row.minor for row in early) == 0
    assert {row.code: row.minor for row in whole}[H1] == -6
    assert {row.code: row.minor for row in early}[H1] == -1
    assert [row.code for row in whole] == sorted(row.code for row in whole)
    assert queries.trial_balance(session, Book.TRACE) == []


def test_a_report_chooses_when_things_happened_or_when_they_were_booked(
    session: Session,
) -> None:
    """A late delivery of May is booked in June: it changes May's income, not May's books."""
    june = NOON + timedelta(days=1)
    parts = [("L:prepaid:W1-1", 40), (H1, -40)]
    early = an_entry("E1", *parts, recorded_at=NOON)
    late = an_entry("E2", *parts, at=NOON - timedelta(days=3), recorded_at=june)
    paid = an_entry(
        "P", ("A:demo:pending", 80), ("L:prepaid:W1-1", -80), at=NOON - timedelta(days=9)
    )
    service.post_many(session, [replace(paid, recorded_at=paid.effective_at), early, late])

    def owed(clock: Clock, before: datetime) -> int:
        rows = queries.trial_balance(session, Book.MONEY, before=before, clock=clock)
        assert sum(row.minor for row in rows) == 0
        return {row.code: row.minor for row in rows}.get(H1, 0)

    assert owed(Clock.EFFECTIVE, NOON) == -40
    assert owed(Clock.RECORDED, NOON) == 0
    assert owed(Clock.RECORDED, june) == -40
    assert owed(Clock.EFFECTIVE, june) == owed(Clock.RECORDED, june + timedelta(1)) == -80


def test_a_statement_runs_newest_first_with_the_balance_after_each_entry(
    session: Session,
) -> None:
    post_earnings(session, 5)

    first = queries.statement(session, H1, size=2)
    second = queries.statement(session, H1, key=first.next_key, size=2)
    third = queries.statement(session, H1, key=second.next_key, size=2)

    pages = [first, second, third]
    assert [[(row.minor, row.balance_minor) for row in page.rows] for page in pages] == [
        [(5, 15), (4, 10)],
        [(3, 6), (2, 3)],
        [(1, 1)],
    ]
    assert third.next_key is None
    assert [row.source for row in first.rows] == ["line:5", "line:4"]


def test_a_statement_reads_one_page_with_one_statement(
    session: Session, statements: list[str]
) -> None:
    post_earnings(session, 30)
    statements.clear()

    queries.statement(session, H1, size=10)

    assert len(statements) == 1


def test_a_tampered_page_key_is_refused(session: Session) -> None:
    with pytest.raises(InvalidError):
        queries.statement(session, H1, key="not-a-key")


def test_an_account_never_posted_to_has_an_empty_statement(session: Session) -> None:
    assert queries.statement(session, "L:payable:hh:H404").rows == []


def test_an_owner_sees_all_accounts_in_its_name(session: Session) -> None:
    wage = an_entry("W", ("L:prepaid:W1-1", 5), ("L:wage:H1", -5))
    service.post_many(session, [a_payment(), an_earning("E", {H1: 10}), wage])

    assert queries.list_owner_balances(session, "hh:H1") == {H1: -10, "L:wage:H1": -5}


def test_months_are_shanghai_months_of_what_happened(session: Session) -> None:
    last_hour = datetime(2026, 6, 30, 16, 30, tzinfo=UTC)
    entries = [
        an_entry("A", ("L:prepaid:W1-1", 5), (H1, -5), at=last_hour - timedelta(hours=1)),
        an_entry("B", ("L:prepaid:W1-1", 7), (H1, -7), at=last_hour),
        an_entry("C", (H1, 2), ("L:prepaid:W1-1", -2), at=last_hour),
    ]
    service.post_many(session, [a_payment(), *entries])

    totals = queries.list_month_totals(
        session, H1, since=date(2026, 6, 1), until=date(2026, 8, 1)
    )

    assert [(row.month, row.debit_minor, row.credit_minor) for row in totals] == [
        (date(2026, 6, 1), 0, 5),
        (date(2026, 7, 1), 2, 7),
    ]


def test_entries_are_found_by_what_they_are_about(session: Session) -> None:
    post_earnings(session, 2)

    rows = queries.list_entries_of_sources(session, ["line:2", "line:404"])

    assert [(row.account_code, row.minor) for row in rows] == [("L:prepaid:W1-1", 2), (H1, -2)]
    assert rows[0].effective_at == NOON + timedelta(days=2)


def test_the_fingerprint_does_not_depend_on_the_order_of_posting(session: Session) -> None:
    prints = []
    for order in ((1, 2), (2, 1)):
        nested = session.begin_nested()
        for number in order:
            service.post(session, a_payment(f"K{number}", number))
        prints.append(queries.fingerprint(session, Book.MONEY))
        nested.rollback()
    service.post(session, a_payment("K1", 3))

    assert prints[0] == prints[1] != queries.fingerprint(session, Book.MONEY)


def test_the_audit_finds_nothing_in_a_true_ledger(session: Session) -> None:
    post_earnings(session, 3)
    service.post(session, an_entry("R", (H1, 1), ("L:refund:1", -1), reverses="E1"))

    assert {finding.figure for finding in queries.audit(session)} == {0}


@pytest.mark.parametrize(
    ("code", "damage"),
    [
        ("L1", "UPDATE ledger_entries SET amount_minor = amount_minor + 1 WHERE seq = 1"),
        ("L1", "DELETE FROM ledger_entries WHERE tx_id = (SELECT max(id) FROM ledger_txs)"),
        ("L1", "UPDATE ledger_accounts SET book = 'CNY.T' WHERE code LIKE 'L:payable:hh:H1'"),
        (
            "L5",
            NINEFOLD,
        ),
        ("L10", "UPDATE account_balances SET balance_minor = balance_minor - 1"),
        ("L10", "UPDATE account_balances SET version = version + 1"),
        ("L11", "UPDATE ledger_entries SET amount_minor = amount_minor + 1 WHERE seq = 1"),
        ("L14", "UPDATE ledger_accounts SET custodian = code"),
    ],
)
def test_the_audit_counts_every_kind_of_damage(
    session: Session, code: str, damage: str
) -> None:
    post_earnings(session, 3)
    service.post(session, an_entry("R", (H1, 1), ("L:refund:1", -1), reverses="E1"))
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text(damage))

    found = {finding.code for finding in queries.audit(session) if finding.figure}

    assert code in found
