"""Bank transfers: exact, partial, too much, for several orders, for nobody; decided once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from catalog.models import Lot
from kernel import vault
from kernel.errors import ConflictError, InvalidError
from ledger import queries as ledger_queries
from orders import queries as order_queries
from orders.models import OrderGroup
from orders.values import GroupState
from payments.errors import StatementRefusedError
from payments.models import BankDecision, BankRow, Payment, Refund
from payments.queries import transfers as queries
from payments.rules import transfers as rules
from payments.values import PaymentState
from payments.values.transfers import Decider
from reporting.invariants import checks
from shop.settings import DEMO_VAULT_KEY
from tests.builders.catalog import NOON
from tests.builders.sales import World, a_capture, a_world
from tests.builders.transfers import a_bank_row, a_waiting_group, some_transfer_params
from workflows import checkout, order_cancelled, order_paid, refund_run, transfer_received
from workflows.order_cancelled import Refusal
from workflows.order_paid import Outcome
from workflows.transfer_received import Seen

LATER = NOON + timedelta(days=1)
EXPIRED = NOON + timedelta(days=4)
CLERK = Decider("person:7", "对照合同核实")


@pytest.fixture
def world(session: Session) -> World:
    world = a_world(session)
    some_transfer_params(session)
    return world


def state_of(session: Session, number: str) -> GroupState:
    return session.scalars(select(OrderGroup.state).where(OrderGroup.number == number)).one()


def balance(session: Session, code: str) -> int:
    return ledger_queries.list_balances(session, [code])[code]


def match_all(session: Session, row_id: int) -> int:
    times = 0
    while transfer_received.match_by_code(session, row_id, at=LATER):
        times += 1
    return times


def assert_books_hold(session: Session) -> None:
    session.flush()
    broken = [
        one.name for check in checks.CHECKS if not (one := checks.ask(session, check)).holds
    ]
    assert broken == []


def test_the_exact_amount_with_its_code_pays_the_order(session: Session, world: World) -> None:
    group, code = a_waiting_group(session, {world.goat.code: 2})
    row = a_bank_row(session, "B1", group.total_minor, f"货款 {rules.spoken(code)}", at=LATER)

    assert match_all(session, row) == 1
    assert state_of(session, group.number) is GroupState.PAID
    assert balance(session, "A:bank:main") == group.total_minor
    assert balance(session, f"L:prepaid:{group.number}-1") == -group.total_minor
    assert balance(session, f"L:unapplied:BR{row}") == 0
    assert order_queries.list_allocations(session, f"{group.number}-1")
    assert_books_hold(session)


def test_goods_are_held_for_days_and_the_order_expires_only_with_nothing_received(
    session: Session, world: World
) -> None:
    empty, _ = a_waiting_group(session, {world.goat.code: 1})
    partly, code = a_waiting_group(session, {world.goat.code: 1})
    match_all(session, a_bank_row(session, "B1", 100, code, at=LATER))

    assert order_queries.list_expired(session, at=LATER) == []
    assert order_queries.list_expired(session, at=EXPIRED) == [empty.number]
    assert checkout.expire(session, empty.number, at=EXPIRED)
    assert not checkout.expire(session, partly.number, at=EXPIRED)
    assert not checkout.cancel(session, partly.number, actor="guest", at=EXPIRED)
    assert_books_hold(session)


def test_part_of_it_waits_until_the_rest_comes(session: Session, world: World) -> None:
    group, code = a_waiting_group(session, {world.goat.code: 2})
    first = a_bank_row(session, "B1", 5_000, code, at=LATER)
    match_all(session, first)

    assert state_of(session, group.number) is GroupState.AWAITING_BANK
    assert balance(session, f"L:unapplied:bank-{group.number}") == -5_000
    assert [one.group_number for one in queries.list_partly_paid(session)] == [group.number]

    match_all(session, a_bank_row(session, "B2", group.total_minor - 5_000, code, at=LATER))

    assert state_of(session, group.number) is GroupState.PAID
    assert balance(session, f"L:unapplied:bank-{group.number}") == 0
    assert_books_hold(session)


def test_what_is_too_much_stays_unapplied_and_can_be_returned_once(
    session: Session, world: World
) -> None:
    group, code = a_waiting_group(session, {world.goat.code: 1})
    row = a_bank_row(session, "B1", group.total_minor + 77, code, at=LATER)
    match_all(session, row)

    assert [one.left_minor for one in queries.list_open_rows(session)] == [77]
    transfer_received.send_back(session, Seen(row, 77), "R1", CLERK, at=LATER)
    with pytest.raises(ConflictError, match="meanwhile"):
        transfer_received.send_back(session, Seen(row, 77), "R2", CLERK, at=LATER)

    assert balance(session, "A:bank:main") == group.total_minor
    assert queries.list_open_rows(session) == []
    assert_books_hold(session)


def test_one_row_pays_several_orders(session: Session, world: World) -> None:
    one, first = a_waiting_group(session, {world.goat.code: 1})
    other, second = a_waiting_group(session, {world.shoots.code: 1})
    total = one.total_minor + other.total_minor
    row = a_bank_row(session, "B1", total, f"{first}，{second}", at=LATER)

    assert match_all(session, row) == 2
    assert state_of(session, one.number) is state_of(session, other.number) is GroupState.PAID
    assert_books_hold(session)


def test_a_row_without_a_code_waits_for_a_person(session: Session, world: World) -> None:
    group, _ = a_waiting_group(session, {world.goat.code: 1})
    row = a_bank_row(session, "B1", group.total_minor, "货款", at=LATER)

    assert match_all(session, row) == 0
    seen = Seen(row, group.total_minor)
    with pytest.raises(InvalidError):
        transfer_received.assign(
            session, seen, group.number, 100, Decider("person:7", " "), at=LATER
        )


def test_a_person_decides_with_a_reason_and_nothing_twice(
    session: Session, world: World
) -> None:
    group, _ = a_waiting_group(session, {world.goat.code: 1})
    total = group.total_minor
    row = a_bank_row(session, "B1", total + 500, "货款", at=LATER)
    seen = Seen(row, total + 500)

    with pytest.raises(ConflictError, match="still to come"):
        transfer_received.assign(session, seen, group.number, total + 1, CLERK, at=LATER)
    assert transfer_received.assign(session, seen, group.number, total, CLERK, at=LATER)
    with pytest.raises(ConflictError, match="meanwhile"):
        transfer_received.assign(session, seen, group.number, total, CLERK, at=LATER)
    with pytest.raises(ConflictError, match="waits for no transfer"):
        transfer_received.assign(session, Seen(row, 500), group.number, 500, CLERK, at=LATER)

    decision = session.scalars(select(BankDecision)).one()
    assert (decision.actor, decision.reason) == (CLERK.actor, CLERK.reason)
    assert_books_hold(session)


def test_an_order_given_up_frees_goods_and_money(session: Session, world: World) -> None:
    group, code = a_waiting_group(session, {world.goat.code: 3})
    row = a_bank_row(session, "B1", 4_000, code, at=LATER)
    match_all(session, row)
    transfer_received.give_up(session, group.number, CLERK, at=LATER)

    assert state_of(session, group.number) is GroupState.CANCELLED
    assert [one.left_minor for one in queries.list_open_rows(session)] == [4_000]
    assert session.scalar(select(Lot.available).where(Lot.sku_id == world.goat.id)) == 10
    assert_books_hold(session)


def test_the_same_statement_again_changes_nothing(session: Session, world: World) -> None:
    a_bank_row(session, "B1", 5_000, "货款", at=LATER)
    a_bank_row(session, "B1", 5_000, "货款", at=LATER)

    assert session.scalar(select(func.count()).select_from(BankRow)) == 1
    assert balance(session, "A:bank:main") == 5_000


def test_a_reference_of_another_payment_is_refused(session: Session, world: World) -> None:
    a_bank_row(session, "B1", 5_000, "货款", at=LATER)

    with pytest.raises(StatementRefusedError):
        a_bank_row(session, "B1", 5_001, "货款", at=LATER)


def test_other_money_never_pays_an_order_that_has_received_some(
    session: Session, world: World
) -> None:
    group, code = a_waiting_group(session, {world.goat.code: 1})
    match_all(session, a_bank_row(session, "B1", 100, code, at=LATER))

    assert order_paid.settle(session, a_capture(session, group, at=LATER)) is Outcome.LATE
    assert session.scalars(select(Refund.amount_minor)).all() == [group.total_minor]
    assert_books_hold(session)


def test_a_refund_goes_back_from_the_bank(session: Session, world: World) -> None:
    group, code = a_waiting_group(session, {world.goat.code: 1})
    match_all(session, a_bank_row(session, "B1", group.total_minor, code, at=LATER))
    refusal = Refusal("person:7", "buyer_cancelled")
    refund = order_cancelled.refund_in_full(session, f"{group.number}-1", refusal, at=LATER)
    refund_run.confirm(session, refund, provider_reference="R1", at=LATER)

    assert balance(session, "A:bank:main") == 0
    assert_books_hold(session)


def test_persons_may_be_refused_by_a_dated_parameter(session: Session) -> None:
    a_world(session)
    some_transfer_params(session, bank_transfer_persons=0)

    assert not transfer_received.may_choose(session, None, at=NOON)
    assert transfer_received.may_choose(session, "UNION", at=NOON)


@pytest.fixture
def busy(fresh_database_url: str) -> Iterator[Engine]:
    vault.use_key(DEMO_VAULT_KEY)
    engine = create_engine(fresh_database_url, pool_size=12)
    yield engine
    engine.dispose()


def test_twenty_at_once_match_one_row_once(busy: Engine) -> None:
    with Session(busy) as session:
        world = a_world(session)
        some_transfer_params(session)
        group, code = a_waiting_group(session, {world.goat.code: 1})
        row = a_bank_row(session, "B1", group.total_minor, code, at=LATER)
        session.commit()

    def match(number: int) -> bool:
        with Session(busy) as session:
            try:
                done = (
                    transfer_received.match_by_code(session, row, at=LATER)
                    if number % 2
                    else transfer_received.assign(
                        session,
                        Seen(row, group.total_minor),
                        group.number,
                        group.total_minor,
                        CLERK,
                        at=LATER,
                    )
                )
            except ConflictError:
                return False
            session.commit()
            return done

    with ThreadPoolExecutor(10) as pool:
        done = list(pool.map(match, range(20)))

    with Session(busy) as session:
        assert sum(done) == 1
        assert session.scalar(select(func.count()).select_from(BankDecision)) == 1
        assert session.scalars(select(Payment.state)).all() == [PaymentState.SUCCEEDED]
        assert_books_hold(session)
