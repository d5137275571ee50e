"""While a buyer's bank holds the money of a sale, nobody is paid out of that sale."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from households.models import Entitlement
from kernel.clock import local_date
from payments import queries
from payments import service as payments
from payments.models import SettlementLine
from payments.values import DisputeState, HoldReason, LineState
from reporting.invariants import checks
from tests.builders.catalog import NOON
from tests.builders.cold_chain import CARRIER, a_device
from tests.builders.disputes import a_dispute, decide
from tests.builders.sales import World, a_paid_group, a_world, balances
from tests.builders.settlements import some_accounts, some_params, some_staff
from workflows import order_delivered, order_shipped, payout_run, period_closed
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

COOP = "L:payable:coop:C05"


@pytest.fixture
def world(session: Session) -> World:
    made = a_world(session)
    for place in range(3):
        a_device(session, f"LOG-{place}")
    # The loggers came with a bare order that nobody paid for.
    session.execute(text("DELETE FROM seller_orders"))
    session.execute(text("DELETE FROM order_groups"))
    some_params(session)
    some_accounts(session, "coop:C05", f"logistics:{CARRIER}")
    return made


@pytest.fixture
def sold(session: Session, world: World) -> list[str]:
    """Two delivered sales of one seller, whose cooperative can be paid."""
    return [sell(session, world, place) for place in range(2)]


def sell(session: Session, world: World, place: int, *, day: int = 0) -> str:
    at = NOON + timedelta(days=day)
    group = a_paid_group(session, {world.goat.code: 1}, at=at).number
    order_shipped.pack(session, f"{group}-1", actor="person:1", at=at)
    hand_over = HandOver(actor="person:1", device_code=f"LOG-{place}")
    order_shipped.ship(session, f"{group}-1", hand_over, at=at)
    receipt = Receipt("person:1", "guest")
    order_delivered.deliver(session, f"{group}-1", receipt, at=at + timedelta(hours=1))
    return group


def close_day(session: Session, day: int) -> str:
    on, at = local_date(NOON) + timedelta(days=day), NOON + timedelta(days=day + 1)
    code = payments.open_period(session, on, on, by=some_staff(session)[0], at=at)
    period_closed.close(session, code, at=at)
    return code


def approve(session: Session, code: str, day: int) -> None:
    staff, at = some_staff(session), NOON + timedelta(days=day + 1)
    payments.propose(session, code, by=staff[0], at=at)
    for person in staff[1:]:
        payout_run.approve(session, code, by=person, at=at)


def line_of(session: Session, code: str) -> SettlementLine:
    session.expire_all()
    period = queries.get_period(session, code)
    return session.scalars(
        select(SettlementLine).where(
            SettlementLine.period_id == period.id, SettlementLine.account_code == COOP
        )
    ).one()


def unsettled(session: Session) -> int:
    return session.scalars(
        select(func.count())
        .select_from(Entitlement)
        .where(Entitlement.party_code == "C05", Entitlement.settlement_line_id.is_(None))
    ).one()


def broken(session: Session) -> list[str]:
    session.flush()
    found = [checks.ask(session, check) for check in checks.CHECKS]
    return [one.name for one in found if not one.holds]


@pytest.mark.parametrize("is_before_closing", [True, False])
def test_a_disputed_sale_is_left_out_and_paid_once_it_is_won(
    session: Session,
    sold: list[str],
    is_before_closing: bool,  # noqa: FBT001 -- the case
) -> None:
    owed = -balances(session)[COOP]
    if is_before_closing:
        reading = a_dispute(session, sold[0])
    first = close_day(session, 0)
    if not is_before_closing:
        reading = a_dispute(session, sold[0])
    approve(session, first, 0)

    half = line_of(session, first)
    assert (half.state, half.amount_minor) == (LineState.INFLIGHT, owed // 2)
    assert unsettled(session) == 1
    assert broken(session) == []
    decide(session, reading, DisputeState.WON)
    second = close_day(session, 1)
    approve(session, second, 1)
    rest = line_of(session, second)
    assert (rest.state, rest.amount_minor) == (LineState.INFLIGHT, owed - owed // 2)
    assert unsettled(session) == 0
    assert broken(session) == []


def test_a_lost_sale_is_taken_back_and_never_paid(session: Session, sold: list[str]) -> None:
    owed = -balances(session)[COOP]
    reading = a_dispute(session, sold[0], minor=9_800 + 1_800)
    approve(session, close_day(session, 0), 0)
    decide(session, reading, DisputeState.LOST)

    assert COOP not in balances(session)
    assert f"A:recover:coop:{COOP[-3:]}" not in balances(session)
    paid = session.scalar(
        select(func.sum(SettlementLine.amount_minor)).where(SettlementLine.account_code == COOP)
    )
    assert paid == owed // 2
    assert broken(session) == []


def test_a_payee_whose_every_sale_is_disputed_is_held_and_told_why(
    session: Session, sold: list[str]
) -> None:
    for number in sold:
        a_dispute(session, number)

    line = line_of(session, close_day(session, 0))

    assert (line.state, line.hold_reason, line.amount_minor) == (
        LineState.HELD,
        HoldReason.DISPUTED,
        0,
    )
    assert line.withheld_minor == line.snapshot_minor


def test_a_dispute_after_closing_holds_the_whole_line(
    session: Session, sold: list[str]
) -> None:
    code = close_day(session, 0)
    for number in sold:
        a_dispute(session, number)
    approve(session, code, 0)

    assert (line_of(session, code).state, line_of(session, code).hold_reason) == (
        LineState.HELD,
        HoldReason.DISPUTED,
    )


def test_a_question_of_the_bank_holds_nothing(session: Session, sold: list[str]) -> None:
    owed = -balances(session)[COOP]
    a_dispute(session, sold[0], state=DisputeState.INQUIRY)

    assert line_of(session, close_day(session, 0)).amount_minor == owed


def test_what_was_paid_before_does_not_hold_what_comes_after(
    session: Session, world: World, sold: list[str]
) -> None:
    owed = -balances(session)[COOP]
    approve(session, close_day(session, 0), 0)
    a_dispute(session, sold[0], at=NOON + timedelta(days=2))
    sell(session, world, 2, day=2)

    assert line_of(session, close_day(session, 2)).amount_minor == owed // 2
    assert broken(session) == []
