"""From what is owed to what the bank has paid."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from households import service as households
from households.values import HouseholdId, Identity
from kernel.audit import AuditRow
from kernel.errors import ForbiddenError, InvalidError
from ledger import service as ledger
from ledger.values import PostingKind
from payments import queries
from payments import service as payments
from payments.rules import settlements as names
from payments.values import (
    FileFormat,
    HoldReason,
    LineState,
    ReturnReason,
)
from tests.builders.ledger import an_entry
from tests.builders.places import a_household
from tests.builders.settlements import (
    COOP,
    FUND,
    HOUSEHOLD,
    JULY,
    JUNE,
    VILLAGE,
    WAGE,
    a_closed,
    an_approved,
    balance,
    lines_by_kind,
    some_owed,
    some_payees,
    some_staff,
)
from workflows import payout_run, period_closed

SMALLEST = 100
"""What is paid at least, in fen; less is carried over."""


@pytest.fixture(autouse=True)
def _world(session: Session) -> None:
    some_payees(session)


def test_each_payee_gets_what_it_is_owed_at_the_end_of_the_period(session: Session) -> None:
    some_owed(session, "1", {COOP: 5_000, VILLAGE: 700, FUND: 300, HOUSEHOLD: 9_000, WAGE: 150})
    some_owed(session, "2", {COOP: 1_000}, at=JULY - timedelta(hours=1))

    lines = lines_by_kind(session, a_closed(session))

    assert {kind: row.amount_minor for kind, row in lines.items()} == {
        "cooperative": 5_000,
        "village": 700,
        "village_fund": 300,
        "household": 9_000,
        "wage": 150,
    }
    assert {row.state for row in lines.values()} == {LineState.READY}
    assert lines["household"].owner == lines["wage"].owner == "hh:H0001"


def test_never_more_than_is_owed_now(session: Session) -> None:
    some_owed(session, "1", {COOP: 5_000})
    ledger.post(
        session,
        an_entry("back", (COOP, 1_200), ("L:refund:1", -1_200), at=JULY - timedelta(hours=2)),
    )

    lines = lines_by_kind(session, a_closed(session))

    assert lines["cooperative"].amount_minor == 3_800


@given(moves=st.lists(st.integers(-3_000, 3_000).filter(bool), max_size=6))
@example(moves=[-1_901, -3_000])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_settlement_dated_back_takes_no_money_that_came_later(
    session: Session, moves: list[int]
) -> None:
    with session.begin_nested() as nested:
        some_owed(session, "1", {COOP: 5_000})
        held, least = 5_000, 5_000
        for day, drawn in enumerate(moves, start=1):
            minor = max(drawn, -held)
            if minor:
                lines = ((COOP, -minor), (names.BANK, minor))
                moment = JULY + timedelta(days=day)
                ledger.post(session, an_entry(f"later:{day}", *lines, at=moment))
            held += minor
            least = min(least, held)

        if held >= SMALLEST:
            code = an_approved(session)
            period = payments.lock_period(session, code)
            paid = sum(line.amount_minor for line in payments.list_inflight(session, period.id))
            assert paid == least
        nested.rollback()


def test_an_earlier_settlement_is_taken_off_whenever_it_was_booked(session: Session) -> None:
    some_owed(session, "1", {COOP: 5_000}, at=JUNE - timedelta(days=20))
    staff = some_staff(session)
    may = payments.open_period(
        session, date(2026, 5, 1), date(2026, 5, 31), by=staff[0], at=JULY
    )
    period_closed.close(session, may, at=JULY)
    payments.propose(session, may, by=staff[0], at=JULY)
    payout_run.approve(session, may, by=staff[1], at=JULY)
    payout_run.approve(session, may, by=staff[2], at=JULY)
    some_owed(session, "2", {COOP: 700})
    some_owed(session, "3", {COOP: 400}, at=JULY - timedelta(hours=1))

    assert lines_by_kind(session, a_closed(session))["cooperative"].amount_minor == 700


def test_a_period_ends_with_the_running_month_at_the_latest(session: Session) -> None:
    """A mistyped year would overlap every later period, and none could be opened any more."""
    one = some_staff(session)[0]
    begins = date(2026, 7, 1)

    for ends in (date(2026, 8, 1), date(2062, 7, 31), date(9999, 12, 31)):
        with pytest.raises(InvalidError) as refused:
            payments.open_period(session, begins, ends, by=one, at=JULY)
        assert refused.value.code == "settlement_period_ahead"

    assert payments.open_period(session, begins, date(2026, 7, 31), by=one, at=JULY)


def test_small_amounts_carry_over_and_unknown_accounts_are_held(session: Session) -> None:
    some_owed(session, "1", {HOUSEHOLD: 99, COOP: 100, "L:payable:logistics:LOG9": 5_000})

    lines = lines_by_kind(session, a_closed(session))

    assert lines["household"].state is LineState.CARRIED
    assert lines["cooperative"].state is LineState.READY
    assert (lines["logistics"].state, lines["logistics"].hold_reason) == (
        LineState.HELD,
        HoldReason.NO_ACCOUNT,
    )


def test_an_erased_household_is_held(session: Session) -> None:
    a_household(session, "H0002")
    some_owed(session, "1", {"L:payable:hh:H0002": 5_000})

    assert (
        lines_by_kind(session, a_closed(session))["household"].hold_reason is HoldReason.ERASED
    )


def test_shares_nobody_has_paid_in_for_are_not_paid(session: Session) -> None:
    some_owed(session, "1", {HOUSEHOLD: 1_000, VILLAGE: 900})
    ledger.post(
        session,
        an_entry(
            "allot:D1",
            ("A:ar:D1", 2_600),
            (VILLAGE, 400),
            (HOUSEHOLD, -2_000),
            (COOP, -1_000),
            kind=PostingKind.PERIOD_ALLOTTED,
            at=JUNE,
        ),
    )

    lines = lines_by_kind(session, a_closed(session))

    assert (lines["household"].amount_minor, lines["household"].withheld_minor) == (
        1_000,
        2_000,
    )
    assert lines["cooperative"].hold_reason is HoldReason.UNCOLLECTED
    assert (lines["village"].amount_minor, lines["village"].withheld_minor) == (500, 0)


def test_a_payer_that_paid_a_part_gets_no_more_than_it_is_owed(session: Session) -> None:
    some_owed(session, "1", {COOP: 5_000})
    ledger.post(
        session,
        an_entry(
            "allot:D1",
            (COOP, 4_000),
            ("A:ar:D1", 1_000),
            (HOUSEHOLD, -5_000),
            kind=PostingKind.PERIOD_ALLOTTED,
            at=JUNE,
        ),
    )

    lines = lines_by_kind(session, a_closed(session))

    assert lines["cooperative"].amount_minor == 1_000
    assert lines["household"].hold_reason is HoldReason.UNCOLLECTED


def test_what_an_over_paid_party_owes_is_taken_first(session: Session) -> None:
    some_owed(session, "1", {HOUSEHOLD: 1_000})
    ledger.post(
        session, an_entry("claim", ("A:recover:hh:H0001", 400), ("L:refund:1", -400), at=JUNE)
    )

    lines = lines_by_kind(session, a_closed(session))

    assert lines["household"].amount_minor == 600
    assert balance(session, "A:recover:hh:H0001") == 0


def test_approval_takes_two_others(session: Session) -> None:
    some_owed(session, "1", {COOP: 5_000})
    one, two, three = some_staff(session)
    code = a_closed(session)
    payments.propose(session, code, by=one, at=JULY)

    with pytest.raises(ForbiddenError, match="somebody else"):
        payout_run.approve(session, code, by=one, at=JULY)
    assert not payout_run.approve(session, code, by=two, at=JULY)
    assert not payout_run.approve(session, code, by=two, at=JULY)
    assert balance(session, COOP) == -5_000
    assert payout_run.approve(session, code, by=three, at=JULY)

    assert balance(session, COOP) == 0
    assert balance(session, f"L:payout:inflight:{code}") == -5_000


def test_a_refused_proposal_can_be_put_right(session: Session) -> None:
    some_owed(session, "1", {COOP: 5_000, HOUSEHOLD: 700})
    one, two, three = some_staff(session)
    code = a_closed(session)
    payments.propose(session, code, by=one, at=JULY)
    payout_run.approve(session, code, by=two, at=JULY)
    payments.refuse(session, code, "合作社有争议", by=three, at=JULY)
    number = lines_by_kind(session, code)["cooperative"].number

    payments.hold_line(session, code, number, "争议处理中")
    payments.propose(session, code, by=two, at=JULY)
    payout_run.approve(session, code, by=one, at=JULY)
    assert payout_run.approve(session, code, by=three, at=JULY)

    assert (balance(session, COOP), balance(session, HOUSEHOLD)) == (-5_000, 0)


def test_a_refund_between_closing_and_approval_lowers_the_line(session: Session) -> None:
    some_owed(session, "1", {COOP: 5_000, HOUSEHOLD: 700})
    one, two, three = some_staff(session)
    code = a_closed(session)
    payments.propose(session, code, by=one, at=JULY)
    ledger.post(
        session,
        an_entry("back", (COOP, 5_000), (HOUSEHOLD, 100), ("L:refund:1", -5_100), at=JULY),
    )
    payout_run.approve(session, code, by=two, at=JULY)
    payout_run.approve(session, code, by=three, at=JULY)

    lines = lines_by_kind(session, code)
    assert lines["cooperative"].hold_reason is HoldReason.RECOVERY
    assert (lines["household"].amount_minor, lines["household"].snapshot_minor) == (600, 700)
    assert balance(session, f"L:payout:inflight:{code}") == -600


def test_the_file_is_written_once_and_opened_with_a_record(session: Session) -> None:
    some_owed(session, "1", {COOP: 5_000, HOUSEHOLD: 12_345})
    code = an_approved(session)
    payout_run.write_file(session, code, at=JULY)
    first = queries.open_file(session, code, FileFormat.UTF8)
    payout_run.write_file(session, code, at=JULY + timedelta(hours=1))
    payout_run.submit(session, code, by=some_staff(session)[0], at=JULY)
    payout_run.submit(session, code, by=some_staff(session)[1], at=JULY)

    assert queries.open_file(session, code, FileFormat.UTF8) == first
    assert first.decode("utf-8-sig").splitlines() == [
        "批次号,明细编号,收款人户名,收款账号,金额(元),用途",
        f"{code},1,测试户名,6200000000000000,50.00,助农结算",
        f"{code},2,张样例,6200000000000001,123.45,助农结算",
    ]
    chinese = queries.open_file(session, code, FileFormat.GB18030).decode("gb18030")
    assert chinese == first.decode("utf-8-sig")
    acts = session.scalars(select(AuditRow.action)).all()
    assert acts.count("payout_accounts_opened") == 1


def test_an_account_no_bank_could_take_comes_back_before_the_bank_sees_it(
    session: Session,
) -> None:
    households.seal_identity(
        session, HouseholdId("H0001"), Identity(name="=CMD()", bank_account="62000000001")
    )
    some_owed(session, "1", {COOP: 5_000, HOUSEHOLD: 700})
    code = an_approved(session)

    payout_run.write_file(session, code, at=JULY)

    line = lines_by_kind(session, code)["household"]
    assert (line.state, line.return_reason) == (
        LineState.RETURNED,
        ReturnReason.ACCOUNT_INVALID,
    )
    assert balance(session, HOUSEHOLD) == -700
    assert b"CMD" not in queries.open_file(session, code, FileFormat.UTF8)
