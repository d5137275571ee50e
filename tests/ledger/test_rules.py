"""The chart of accounts and what a posting must satisfy."""

import pytest

from kernel.errors import InvalidError
from ledger import rules
from ledger.values import AccountKind, Book, Line, PostingKind, Side
from tests.builders.ledger import a_payment, an_entry


@pytest.mark.parametrize(
    ("code", "kind", "normal", "guarded", "custodian", "owner"),
    [
        ("A:demo:pending", "asset", "D", False, "demo", None),
        ("A:stripe:available", "asset", "D", False, "stripe", None),
        ("A:bank:main", "asset", "D", False, "bank", None),
        ("A:ar:B07", "asset", "D", True, None, "buyer:B07"),
        ("A:inventory:lot:L1", "asset", "D", True, None, "lot:L1"),
        ("A:recover:hh:H0001", "asset", "D", False, None, "hh:H0001"),
        ("A:recover:H1", "asset", "D", False, None, "H1"),
        (
            "L:prepaid:WL261122-7K3QXA-1",
            "liability",
            "C",
            True,
            None,
            "order:WL261122-7K3QXA-1",
        ),
        ("L:payable:hh:H0001", "liability", "C", True, None, "hh:H0001"),
        (
            "L:payable:village:500156104207.poor",
            "liability",
            "C",
            True,
            None,
            "village:500156104207.poor",
        ),
        ("L:wage:H0001", "liability", "C", True, None, "hh:H0001"),
        ("L:payout:inflight:B1", "liability", "C", True, None, "batch:B1"),
        ("I:commission", "income", "C", False, None, None),
        ("E:payment_fee", "expense", "D", False, None, None),
        ("T:line:7", "trace", "C", False, None, "line:7"),
        ("T:hh:H0001:operating", "trace", "D", False, None, "hh:H0001"),
    ],
)
def test_the_chart_says_what_an_account_is(
    code: str,
    kind: str,
    normal: str,
    *,
    guarded: bool,
    custodian: str | None,
    owner: str | None,
) -> None:
    account = rules.classify(code)

    assert account.kind is AccountKind(kind)
    assert account.normal is Side(normal)
    assert account.guarded is guarded
    assert (account.custodian, account.owner) == (custodian, owner)
    assert account.book is (Book.TRACE if code.startswith("T:") else Book.MONEY)


@pytest.mark.parametrize(
    "code",
    ["", "A:cash", "L:payable:hh:", "L:payable:hh:H 1", "I:commission:x", "T:hh:H1:gift"],
)
def test_an_account_outside_the_chart_is_refused(code: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        rules.classify(code)

    assert refusal.value.code == "account_not_in_chart"


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([("A:demo:pending", 5), ("L:prepaid:1", -4)], "posting_unbalanced"),
        ([("A:demo:pending", 0)], "posting_empty"),
        ([("A:demo:pending", 1.0), ("L:prepaid:1", -1.0)], "amount_not_whole"),
        ([("A:demo:pending", 5), ("T:line:1", -5)], "posting_mixes_books"),
        ([("A:demo:pending", 5), ("A:bank:main", -5)], "posting_mixes_custodians"),
        ([("A:cash", 5), ("L:prepaid:1", -5)], "account_not_in_chart"),
    ],
)
def test_a_posting_that_cannot_be_true_is_refused(
    lines: list[tuple[str, int]], code: str
) -> None:
    with pytest.raises(InvalidError) as refusal:
        rules.checked_lines(an_entry("K", *lines))

    assert refusal.value.code == code


def test_only_a_sweep_moves_money_between_custodians() -> None:
    sweep = an_entry(
        "po:1:paid",
        ("A:bank:main", 5),
        ("A:stripe:available", -5),
        kind=PostingKind.CUSTODIAN_SWEEP,
    )

    assert len(rules.checked_lines(sweep)) == 2


def test_lines_of_zero_fen_are_left_out() -> None:
    entry = an_entry("K", ("L:prepaid:1", 5), ("I:commission", 0), ("L:payable:hh:H1", -5))

    assert [line.account_code for line in rules.checked_lines(entry)] == [
        "L:prepaid:1",
        "L:payable:hh:H1",
    ]


def test_the_order_of_lines_does_not_change_what_is_requested() -> None:
    one = an_entry("K", ("A:demo:pending", 5), ("L:prepaid:1", -5))
    other = an_entry("K", ("L:prepaid:1", -5), ("A:demo:pending", 5))

    assert rules.request_hash(one, one.lines) == rules.request_hash(other, other.lines)
    assert rules.request_hash(one, one.lines) != rules.request_hash(
        a_payment("K", 6), a_payment("K", 6).lines
    )


def test_a_party_that_was_paid_out_owes_what_its_payable_lacks() -> None:
    debits = [Line("L:payable:hh:H1", 2_975), Line("I:commission", 300)]

    lines = rules.cover_debits(debits, {"L:payable:hh:H1": -975})

    assert lines == [
        Line("L:payable:hh:H1", 975),
        Line("A:recover:hh:H1", 2_000),
        Line("I:commission", 300),
    ]


def test_a_payable_debited_twice_is_not_taken_below_zero() -> None:
    debits = [Line("L:payable:hh:H1", 600), Line("L:payable:hh:H1", 600)]

    lines = rules.cover_debits(debits, {"L:payable:hh:H1": -1_000})

    assert sum(line.minor for line in lines if line.account_code == "L:payable:hh:H1") == 1_000
    assert lines[-1] == Line("A:recover:hh:H1", 200)


def test_a_claim_is_paid_out_of_the_next_credit_and_never_beyond_it() -> None:
    credits_ = [Line("L:payable:hh:H1", -4_000), Line("L:payable:coop:C1", -50)]

    lines = rules.set_off(credits_, {"A:recover:hh:H1": 2_975, "A:recover:coop:C1": 80})

    assert lines == [
        Line("L:payable:hh:H1", 2_975),
        Line("A:recover:hh:H1", -2_975),
        Line("L:payable:coop:C1", 50),
        Line("A:recover:coop:C1", -50),
    ]
