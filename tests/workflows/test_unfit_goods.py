"""What may not be sold is not shown, not added up, not held and not paid: one rule."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.errors import LotRecalledError, NotEnoughStockError
from catalog.listing import product as product_queries
from catalog.models import Certificate, Lot, Product
from catalog.values import RecognitionStatus
from kernel.clock import at_local_midnight, local_date
from orders import queries as order_queries
from orders.models import OrderGroup
from orders.values import GroupState
from parties.models import Organisation
from payments.models import Payment, Refund
from payments.values import PaymentState
from tests.builders.catalog import NOON, TODAY, a_certificate, a_lot
from tests.builders.sales import (
    GOAT,
    World,
    a_capture,
    a_group,
    a_paid_group,
    a_world,
    balances,
    packs,
)
from workflows import checkout, lot_recalled, order_paid
from workflows.order_paid import Outcome

DAY = timedelta(days=1)
MIDNIGHT = at_local_midnight(TODAY + DAY)
LAST_MOMENT = MIDNIGHT - timedelta(seconds=1)


def expire_lot(session: Session, world: World) -> None:
    _set_lot(session, world, best_before=TODAY - DAY)


def stop_lot(session: Session, world: World) -> None:
    _set_lot(session, world, quarantined_at=NOON)


def recall_lot(session: Session, world: World) -> None:
    _set_lot(session, world, quarantined_at=NOON, recalled_at=NOON)


def need_batch_certificate(session: Session, world: World) -> None:
    _set_product(session, world, needs_batch_certificate=True)


def end_product_certificate(session: Session, world: World) -> None:
    a_certificate(session, world.goat.product_code, valid_to=TODAY - DAY)


def end_lot_certificate(session: Session, world: World) -> None:
    a_certificate(session, world.goat.product_code, type_code="PLEDGE")
    lot_id = session.scalar(select(Lot.id).where(Lot.code == world.lots[world.goat.code]))
    session.execute(
        update(Certificate).values(lot_id=lot_id, product_code=None, valid_to=TODAY - DAY)
    )


def end_recognition(session: Session, world: World) -> None:
    _set_product(
        session,
        world,
        recognition_status=RecognitionStatus.APPROVED,
        recognition_to=TODAY - DAY,
    )


def suspend_seller(session: Session, world: World) -> None:
    del world
    session.execute(
        update(Organisation).where(Organisation.code == GOAT).values(suspended_at=NOON)
    )


def _set_lot(session: Session, world: World, **values: object) -> None:
    code = world.lots[world.goat.code]
    session.execute(update(Lot).where(Lot.code == code).values(**values))


def _set_product(session: Session, world: World, **values: object) -> None:
    code = world.goat.product_code
    session.execute(update(Product).where(Product.code == code).values(**values))


Lapse = Callable[[Session, World], None]
LAPSES: tuple[Lapse, ...] = (
    expire_lot,
    stop_lot,
    recall_lot,
    need_batch_certificate,
    end_product_certificate,
    end_lot_certificate,
    end_recognition,
    suspend_seller,
)
every_lapse = pytest.mark.parametrize("lapse", LAPSES, ids=lambda lapse: lapse.__name__)


def on_shelf(session: Session, world: World, at: datetime) -> int:
    offers = product_queries.list_offers(session, world.goat.product_code, at=at)
    return sum(offer.available for offer in offers)


def in_basket(session: Session, world: World, at: datetime) -> int:
    wanted = {world.goat.code: 1}
    return order_queries.list_wanted(session, wanted, on=local_date(at))[0].available


@every_lapse
def test_it_is_neither_added_up_nor_held(session: Session, lapse: Lapse) -> None:
    world = a_world(session)
    assert in_basket(session, world, NOON) == 10

    lapse(session, world)

    assert in_basket(session, world, NOON) == 0
    with pytest.raises(NotEnoughStockError):
        a_group(session, {world.goat.code: 1})


@pytest.mark.parametrize("lapse", LAPSES[:-1], ids=lambda lapse: lapse.__name__)
def test_it_is_not_on_the_shelf(session: Session, lapse: Lapse) -> None:
    world = a_world(session)
    assert on_shelf(session, world, NOON) == 10

    lapse(session, world)

    assert on_shelf(session, world, NOON) == 0


@every_lapse
def test_what_is_held_already_cannot_be_paid(session: Session, lapse: Lapse) -> None:
    world = a_world(session)
    group = a_group(session, {world.goat.code: 2, world.shoots.code: 1})

    lapse(session, world)

    assert checkout.stop_unfit(session, group.number, at=NOON)
    assert session.scalars(select(OrderGroup.state)).one() is GroupState.CANCELLED
    assert packs(session, world.lots[world.goat.code]) == (10, 0, 0, 0)
    assert packs(session, world.lots[world.shoots.code]) == (10, 0, 0, 0)


@every_lapse
def test_money_that_comes_all_the_same_is_owed_back(session: Session, lapse: Lapse) -> None:
    world = a_world(session)
    group = a_group(session, {world.goat.code: 2})
    capture = a_capture(session, group)

    lapse(session, world)
    outcome = order_paid.settle(session, capture)

    assert outcome is Outcome.LATE
    assert session.scalars(select(Payment.state)).one() is PaymentState.LATE
    owed = session.execute(select(Refund.id, Refund.amount_minor)).one()
    assert owed.amount_minor == group.total_minor
    assert balances(session)[f"L:refund:{owed.id}"] == -group.total_minor
    assert packs(session, world.lots[world.goat.code]) == (10, 0, 0, 0)
    assert order_paid.settle(session, capture) is Outcome.REPEATED


def test_a_certificate_lapses_at_the_minute(session: Session) -> None:
    world = a_world(session)
    a_certificate(session, world.goat.product_code, valid_to=TODAY)
    session.execute(update(OrderGroup).values(expires_at=MIDNIGHT + DAY))

    early = a_group(session, {world.goat.code: 1}, at=LAST_MOMENT)
    late = a_group(session, {world.goat.code: 1}, at=LAST_MOMENT)
    paid = order_paid.settle(session, a_capture(session, early, at=LAST_MOMENT))
    unpaid = order_paid.settle(session, a_capture(session, late, at=MIDNIGHT))

    assert (paid, unpaid) == (Outcome.SETTLED, Outcome.LATE)
    assert (on_shelf(session, world, LAST_MOMENT), on_shelf(session, world, MIDNIGHT)) == (9, 0)
    assert (in_basket(session, world, LAST_MOMENT), in_basket(session, world, MIDNIGHT)) == (
        9,
        0,
    )
    with pytest.raises(NotEnoughStockError):
        a_group(session, {world.goat.code: 1}, at=MIDNIGHT)


def test_a_renewed_certificate_has_not_lapsed(session: Session) -> None:
    world = a_world(session)
    product = world.goat.product_code
    a_certificate(session, product, valid_to=TODAY)
    a_certificate(session, product, valid_from=TODAY + DAY, valid_to=TODAY + 365 * DAY)

    assert on_shelf(session, world, MIDNIGHT) == 10
    assert a_paid_group(session, {world.goat.code: 1}, at=MIDNIGHT).total_minor > 0


def test_a_recall_closes_what_is_held_and_never_sells_again(session: Session) -> None:
    world = a_world(session)
    lot = world.lots[world.goat.code]
    held = a_group(session, {world.goat.code: 2, world.shoots.code: 1})
    other = a_group(session, {world.shoots.code: 1})
    sold = a_paid_group(session, {world.goat.code: 3})

    holders = lot_recalled.recall(session, lot, at=NOON)
    closed = [lot_recalled.close_holder(session, one, lot, at=NOON) for one in holders]

    states = dict(session.execute(select(OrderGroup.number, OrderGroup.state)).all())
    assert closed == [True]
    assert states == {
        held.number: GroupState.CANCELLED,
        other.number: GroupState.PENDING_PAYMENT,
        sold.number: GroupState.PAID,
    }
    assert packs(session, lot) == (7, 0, 3, 0)
    assert lot_recalled.recall(session, lot, at=NOON + DAY) == []
    assert session.scalar(select(Lot.recalled_at).where(Lot.code == lot)) == NOON
    with pytest.raises(LotRecalledError):
        catalog.release_quarantine(session, lot)


def test_another_lot_serves_what_a_stopped_one_cannot(session: Session) -> None:
    world = a_world(session)
    a_lot(session, world.goat, on_hand=4, households=3)

    lot_recalled.stop(session, world.lots[world.goat.code], at=NOON)

    assert in_basket(session, world, NOON) == 4
    assert a_paid_group(session, {world.goat.code: 4}).total_minor > 0
    held = session.scalar(select(func.sum(Lot.held)))
    assert held == 0
