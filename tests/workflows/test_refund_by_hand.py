"""Refunds no provider carries out: an account, two people, the books; failures go on."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from kernel.errors import ConflictError, InvalidError, NotFoundError
from kernel.policy import PolicyParam
from ledger import queries as ledger_queries
from payments import service as payments
from payments.models import Payment, Refund
from payments.queries import byhand as queries
from payments.rules import byhand as rules
from payments.values import RefundReading, RefundState
from payments.values.byhand import BankAccount, HandReason
from payments.values.settlements import ReturnReason
from tests.builders.catalog import NOON
from tests.builders.places import once
from tests.builders.sales import World, a_paid_group, a_world
from tests.builders.settlements import some_staff
from tests.builders.transfers import a_bank_row, a_waiting_group, some_transfer_params
from tests.workflows.test_transfer_received import assert_books_hold, match_all
from workflows import order_cancelled, refund_by_hand, refund_run
from workflows.order_cancelled import Refusal

REFUSAL = Refusal("person:1", "damaged")
ACCOUNT = BankAccount("王小姐", "示例银行", "6200000000000000123")
WINDOWS: Mapping[str, int] = {"alipay": 90, "wechat_pay": 180}


@pytest.fixture
def world(session: Session) -> World:
    for method, days in WINDOWS.items():
        row = {"code": f"{rules.WINDOW}{method}", "value": days, "unit": "", "basis": "test"}
        rest = {"note": "", "valid_from": date(2020, 1, 1)}
        once(session, PolicyParam, row | rest, key="code")
    return a_world(session)


def a_refund(session: Session, world: World, *, method: str | None = None) -> int:
    group = a_paid_group(session, {world.goat.code: 1})
    session.execute(
        update(Payment).where(Payment.group_number == group.number).values(method=method)
    )
    return order_cancelled.refund_in_full(session, f"{group.number}-1", REFUSAL, at=NOON)


def owed(session: Session, refund: int) -> int:
    account = f"L:refund:{refund}"
    return -ledger_queries.list_balances(session, [account])[account]


def fail(session: Session, refund: int, at: datetime = NOON) -> None:
    refund_run.order(session, refund, at=at)
    refund_run.refuse(session, refund, "insufficient_funds", at=at)


@pytest.mark.parametrize(("method", "days"), WINDOWS.items())
def test_a_wallet_takes_refunds_until_its_window_has_passed(
    session: Session, world: World, method: str, days: int
) -> None:
    refund = a_refund(session, world, method=method)
    last = NOON + timedelta(days=days)

    assert not refund_by_hand.open_if_needed(session, refund, at=last)
    assert refund_by_hand.open_if_needed(session, refund, at=last + timedelta(seconds=1))
    assert refund_by_hand.open_if_needed(session, refund, at=last + timedelta(days=1))
    hand = queries.list_by_hand(session, [refund])[refund]
    assert hand.why is HandReason.WINDOW_PASSED
    assert refund_run.order(session, refund, at=last + timedelta(days=1)) is None
    assert owed(session, refund) > 0
    assert_books_hold(session)


def test_a_card_has_no_window(session: Session, world: World) -> None:
    refund = a_refund(session, world, method="card")
    assert not refund_by_hand.open_if_needed(session, refund, at=NOON + timedelta(days=900))


def test_money_that_came_by_bank_goes_back_by_bank(session: Session, world: World) -> None:
    some_transfer_params(session)
    group, code = a_waiting_group(session, {world.goat.code: 1})
    match_all(session, a_bank_row(session, "B1", group.total_minor, code))
    later = NOON + timedelta(days=2)
    refund = order_cancelled.refund_in_full(session, f"{group.number}-1", REFUSAL, at=later)

    assert refund_by_hand.open_if_needed(session, refund, at=later)
    assert queries.list_by_hand(session, [refund])[refund].why is HandReason.CAME_BY_BANK


def test_two_people_and_an_account_pay_it(session: Session, world: World) -> None:
    one, two, _ = some_staff(session)
    refund = a_refund(session, world)
    fail(session, refund)
    refund_by_hand.open_failed(session, refund, at=NOON)

    with pytest.raises(ConflictError) as missing:
        refund_by_hand.release(session, refund, by=one, at=NOON)
    assert missing.value.code == "refund_account_missing"
    refund_by_hand.give_account(session, refund, ACCOUNT, at=NOON)
    with pytest.raises(ConflictError) as early:
        refund_by_hand.pay(session, refund, "T1", by=two, at=NOON)
    assert early.value.code == "refund_not_released"
    refund_by_hand.release(session, refund, by=one, at=NOON)
    with pytest.raises(ConflictError) as late:
        refund_by_hand.give_account(session, refund, ACCOUNT, at=NOON)
    assert late.value.code == "refund_released"
    with pytest.raises(ConflictError) as alone:
        refund_by_hand.pay(session, refund, "T1", by=one, at=NOON)
    assert alone.value.code == "refund_four_eyes"
    assert owed(session, refund) > 0

    assert refund_by_hand.pay(session, refund, "T1", by=two, at=NOON)
    assert not refund_by_hand.pay(session, refund, "T1", by=two, at=NOON)
    assert owed(session, refund) == 0
    assert ledger_queries.list_balances(session, ["A:bank:main"])["A:bank:main"] < 0
    assert_books_hold(session)


def transferred(session: Session, refund: int, reference: str) -> None:
    """Give an account, release and pay a refund by hand."""
    one, two, _ = some_staff(session)
    refund_by_hand.give_account(session, refund, ACCOUNT, at=NOON)
    refund_by_hand.release(session, refund, by=one, at=NOON)
    refund_by_hand.pay(session, refund, reference, by=two, at=NOON)


def test_a_transfer_the_bank_sends_back_is_owed_again_and_paid_to_another_account(
    session: Session, world: World
) -> None:
    one, _, _ = some_staff(session)
    refund = a_refund(session, world)
    fail(session, refund)
    refund_by_hand.open_failed(session, refund, at=NOON)
    due = owed(session, refund)
    with pytest.raises(ConflictError) as early:
        refund_by_hand.bounce(session, refund, ReturnReason.NAME_DIFFERS, by=one, at=NOON)
    assert early.value.code == "refund_not_paid"

    for number, reason in enumerate((ReturnReason.NAME_DIFFERS, ReturnReason.BANK_FAULT)):
        transferred(session, refund, f"T{number}")
        assert owed(session, refund) == 0
        refund_by_hand.bounce(session, refund, reason, by=one, at=NOON)
        assert owed(session, refund) == due
        assert ledger_queries.list_balances(session, ["A:bank:main"])["A:bank:main"] == 0
        assert payments.lock_refund(session, refund).state is RefundState.MANUAL_BANK
        with pytest.raises(ConflictError) as unreleased:
            refund_by_hand.release(session, refund, by=one, at=NOON)
        assert unreleased.value.code == "refund_account_missing"
    hand = queries.list_by_hand(session, [refund])[refund]
    assert [(row.bank_reference, row.reason) for row in hand.bounces] == [
        ("T0", ReturnReason.NAME_DIFFERS),
        ("T1", ReturnReason.BANK_FAULT),
    ]

    transferred(session, refund, "T2")
    assert owed(session, refund) == 0
    assert payments.lock_refund(session, refund).state is RefundState.SUCCEEDED
    assert_books_hold(session)


def test_the_number_of_a_transfer_that_came_back_is_taken(
    session: Session, world: World
) -> None:
    one, _, _ = some_staff(session)
    refund = a_refund(session, world)
    fail(session, refund)
    refund_by_hand.open_failed(session, refund, at=NOON)
    transferred(session, refund, "T1")
    refund_by_hand.bounce(session, refund, ReturnReason.OTHER, by=one, at=NOON)
    with pytest.raises(ConflictError) as twice:
        transferred(session, refund, "T1")
    assert twice.value.code == "bank_return_known"


def test_a_reason_no_bank_gives_is_refused(session: Session, world: World) -> None:
    one, _, _ = some_staff(session)
    refund = a_refund(session, world)
    fail(session, refund)
    refund_by_hand.open_failed(session, refund, at=NOON)
    transferred(session, refund, "T1")
    with pytest.raises(InvalidError):
        refund_by_hand.bounce(session, refund, ReturnReason.NAME_UNWRITABLE, by=one, at=NOON)


@pytest.mark.parametrize("is_paid", [False, True])
def test_a_provider_that_says_once_more_that_it_failed_changes_nothing(
    session: Session, world: World, *, is_paid: bool
) -> None:
    refund = a_refund(session, world)
    fail(session, refund)
    refund_by_hand.open_failed(session, refund, at=NOON)
    if is_paid:
        transferred(session, refund, "T1")
    told = payments.lock_refund(session, refund)
    reading = RefundReading(
        provider=told.provider,
        reference="re_late",
        intent=told.intent or told.payment_reference,
        amount_minor=told.amount_minor,
        currency=told.currency,
        state=RefundState.FAILED,
        failure_code="insufficient_funds",
        refund_id=refund,
        tries=told.tries,
        at=NOON,
    )

    assert not refund_run.apply(session, reading)
    assert payments.lock_refund(session, refund) == told
    assert_books_hold(session)


def test_a_release_can_be_taken_back_for_another_account(
    session: Session, world: World
) -> None:
    one, _, _ = some_staff(session)
    refund = a_refund(session, world)
    fail(session, refund)
    refund_by_hand.open_failed(session, refund, at=NOON)
    refund_by_hand.give_account(session, refund, ACCOUNT, at=NOON)
    refund_by_hand.release(session, refund, by=one, at=NOON)
    refund_by_hand.hold(session, refund)
    other = BankAccount("李先生", "示例银行", "6200000000000000999")
    refund_by_hand.give_account(session, refund, other, at=NOON)

    masked = queries.list_by_hand(session, [refund])[refund].account
    assert masked == BankAccount("李**", "示例银行", "****0999")
    assert queries.open_account(session, refund).account == other


def test_a_failed_refund_is_ordered_again_once(session: Session, world: World) -> None:
    refund = a_refund(session, world)
    with pytest.raises(ConflictError):
        refund_by_hand.resubmit(session, refund, at=NOON)
    fail(session, refund)
    refund_by_hand.resubmit(session, refund, at=NOON)
    with pytest.raises(ConflictError) as again:
        refund_by_hand.resubmit(session, refund, at=NOON)
    assert again.value.code == "refund_not_failed"

    orders = [refund_run.order(session, refund, at=NOON) for _ in range(2)]
    assert {order.tries for order in orders if order} == {2}
    assert payments.lock_refund(session, refund).state is RefundState.SUBMITTED


def test_a_wallet_past_its_window_is_not_asked_again(session: Session, world: World) -> None:
    refund = a_refund(session, world, method="alipay")
    fail(session, refund)
    with pytest.raises(ConflictError) as refusal:
        refund_by_hand.resubmit(session, refund, at=NOON + timedelta(days=91))
    assert refusal.value.code == "refund_window_passed"


def test_one_bank_number_pays_one_refund(session: Session, world: World) -> None:
    one, two, _ = some_staff(session)
    refunds = [a_refund(session, world) for _ in range(2)]
    for refund in refunds:
        fail(session, refund)
        refund_by_hand.open_failed(session, refund, at=NOON)
        refund_by_hand.give_account(session, refund, ACCOUNT, at=NOON)
        refund_by_hand.release(session, refund, by=one, at=NOON)
    refund_by_hand.pay(session, refunds[0], "T1", by=two, at=NOON)
    with pytest.raises(ConflictError) as twice:
        refund_by_hand.pay(session, refunds[1], "T1", by=two, at=NOON)
    assert twice.value.code == "bank_return_known"


@pytest.mark.parametrize(
    ("holder", "bank", "number"),
    [
        ("", "银行", "12345678"),
        ("张", "", "12345678"),
        ("张", "银行", "1234567"),
        ("张", "银行", "12a45678"),
    ],
)
def test_what_is_no_account_is_refused(holder: str, bank: str, number: str) -> None:
    with pytest.raises(InvalidError):
        rules.checked_account(holder, bank, number)


def test_an_account_is_read_however_it_is_written() -> None:
    assert rules.checked_account(" 张三 ", "银行", "6222 0000-0000 ００00") == BankAccount(
        "张三", "银行", "6222000000000000"
    )


def test_only_a_refund_by_hand_takes_an_account(session: Session, world: World) -> None:
    refund = a_refund(session, world)
    assert session.get(Refund, refund) is not None
    with pytest.raises(NotFoundError):
        refund_by_hand.give_account(session, refund, ACCOUNT, at=NOON)
