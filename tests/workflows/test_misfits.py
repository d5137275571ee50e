"""Money that came otherwise than asked for is settled once, and every fen is told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from kernel.errors import ConflictError, InvalidError
from orders.models import OrderGroup
from orders.values import GroupState
from payments import service as payments
from payments.models import Misfit, Payment, Refund
from payments.values import MisfitKind, PaymentState, Provider, RefundState, Remedy
from reporting.desk import exceptions as desk
from reporting.desk.exceptions import Queue
from reporting.invariants import checks
from tests.builders.catalog import NOON
from tests.builders.sales import (
    World,
    a_capture,
    a_group,
    a_paid_group,
    a_world,
    balances,
    packs,
)
from workflows import checkout, misfits, order_paid, refund_run
from workflows.checkout import PlacedGroup
from workflows.misfits import Decider, Seen

WHO = Decider("person:1", "the buyer typed a wrong amount")
TODAY = NOON.date()


@pytest.fixture
def world(session: Session) -> World:
    return a_world(session)


def an_odd_payment(
    session: Session, world: World, *, off_by: int = 500, currency: str = "CNY"
) -> tuple[PlacedGroup, Seen]:
    group = a_group(session, {world.goat.code: 1})
    capture = a_capture(session, group, amount_minor=group.total_minor + off_by)
    order_paid.settle(session, replace(capture, currency=currency))
    misfit_id = session.scalars(select(Misfit.id)).all()[-1]
    return group, Seen(misfit_id, group.total_minor + off_by)


def state_of(session: Session, group: PlacedGroup) -> tuple[GroupState, PaymentState]:
    session.expire_all()
    row = session.execute(
        select(OrderGroup.state, Payment.state)
        .join(Payment, Payment.group_number == OrderGroup.number)
        .where(OrderGroup.number == group.number)
    ).one()
    return row[0], row[1]


def broken(session: Session) -> list[str]:
    session.flush()
    found = [checks.ask(session, check) for check in checks.CHECKS]
    return [one.name for one in found if not one.holds]


def test_an_overpaid_order_is_paid_and_the_rest_goes_back(
    session: Session, world: World
) -> None:
    group, seen = an_odd_payment(session, world)
    waiting = balances(session)

    refund_id = misfits.accept(session, seen, WHO, at=NOON)

    assert waiting == {
        "A:demo:pending": group.total_minor + 500,
        f"L:unapplied:{group.number}": -group.total_minor - 500,
    }
    assert balances(session) == {
        "A:demo:pending": group.total_minor + 500,
        f"L:prepaid:{group.number}-1": -group.total_minor,
        f"L:refund:{refund_id}": -500,
    }
    assert state_of(session, group) == (GroupState.PAID, PaymentState.SUCCEEDED)
    assert packs(session, world.lots[world.goat.code]) == (9, 0, 1, 0)
    assert broken(session) == []
    assert refund_id is not None
    refund_run.confirm(session, refund_id, provider_reference="r", at=NOON)
    assert balances(session)["A:demo:pending"] == group.total_minor
    assert broken(session) == []


def test_an_exact_payment_for_another_order_can_be_accepted(
    session: Session, world: World
) -> None:
    group = a_group(session, {world.goat.code: 1})
    capture = replace(a_capture(session, group), group_number="WL-OTHER")
    order_paid.settle(session, capture)
    misfit = session.scalars(select(Misfit)).one()

    assert misfit.kind is MisfitKind.ORDER
    assert misfits.accept(session, Seen(misfit.id, group.total_minor), WHO, at=NOON) is None
    assert state_of(session, group) == (GroupState.PAID, PaymentState.SUCCEEDED)
    assert broken(session) == []


def test_all_of_it_goes_back_and_the_order_waits_on(session: Session, world: World) -> None:
    group, seen = an_odd_payment(session, world, off_by=-1)
    with pytest.raises(ConflictError, match="costs"):
        misfits.accept(session, seen, WHO, at=NOON)

    refund_id = misfits.repay(session, seen, WHO, at=NOON)

    assert balances(session)[f"L:refund:{refund_id}"] == 1 - group.total_minor
    assert state_of(session, group) == (GroupState.PENDING_PAYMENT, PaymentState.MISMATCH)
    misfit = session.scalars(select(Misfit)).one()
    assert (misfit.remedy, misfit.settled_by, misfit.reason) == (
        Remedy.REFUNDED,
        WHO.actor,
        WHO.reason,
    )
    assert broken(session) == []
    refund_run.confirm(session, refund_id, provider_reference="r", at=NOON)
    assert balances(session) == {}
    assert desk.count_exceptions(session, on=TODAY)[Queue.SETTLED] == 1


def test_nothing_is_decided_twice(session: Session, world: World) -> None:
    _, seen = an_odd_payment(session, world)
    misfits.repay(session, seen, WHO, at=NOON)
    before = balances(session)

    for act in (misfits.repay, misfits.accept, misfits.close):
        with pytest.raises(ConflictError) as refused:
            act(session, seen, WHO, at=NOON)
        assert refused.value.code == "misfit_settled"

    assert balances(session) == before
    assert len(session.scalars(select(Refund.id)).all()) == 1


def test_a_decision_needs_a_reason_and_what_was_seen(session: Session, world: World) -> None:
    _, seen = an_odd_payment(session, world)

    with pytest.raises(InvalidError):
        misfits.repay(session, seen, Decider("person:1", " "), at=NOON)
    with pytest.raises(ConflictError) as refused:
        misfits.repay(session, Seen(seen.misfit_id, 1), WHO, at=NOON)
    with pytest.raises(ConflictError) as kept:
        misfits.close(session, seen, WHO, at=NOON)

    assert (refused.value.code, kept.value.code) == ("misfit_changed", "misfit_has_money")


def test_an_order_that_was_closed_is_not_paid_any_more(session: Session, world: World) -> None:
    group, seen = an_odd_payment(session, world)
    checkout.cancel(session, group.number, actor="guest", at=NOON)

    with pytest.raises(ConflictError) as refused:
        misfits.accept(session, seen, WHO, at=NOON)

    assert refused.value.code == "misfit_order_closed"
    assert not desk.get_exception(session, seen.misfit_id).may_accept
    assert desk.get_exception(session, seen.misfit_id).may_repay


def test_goods_that_may_not_be_sold_are_not_sold_by_hand(
    session: Session, world: World
) -> None:
    _, seen = an_odd_payment(session, world)
    session.execute(text("UPDATE lots SET quarantined_at = :at"), {"at": NOON})

    with pytest.raises(ConflictError) as refused:
        misfits.accept(session, seen, WHO, at=NOON)

    assert refused.value.code == "misfit_goods_gone"


def test_other_money_can_only_go_back_and_is_in_no_book(session: Session, world: World) -> None:
    group, seen = an_odd_payment(session, world, currency="USD")
    with pytest.raises(ConflictError):
        misfits.accept(session, seen, WHO, at=NOON)

    refund_id = misfits.repay(session, seen, WHO, at=NOON)
    owed = broken(session)
    refund_run.confirm(session, refund_id, provider_reference="r", at=NOON)

    assert balances(session) == {}
    assert (owed, broken(session)) == ([], [])
    row = desk.get_exception(session, seen.misfit_id)
    assert (row.currency, row.returned_minor) == ("USD", group.total_minor + 500)


def test_a_late_and_a_second_payment_wait_until_they_went_back(
    session: Session, world: World
) -> None:
    paid = a_paid_group(session, {world.goat.code: 1})
    late = a_group(session, {world.shoots.code: 1})
    capture = a_capture(session, late)
    checkout.cancel(session, late.number, actor="guest", at=NOON)
    order_paid.settle(session, capture)
    payments.start(
        session,
        group_number=paid.number,
        provider=Provider.DEMO,
        reference="demo-second",
        amount_minor=paid.total_minor,
        at=NOON,
    )
    second = replace(a_capture(session, paid), reference="demo-second")
    order_paid.settle(session, second)

    rows = desk.list_exceptions(session, Queue.OPEN, on=TODAY, after_id=None, limit=9)

    assert [row.kind for row in rows] == [MisfitKind.LATE, MisfitKind.DUPLICATE]
    assert [row.may_repay for row in rows] == [False, False]
    assert broken(session) == []
    for refund_id in session.scalars(select(Refund.id)).all():
        refund_run.confirm(session, refund_id, provider_reference=f"r{refund_id}", at=NOON)
    assert desk.count_exceptions(session, on=TODAY) == {
        Queue.OPEN: 0,
        Queue.LATER: 0,
        Queue.SETTLED: 2,
    }
    assert broken(session) == []


def test_a_refund_that_fails_comes_back_into_the_queue(session: Session, world: World) -> None:
    _, seen = an_odd_payment(session, world)
    refund_id = misfits.repay(session, seen, WHO, at=NOON)
    session.execute(
        update(Refund)
        .where(Refund.id == refund_id)
        .values(state=RefundState.FAILED, failure_code="x")
    )

    row = desk.get_exception(session, seen.misfit_id)

    assert row.is_refund_stuck
    assert desk.count_exceptions(session, on=TODAY)[Queue.OPEN] == 1


def test_what_is_put_off_comes_back_on_its_day(session: Session, world: World) -> None:
    _, seen = an_odd_payment(session, world)
    later_on = TODAY + timedelta(days=3)

    misfits.put_down(session, seen, WHO, later_on=later_on, at=NOON)

    assert desk.count_exceptions(session, on=TODAY)[Queue.LATER] == 1
    assert desk.count_exceptions(session, on=later_on)[Queue.OPEN] == 1
    notes = desk.list_notes(session, seen.misfit_id)
    assert [(one.note, one.later_on) for one in notes] == [(WHO.reason, later_on)]
