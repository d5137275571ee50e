"""Posting: safe to repeat, impossible to unbalance, guarded where money is owed."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.errors import ConflictError, InvalidError, NotFoundError
from ledger import queries, service
from ledger.values import Line, PostingKind
from tests.builders.ledger import NOON, a_payment, an_earning, an_entry

PARTS = {"I:commission": 300, "L:payable:hh:H1": 2_975, "L:payable:hh:H2": 6_724}


def count(session: Session, table: str) -> int:
    return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608


def test_a_payment_is_owed_to_the_order_until_it_is_earned(session: Session) -> None:
    service.post_many(session, [a_payment(), an_earning("line:1:earn:v1", PARTS)])

    balances = queries.list_balances(
        session, ["A:demo:pending", "L:prepaid:W1-1", *PARTS, "L:payable:hh:H9"]
    )
    assert balances == {
        "A:demo:pending": 9_999,
        "L:prepaid:W1-1": 0,
        "I:commission": -300,
        "L:payable:hh:H1": -2_975,
        "L:payable:hh:H2": -6_724,
        "L:payable:hh:H9": 0,
    }


def test_posting_twice_returns_the_first_result(session: Session) -> None:
    first = service.post(session, a_payment("K"))

    again = service.post_many(session, [a_payment("K"), a_payment("K2"), a_payment("K")])

    assert again[0] == again[2] == first
    assert count(session, "ledger_txs") == 2
    assert queries.list_balances(session, ["A:demo:pending"]) == {"A:demo:pending": 2 * 9_999}


def test_another_content_under_a_used_key_writes_nothing(session: Session) -> None:
    service.post(session, a_payment("K"))

    for entries in (
        [a_payment("K", 1)],
        [a_payment("new"), a_payment("K", 1)],
        [a_payment("new"), a_payment("new", 1)],
    ):
        with pytest.raises(ConflictError) as refusal, session.begin_nested():
            service.post_many(session, entries)
        assert refusal.value.code == "posting_key_reused"

    assert (count(session, "ledger_txs"), count(session, "ledger_entries")) == (1, 2)


def test_a_refused_posting_reaches_no_table(session: Session) -> None:
    with pytest.raises(InvalidError):
        service.post_many(session, [a_payment("A"), an_entry("B", ("A:demo:pending", 1))])

    assert count(session, "ledger_txs") == 0
    assert service.post_many(session, []) == []


def test_any_number_of_postings_takes_a_handful_of_statements(
    session: Session, statements: list[str]
) -> None:
    service.post_many(session, [a_payment(f"warm{n}", order=f"W{n}") for n in range(40)])
    statements.clear()

    service.post_many(session, [a_payment(f"K{n}", order=f"W{n}") for n in range(40)])

    assert len(statements) == 3


def test_a_guarded_account_never_passes_zero(session: Session) -> None:
    service.post(session, a_payment("K", 100))

    with pytest.raises(ConflictError) as refusal, session.begin_nested():
        service.post(session, an_earning("E", {"L:payable:hh:H1": 101}))

    assert refusal.value.code == "guarded_balance_short"
    assert queries.list_balances(session, ["L:prepaid:W1-1"]) == {"L:prepaid:W1-1": -100}


def test_a_receivable_is_guarded_on_its_own_side(session: Session) -> None:
    terms = an_entry(
        "T",
        ("A:ar:B07", 100),
        ("L:payable:coop:C1", -100),
        kind=PostingKind.TERMS_LINE_EARNED,
    )
    too_much = an_entry("B", ("L:unapplied:B07", 101), ("A:ar:B07", -101))
    service.post_many(
        session, [terms, an_entry("U", ("A:bank:m", 200), ("L:unapplied:B07", -200))]
    )

    with pytest.raises(ConflictError), session.begin_nested():
        service.post(session, too_much)


def test_every_entry_raises_the_version_of_a_guarded_balance(session: Session) -> None:
    parts = [("L:payable:hh:H1", -40), ("L:payable:hh:H1", -60), ("L:prepaid:W1-1", 100)]
    service.post_many(session, [a_payment("K"), an_entry("E", *parts)])

    row = session.execute(
        text(
            "SELECT balance_minor, version, last_seq FROM account_balances b"
            " JOIN ledger_accounts a ON a.id = b.account_id WHERE a.code = 'L:payable:hh:H1'"
        )
    ).one()
    assert tuple(row) == (-100, 2, 2)


def test_reversals_together_never_exceed_the_original(session: Session) -> None:
    service.post_many(
        session,
        [
            a_payment("K", 300),
            an_earning("E1", {"L:payable:hh:H1": 100}),
            an_earning("E2", {"L:payable:hh:H1": 200}),
        ],
    )
    for number, minor in enumerate((60, 40)):
        lines = [("L:payable:hh:H1", minor), ("L:refund:R1", -minor)]
        service.post(session, an_entry(f"F{number}", *lines, reverses="E1"))

    lines = [("L:payable:hh:H1", 1), ("L:refund:R1", -1)]
    with pytest.raises(ConflictError) as refusal, session.begin_nested():
        service.post(session, an_entry("F3", *lines, reverses="E1"))

    assert refusal.value.code == "reversal_exceeds_original"
    assert queries.list_balances(session, ["L:payable:hh:H1"]) == {"L:payable:hh:H1": -200}


def test_a_reversal_in_the_same_direction_is_no_reversal(session: Session) -> None:
    service.post_many(session, [a_payment("K", 300), an_earning("E", {"L:payable:hh:H1": 100})])

    lines = [("L:payable:hh:H1", -1), ("L:prepaid:W1-1", 1)]
    with pytest.raises(ConflictError), session.begin_nested():
        service.post(session, an_entry("F", *lines, reverses="E"))


def test_only_a_posted_transaction_can_be_reversed(session: Session) -> None:
    with pytest.raises(NotFoundError) as refusal:
        service.post(
            session, an_entry("F", ("L:prepaid:1", 1), ("L:refund:1", -1), reverses="gone")
        )

    assert refusal.value.code == "posting_not_found"


def test_an_over_paid_household_pays_back_out_of_its_next_earning(session: Session) -> None:
    """H1 was paid 2,975, then the sale is refunded in full; its next earning is 4,000."""
    payout = an_entry(
        "S1",
        ("L:payable:hh:H1", 2_975),
        ("L:payout:inflight:B1", -2_975),
        kind=PostingKind.SETTLEMENT_APPROVED,
    )
    service.post_many(session, [a_payment(), an_earning("E", PARTS), payout])
    owed = [Line(code, minor) for code, minor in PARTS.items()]
    debits = service.debits_with_recovery(session, owed)
    refund = [(line.account_code, line.minor) for line in debits]
    service.post(session, an_entry("F2", *refund, ("L:refund:R1", -9_999), reverses="E"))

    nothing = service.recovery_entry(
        session, [Line("L:payable:hh:H2", -10)], key="x", source="line:2", effective_at=NOON
    )
    earned = [Line("L:payable:hh:H1", -4_000)]
    set_off = service.recovery_entry(
        session, earned, key="line:2:set-off", source="line:2", effective_at=NOON
    )
    assert set_off is not None
    service.post_many(
        session,
        [
            a_payment("K2", 4_000, "W2"),
            an_earning("E2", {"L:payable:hh:H1": 4_000}, "W2"),
            set_off,
        ],
    )

    assert nothing is None
    assert queries.list_balances(
        session, ["L:payable:hh:H1", "A:recover:hh:H1", "L:payable:hh:H2", "L:refund:R1"]
    ) == {
        "L:payable:hh:H1": -1_025,
        "A:recover:hh:H1": 0,
        "L:payable:hh:H2": 0,
        "L:refund:R1": -9_999,
    }


def test_credits_that_no_payable_holds_leave_nothing_to_set_off(session: Session) -> None:
    credits_ = [Line("I:commission", -300), Line("T:line:1", -5)]

    assert (
        service.recovery_entry(session, credits_, key="x", source="x", effective_at=NOON)
        is None
    )


def test_a_refusal_of_the_database_without_a_name_of_ours_is_not_hidden(
    session: Session,
) -> None:
    service.post(session, a_payment("K"))
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text("UPDATE ledger_accounts SET book = 'CNY.T'"))
    session.execute(text("SET LOCAL session_replication_role = origin"))

    with pytest.raises(IntegrityError, match="another book"):
        service.post(session, a_payment("K2"))
