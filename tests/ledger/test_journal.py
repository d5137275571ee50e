"""The journal: what foreign bookkeeping programs make of our money book."""

import csv
import io
import shutil
import subprocess
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from ledger import journal, queries, service
from ledger.values import Book, PostingKind
from tests.builders.ledger import a_payment, an_earning, an_entry


def a_book(session: Session) -> None:
    """Post a sale in the words of the chart, a partial refund, and noise in the trace book."""
    parts = {
        "I:commission": 300,
        "L:payable:logistics:K01": 1_200,
        "L:payable:hh:H0001": 2_975,
        "L:payable:village:500156104207.poor": 5_524,
    }
    trace = an_entry(
        "T1",
        ("T:hh:H0001:operating", 2_975),
        ("T:line:1", -2_975),
        kind=PostingKind.TRACED,
        book=Book.TRACE,
    )
    back = [("L:payable:hh:H0001", 3), ("L:refund:R1", -3)]
    service.post_many(session, [a_payment("P1"), an_earning("line:1:earn:v1", parts), trace])
    service.post(
        session,
        an_entry("F1", *back, kind=PostingKind.REFUND_EARNED, reverses="line:1:earn:v1"),
    )


def test_the_journal_holds_the_money_book_in_whole_fen(session: Session) -> None:
    a_book(session)

    written = list(journal.lines(session))

    assert written[:5] == [
        "commodity 1000. FEN",
        "",
        "2026-06-01 payment_captured | P1  ; order:W1-1",
        "    A:demo:pending  9999 FEN",
        "    L:prepaid:W1-1  -9999 FEN",
    ]
    assert not any("T:line" in line for line in written)


@pytest.mark.skipif(not shutil.which("hledger"), reason="hledger is not installed")
def test_hledger_balances_the_journal_as_we_do(session: Session, tmp_path: Path) -> None:
    a_book(session)
    path = tmp_path / "money.journal"
    path.write_text("\n".join(journal.lines(session)), encoding="utf-8")
    hledger = ["hledger", "-f", str(path)]

    subprocess.run([*hledger, "check", "balancednoautoconversion"], check=True)
    shown = subprocess.run(
        [*hledger, "bal", "--flat", "--empty", "-N", "-O", "csv"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    rows = list(csv.DictReader(io.StringIO(shown)))
    judged = {row["account"]: int(row["balance"].removesuffix("FEN") or 0) for row in rows}
    ours = {row.code: row.minor for row in queries.trial_balance(session, Book.MONEY)}
    assert judged == ours


def test_beancount_gets_names_it_accepts_and_can_tell_apart(session: Session) -> None:
    a_book(session)

    written = list(journal.lines(session, dialect=journal.Dialect.BEANCOUNT))

    assert "1970-01-01 open Assets:Demo:X-pending FEN" in written
    assert '2026-06-01 * "payment_captured" "P1"' in written
    assert "  Liabilities:Payable:X-village:500156104207-x2Epoor  -5524 FEN" in written
    codes = ["L:refund:a-x2E", "L:refund:a.", "L:refund:A", "L:refund:X-A", "L:refund:a-"]
    names = {journal.account_name(code, journal.Dialect.BEANCOUNT) for code in codes}
    assert len(names) == len(codes)
    assert journal.account_name(codes[0], journal.Dialect.HLEDGER) == codes[0]
