"""Chores by the clock: expiry, sealing, judging, preparing; all safe to repeat."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from cold_chain import service as cold_chain
from cold_chain.models import Evaluation, IntakeNonce
from kernel import clock
from ledger import chain
from orders.models import OrderGroup
from orders.values import GroupState
from payments import demo_gateway
from payments import service as payments
from payments.models import PaymentEvent
from payments.values import EventStatus, Provider
from shop.tasks import cold_chain as cold_chain_tasks
from shop.tasks import expiry as expiry_tasks
from shop.tasks import ledger as ledger_tasks
from shop.tasks import payments as payment_tasks
from tests.builders.api import a_shop_of_today
from tests.builders.catalog import NOON
from tests.builders.cold_chain import a_departed_shipment, an_upload
from tests.builders.sales import a_capture, a_group, a_paid_group, a_world, packs
from workflows import order_paid


@pytest.fixture(autouse=True)
def in_app(app: Flask) -> object:
    """Run inside the application, as a worker does."""
    with app.app_context():
        yield


def test_a_group_whose_time_is_over_gives_its_goods_back(session: Session) -> None:
    world = a_shop_of_today(session)
    a_group(session, {world.goat.code: 2}, at=clock.now() - timedelta(minutes=16))
    session.commit()

    assert expiry_tasks.expire_unpaid() == 1
    assert expiry_tasks.expire_unpaid() == 0
    assert packs(session, world.lots[world.goat.code]) == (10, 0, 0, 0)


def test_a_group_that_was_paid_or_has_time_left_stays(session: Session) -> None:
    world = a_shop_of_today(session)
    late = clock.now() - timedelta(minutes=16)
    paid = a_group(session, {world.goat.code: 1}, at=late)
    order_paid.settle(session, a_capture(session, paid, at=late))
    a_group(session, {world.goat.code: 1}, at=clock.now())
    session.commit()

    assert expiry_tasks.expire_unpaid() == 0
    states = session.scalars(select(OrderGroup.state)).all()
    assert sorted(states) == [GroupState.PAID, GroupState.PENDING_PAYMENT]


def test_one_group_that_cannot_be_closed_does_not_keep_the_others(session: Session) -> None:
    world = a_shop_of_today(session)
    late = clock.now() - timedelta(minutes=16)
    stuck = a_group(session, {world.goat.code: 1}, at=late)
    a_group(session, {world.shoots.code: 1}, at=late)
    # A lot that holds less than its reservations cannot give them back.
    session.execute(
        text("UPDATE lots SET held = 0, available = 10 WHERE code = :code"),
        {"code": world.lots[world.goat.code]},
    )
    session.commit()

    assert expiry_tasks.expire_unpaid() == 1
    state = session.scalar(select(OrderGroup.state).where(OrderGroup.number == stuck.number))
    assert state is GroupState.PENDING_PAYMENT


def test_every_transaction_is_sealed_once(session: Session) -> None:
    world = a_world(session)
    a_paid_group(session, {world.goat.code: 1})
    session.commit()

    assert ledger_tasks.seal() == 1
    assert ledger_tasks.seal() == 0
    report = chain.verify_chain(session)
    assert (report.links, report.unsealed, report.broken_at) == (1, 0, None)


def test_new_readings_are_judged_and_old_ones_left_alone(session: Session) -> None:
    a_departed_shipment(session)
    cold_chain.ingest_block(session, an_upload([2.0, 2.5, 3.0]))
    session.commit()

    assert cold_chain_tasks.judge_changed() == 1
    assert cold_chain_tasks.judge_changed() == 0


def test_a_logger_that_falls_silent_shows_without_a_new_reading(session: Session) -> None:
    a_departed_shipment(session)
    cold_chain.ingest_block(session, an_upload([2.0, 2.5, 3.0]))
    cold_chain.evaluate_dirty(session, at=NOON + timedelta(minutes=12))
    session.commit()

    assert cold_chain_tasks.judge_live() == 1
    latest = session.scalars(select(Evaluation).order_by(Evaluation.version.desc())).first()
    assert latest is not None
    assert latest.gap_count == 1


def test_the_coming_fourteen_days_have_room(session: Session) -> None:
    cold_chain_tasks.prepare_days()

    assert cold_chain_tasks.prepare_days() == 0
    last = (clock.now() + timedelta(days=14)).strftime("readings_%Y%m%d")
    assert session.scalar(select(func.to_regclass(last))) is not None


def test_old_nonces_are_forgotten(session: Session) -> None:
    a_departed_shipment(session)
    device = session.scalar(text("SELECT id FROM devices"))
    for nonce, age in (("old", timedelta(hours=1)), ("new", timedelta(0))):
        session.add(IntakeNonce(device_id=device, nonce=nonce, seen_at=clock.now() - age))
    session.commit()

    cold_chain_tasks.forget_nonces()

    assert session.scalars(select(IntakeNonce.nonce)).all() == ["new"]


def test_a_message_that_came_too_early_is_applied_later(session: Session) -> None:
    world = a_world(session)
    group = a_group(session, {world.goat.code: 1})
    row_id = payments.store_event(
        session,
        provider=Provider.DEMO,
        event_id="e1",
        kind="payment.succeeded",
        reference=demo_gateway.reference_of(group.number),
        payload=demo_gateway.message(group.number, amount_minor=group.total_minor, at=NOON),
        at=NOON,
    )
    session.execute(update(PaymentEvent).values(status=EventStatus.PARKED))
    session.commit()
    assert payment_tasks.apply_parked() == 0

    a_capture(session, group)
    # A message nobody knows what to do with waits longer every time.
    session.execute(update(PaymentEvent).values(next_try_at=None))
    session.commit()

    assert payment_tasks.apply_parked() == 1
    assert payment_tasks.apply_parked() == 0
    status = session.scalar(select(PaymentEvent.status).where(PaymentEvent.id == row_id))
    assert status is EventStatus.APPLIED
