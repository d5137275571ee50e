"""On terms: the line is never passed, delivery owes, bank money clears, overdue bills lock."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel import vault
from kernel.clock import local_date
from kernel.errors import ConflictError
from ledger import queries as ledger_queries
from orders import queries as order_queries
from payments.models import BankRow, CreditAccount, CreditLine, Refund
from payments.queries import terms as queries
from payments.service import terms as service
from payments.values import Bearer, RefundState
from payments.values.terms import LineVerdict
from payments.values.transfers import Decider
from shop.settings import DEMO_VAULT_KEY
from tests.builders.catalog import NOON
from tests.builders.sales import World, a_group, a_world, balances
from tests.builders.settlements import some_staff
from tests.builders.terms import (
    DAYS,
    a_group_on_terms,
    a_line,
    a_logger,
    buyer_of,
    deliver_part,
)
from tests.builders.transfers import a_bank_row
from tests.workflows.test_transfer_received import assert_books_hold, match_all
from workflows import order_cancelled, order_compensated, terms, transfer_received
from workflows.order_cancelled import LineBack, PartBack, Refusal
from workflows.order_compensated import Loss
from workflows.transfer_received import Seen

BUYER = "E01"
LINE = 5_000_000
AT = NOON + timedelta(hours=1)
LATER = NOON + timedelta(days=1)
REFUSAL = Refusal("person:1", "damaged")
WORKERS, TRIES, FITTING = 12, 50, 7


@pytest.fixture
def world(session: Session) -> World:
    world = a_world(session)
    a_logger(session)
    a_line(session, BUYER, LINE)
    return world


def used(session: Session, organisation: str = BUYER) -> int:
    return session.scalars(
        select(CreditAccount.used_minor).where(CreditAccount.organisation_code == organisation)
    ).one()


def owed(session: Session) -> int:
    account = f"A:ar:{BUYER}"
    return ledger_queries.list_balances(session, [account])[account]


def a_bill(session: Session, world: World, packs: int = 2) -> tuple[str, int]:
    group = a_group_on_terms(session, BUYER, {world.goat.code: packs})
    number = f"{group.number}-1"
    deliver_part(session, number)
    return number, group.total_minor


def code_of(session: Session, number: str) -> str:
    bill = queries.find_bill(session, number)
    assert bill is not None
    return bill.code


def test_placing_takes_from_the_line_and_books_no_money(session: Session, world: World) -> None:
    group = a_group_on_terms(session, BUYER, {world.goat.code: 2})
    terms.choose(session, group.number, at=NOON)

    assert used(session) == group.total_minor
    assert balances(session) == {}
    assert order_queries.list_allocations(session, f"{group.number}-1")
    assert_books_hold(session)


def test_delivery_owes_what_the_buyer_has_not_paid(session: Session, world: World) -> None:
    number, total = a_bill(session, world)

    bill = queries.find_bill(session, number)
    assert bill is not None
    assert (bill.amount_minor, bill.due_on) == (total, local_date(AT) + timedelta(days=DAYS))
    assert owed(session) == total
    assert used(session) == total
    assert sum(balances(session).values()) == 0
    assert not [code for code in balances(session) if code.startswith("L:prepaid")]
    assert_books_hold(session)


def test_the_line_cannot_be_passed_or_used_without_approval(
    session: Session, world: World
) -> None:
    one, two, _ = some_staff(session)
    small = a_group(session, {world.goat.code: 1}, buyer=buyer_of(BUYER))
    a_line(session, BUYER, small.total_minor - 1, since=NOON.date())
    with pytest.raises(ConflictError, match="short"):
        terms.choose(session, small.number, at=NOON)
    with pytest.raises(ConflictError) as nobody:
        terms.choose(session, a_group(session, {world.goat.code: 1}).number, at=NOON)
    assert nobody.value.code == "terms_not_offered"

    line = session.scalars(select(CreditLine.id)).first()
    assert line is not None
    with pytest.raises(ConflictError, match="before"):
        service.decide_line(session, line, LineVerdict.APPROVED, by=two, at=NOON)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text("UPDATE credit_lines SET decided_by = proposed_by"))
    assert one != two


def test_a_line_counts_only_within_its_days(session: Session, world: World) -> None:
    a_line(session, BUYER, LINE, since=NOON.date(), until=NOON.date())
    group = a_group(session, {world.goat.code: 1}, buyer=buyer_of(BUYER), at=LATER)
    with pytest.raises(ConflictError) as refusal:
        terms.choose(session, group.number, at=LATER)
    assert refusal.value.code == "terms_not_offered"


@pytest.mark.parametrize(("part", "over"), [(0, 0), (700, 0), (0, 900)])
def test_bank_money_clears_the_bill(
    session: Session, world: World, part: int, over: int
) -> None:
    number, total = a_bill(session, world)
    sent = part or total + over
    row = a_bank_row(session, "B1", sent, f"货款 {code_of(session, number)}", at=LATER)

    assert match_all(session, row) == 1
    left = max(total - sent, 0)
    assert (owed(session), used(session)) == (left, left)
    assert session.scalars(select(BankRow.left_minor)).one() == over
    if part:
        rest = a_bank_row(session, "B2", total - part, code_of(session, number), at=LATER)
        assert match_all(session, rest) == 1
    assert (owed(session), used(session)) == (0, 0)
    assert_books_hold(session)


def test_a_person_pays_a_bill_from_a_row_without_a_code(session: Session, world: World) -> None:
    number, total = a_bill(session, world)
    row = a_bank_row(session, "B1", total + 5, at=LATER)
    group = number.removesuffix("-1")
    who = Decider("person:7", "对照合同核实")
    with pytest.raises(ConflictError, match="come to less"):
        transfer_received.assign(session, Seen(row, total + 5), group, total + 1, who, at=LATER)
    assert transfer_received.assign(session, Seen(row, total + 5), group, total, who, at=LATER)
    with pytest.raises(ConflictError) as nothing:
        transfer_received.assign(session, Seen(row, 5), group, 5, who, at=LATER)
    assert nothing.value.code == "transfer_not_awaited"
    assert_books_hold(session)


def test_an_overdue_bill_locks_orders_until_it_is_paid(session: Session, world: World) -> None:
    a_line(session, BUYER, LINE, days=1, since=NOON.date())
    number, total = a_bill(session, world)
    for days, is_locked in ((1 + 5, False), (1 + 6, True)):
        day = AT + timedelta(days=days)
        group = a_group(session, {world.shoots.code: 1}, buyer=buyer_of(BUYER), at=day)
        standing = terms.standing_of(session, BUYER, at=day)
        assert (standing.locked_since is not None) is is_locked
        if is_locked:
            with pytest.raises(ConflictError) as refusal:
                terms.choose(session, group.number, at=day)
            assert refusal.value.code == "terms_overdue"
    row = a_bank_row(session, "B1", total, code_of(session, number), at=day)
    match_all(session, row)
    terms.choose(session, group.number, at=day)
    assert_books_hold(session)


def test_letters_come_once_for_each_day_of_letters(session: Session, world: World) -> None:
    a_bill(session, world)
    due = AT + timedelta(days=DAYS)
    wrote = [
        terms.remind(session, at=due + timedelta(days=day))
        for day in (-4, -3, -3, 0, 1, 2, 15, 40)
    ]
    assert wrote == [0, 1, 0, 0, 1, 0, 1, 0]


def test_a_refund_before_delivery_only_frees_the_line(session: Session, world: World) -> None:
    group = a_group_on_terms(session, BUYER, {world.goat.code: 2})
    order_cancelled.refund_in_full(session, f"{group.number}-1", REFUSAL, at=NOON)

    assert used(session) == 0
    assert balances(session) == {}
    assert session.scalars(select(Refund.state)).all() == [RefundState.SUCCEEDED]
    assert_books_hold(session)


@pytest.mark.parametrize("paid", [0, 300, None])
def test_a_refund_after_delivery_first_reduces_what_is_owed(
    session: Session, world: World, paid: int | None
) -> None:
    number, total = a_bill(session, world)
    sent = total if paid is None else paid
    if sent:
        match_all(session, a_bank_row(session, "B1", sent, code_of(session, number), at=AT))
    refund = order_cancelled.refund_in_full(session, number, REFUSAL, at=LATER)

    assert (owed(session), used(session)) == (0, 0)
    debt = ledger_queries.list_balances(session, [f"L:refund:{refund}"])[f"L:refund:{refund}"]
    assert -debt == sent
    assert_books_hold(session)


@pytest.mark.parametrize("bearer", [Bearer.CARRIER, Bearer.PLATFORM])
def test_a_claim_first_reduces_what_is_owed(
    session: Session, world: World, bearer: Bearer
) -> None:
    number, total = a_bill(session, world)
    (line,) = order_queries.list_line_heads(session, order_number=number)
    loss = Loss(key="c1", bearer=bearer, minors={line.line_id: 500})
    order_compensated.compensate(session, number, loss, REFUSAL, at=LATER)

    assert (owed(session), used(session)) == (total - 500, total - 500)
    assert_books_hold(session)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(st.tuples(st.booleans(), st.integers(1, 9_000)), max_size=5))
def test_any_payments_and_refunds_leave_the_books_in_step(
    session: Session, world: World, steps: list[tuple[bool, int]]
) -> None:
    nested = session.begin_nested()
    number, _ = a_bill(session, world)
    for place, (is_payment, minor) in enumerate(steps):
        if is_payment:
            row = a_bank_row(session, f"P{place}", minor, code_of(session, number), at=LATER)
            match_all(session, row)
            continue
        (line,) = order_queries.list_line_heads(session, order_number=number)
        back = min(minor, line.left_minor)
        if back:
            part = PartBack(key=f"r{place}", lines=(LineBack(line.line_id, back),))
            order_cancelled.refund_in_part(session, number, part, REFUSAL, at=LATER)
    bill = queries.find_bill(session, number)
    assert bill is not None
    assert owed(session) == used(session) == bill.open_minor >= 0
    assert_books_hold(session)
    nested.rollback()


@pytest.fixture
def busy(fresh_database_url: str) -> Iterator[Engine]:
    vault.use_key(DEMO_VAULT_KEY)
    engine = create_engine(fresh_database_url, pool_size=WORKERS + 2)
    yield engine
    engine.dispose()


def test_of_fifty_at_once_exactly_those_that_fit_are_placed(busy: Engine) -> None:
    with Session(busy) as session:
        world = a_world(session, on_hand=TRIES)
        a_line(session, BUYER, LINE)
        groups = [
            a_group(session, {world.goat.code: 1}, buyer=buyer_of(BUYER)) for _ in range(TRIES)
        ]
        total = groups[0].total_minor
        a_line(session, BUYER, total * FITTING + total - 1, since=NOON.date())
        session.commit()

    def run(number: str) -> str:
        with Session(busy) as session:
            try:
                terms.choose(session, number, at=NOON)
                session.commit()
            except ConflictError as refusal:
                return refusal.code
            return "placed"

    with ThreadPoolExecutor(WORKERS) as pool:
        found = list(pool.map(run, [group.number for group in groups]))

    assert sorted(set(found)) == ["placed", "terms_line_short"]
    assert found.count("placed") == FITTING
    with Session(busy) as session:
        assert used(session) == FITTING * total
        assert_books_hold(session)


def test_without_the_lock_more_would_be_placed(busy: Engine) -> None:
    """The control: reading the line without its lock lets two orders share one place."""
    with Session(busy) as session:
        world = a_world(session)
        a_line(session, BUYER, LINE)
        first, second = (
            a_group(session, {world.goat.code: 1}, buyer=buyer_of(BUYER)) for _ in range(2)
        )
        a_line(session, BUYER, first.total_minor, since=NOON.date())
        session.commit()
    with Session(busy) as one, Session(busy) as two:
        standings = [terms.standing_of(each, BUYER, at=NOON) for each in (one, two)]
        assert [each.refusal(first.total_minor) for each in standings] == [None, None]
        terms.choose(one, first.number, at=NOON)
        one.commit()
        with pytest.raises(ConflictError, match="short"):
            terms.choose(two, second.number, at=NOON)
