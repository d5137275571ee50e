"""The journal: what foreign bookkeeping programs make of our money book."""

import string
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from kernel.clock import local_date
from ledger import journal, queries, rules, service
from ledger.values import Book, Clock, Entry, PostingKind, Side
from shop import money_journal
from shop.proof.ground import foreign
from tests.builders.ledger import NOON, a_payment, an_earning, an_entry

NAMES = st.text(string.ascii_letters + string.digits + "._~-", min_size=1, max_size=12)
PATTERNS = (
    "A:ar:<>",
    "A:bank:<>",
    "A:dispute:<>",
    "A:inventory:lot:<>",
    "A:recover:<>",
    "A:recover:hh:<>",
    "L:prepaid:<>",
    "L:refund:<>",
    "L:unapplied:<>",
    "L:payable:hh:<>",
    "L:payable:village:<>",
    "L:wage:<>",
    "L:payout:inflight:<>",
)
MANY = settings(
    max_examples=40,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
needs_hledger = pytest.mark.skipif(not foreign.has_hledger(), reason="hledger is not installed")


def an_opening(code: str) -> Entry:
    """Post five fen on the side an account of the chart normally stands on."""
    side = 1 if rules.classify(code).normal is Side.DEBIT else -1
    other = "I:sales" if side > 0 else "E:cogs"
    return an_entry(f"open:{code}", (code, 5 * side), (other, -5 * side))


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

    assert written[0] == "commodity 1000. FEN"
    assert {"account A", "    ; type:Asset", "account L:payable:hh:H0001"} < set(written)
    begin = written.index("")
    today = local_date(datetime.now(UTC))
    assert written[begin : begin + 4] == [
        "",
        f"2026-06-01={today} payment_captured | P1  ; order:W1-1",
        "    A:demo:pending  9999 FEN",
        "    L:prepaid:W1-1  -9999 FEN",
    ]
    assert not any("T:line" in line for line in written)


def judged_and_ours(session: Session, folder: Path) -> tuple[dict[str, int], dict[str, int]]:
    """Return every account's balance as hledger reads it in the journal, and as we keep it."""
    path = folder / "money.journal"
    money_journal.write_file(session, path)
    rows = queries.trial_balance(session, Book.MONEY)
    return foreign.judge_with_hledger(path), {row.code: row.minor for row in rows}


@needs_hledger
def test_hledger_balances_the_journal_as_we_do(session: Session, tmp_path: Path) -> None:
    a_book(session)

    judged, ours = judged_and_ours(session, tmp_path)

    assert judged == ours
    assert judged["L:payable:hh:H0001"] == -2_972


@needs_hledger
@MANY
@given(st.sets(NAMES, min_size=1, max_size=40), st.data())
def test_every_code_of_the_chart_survives_the_parser_of_hledger(
    session: Session, tmp_path: Path, names: set[str], data: st.DataObject
) -> None:
    codes = {
        data.draw(st.sampled_from(PATTERNS)).replace("<>", name)
        for name in sorted(names, key=str.encode)
    }
    with session.begin_nested() as kept:
        service.post_many(session, [an_opening(code) for code in sorted(codes)])
        judged, ours = judged_and_ours(session, tmp_path)
        kept.rollback()

    assert judged == ours
    assert codes <= judged.keys()


@needs_hledger
def test_hledger_counts_by_either_date(session: Session, tmp_path: Path) -> None:
    """Three fen of May were booked in June, five in May."""
    may, june = NOON - timedelta(days=10), NOON
    sold = ("I:sales", -3), ("E:cogs", 3)
    late = an_entry("late", *sold, at=may, recorded_at=june)
    other = an_entry("other", ("I:sales", -5), ("E:cogs", 5), at=may, recorded_at=may)
    service.post_many(session, [late, other])
    path = tmp_path / "money.journal"
    money_journal.write_file(session, path)

    first = date(2026, 6, 1)
    happened = foreign.judge_with_hledger(path, before=first)
    booked = foreign.judge_with_hledger(path, before=first, clock=Clock.RECORDED)

    assert (happened["E:cogs"], booked["E:cogs"]) == (8, 5)


@needs_hledger
def test_hledger_refuses_a_journal_that_lacks_a_fen(session: Session, tmp_path: Path) -> None:
    a_book(session)
    path = tmp_path / "money.journal"
    money_journal.write_file(session, path)
    path.write_text(path.read_text().replace("-2975 FEN", "-2974 FEN"))

    with pytest.raises(foreign.JudgementError, match="could not balance"):
        foreign.judge_with_hledger(path)


@needs_hledger
def test_words_that_would_end_a_description_are_written_another_way(
    session: Session, tmp_path: Path
) -> None:
    odd = an_entry(
        'a;b|"c"\\\n  I:sales  5 FEN', ("I:sales", -5), ("E:cogs", 5), source="x\ny;"
    )
    service.post(session, odd)

    judged, ours = judged_and_ours(session, tmp_path)

    assert judged == ours == {"I:sales": -5, "E:cogs": 5}


def test_a_journal_that_cannot_be_finished_leaves_the_old_one(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_book(session)
    path = tmp_path / "money.journal"
    path.write_text("old")

    def broken(*_arguments: object, **_options: object) -> Iterator[str]:
        yield "commodity 1000. FEN"
        raise OSError("disk full")

    monkeypatch.setattr(journal, "lines", broken)
    with pytest.raises(OSError, match="disk full"):
        money_journal.write_file(session, path)

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


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
