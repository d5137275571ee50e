"""Goods sold before the harvest: never above the cap, given by lot, taken back when late."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.errors import (
    NotEnoughStockError,
    PresaleOverlapsError,
    SupplyCapExceededError,
    SupplyPromisedError,
)
from catalog.models import Presale
from kernel.errors import ConflictError, InvalidError, NotFoundError
from orders import queries as order_queries
from orders.queries import GroupCaller
from orders.values import OrderState
from payments import queries as payment_queries
from reporting.invariants import checks
from tests.builders.catalog import NOON, a_lot, a_sku
from tests.builders.cold_chain import a_device
from tests.builders.presales import a_presale, a_supply
from tests.builders.sales import (
    GOAT,
    a_capture,
    a_group,
    a_paid_group,
    a_world,
    packs,
)
from workflows import (
    checkout,
    order_cancelled,
    order_delivered,
    order_paid,
    order_shipped,
    presale_allotted,
    shipping_late,
)
from workflows.order_cancelled import LineBack, PartBack, Refusal
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

REFUSAL = Refusal("person:1", "test")
LATE = timedelta(days=11)


def counted(session: Session, presale_id: int) -> tuple[int, int]:
    session.expire_all()
    presale = session.scalars(select(Presale).where(Presale.id == presale_id)).one()
    return presale.taken, presale.waiting


def state_of(session: Session, number: str) -> OrderState:
    return order_queries.get_order(session, number, seller_code=None).state


def broken(session: Session) -> list[str]:
    return [
        one.name
        for one in (checks.ask(session, check) for check in checks.CHECKS)
        if not one.holds
    ]


def test_what_is_sold_ahead_counts_against_the_cap_and_leaves_the_shelf_alone(
    session: Session,
) -> None:
    world = a_world(session)
    presale = a_presale(session, world.goat, seller=GOAT, cap=5)

    a_group(session, {world.goat.code: 4})

    assert counted(session, presale) == (4, 4)
    assert packs(session, world.lots[world.goat.code]) == (10, 0, 0, 0)
    with pytest.raises(NotEnoughStockError) as refused:
        a_group(session, {world.goat.code: 2})
    assert refused.value.params["left"] == 1
    assert broken(session) == []


def test_an_order_that_expires_gives_its_packs_back_to_the_cap(session: Session) -> None:
    world = a_world(session)
    presale = a_presale(session, world.goat, seller=GOAT, cap=5)
    group = a_group(session, {world.goat.code: 5})

    checkout.expire(session, group.number, at=NOON + timedelta(hours=1))

    assert counted(session, presale) == (0, 0)
    assert a_group(session, {world.goat.code: 5}, at=NOON + timedelta(hours=1)).total_minor > 0
    assert broken(session) == []


def test_goods_on_hand_and_goods_to_come_are_two_orders(session: Session) -> None:
    world = a_world(session)
    a_presale(session, world.goat, seller=GOAT)
    group = a_group(session, {world.goat.code: 1, world.shoots.code: 1})

    orders = order_queries.get_group(
        session, group.number, GroupCaller(may_see_all=True)
    ).orders

    assert [order.ships_until is not None for order in orders] == [False, True]
    assert sum(order.total_minor for order in orders) == group.total_minor


def test_a_harvest_goes_to_those_who_paid_first_and_then_through_to_delivery(
    session: Session,
) -> None:
    world = a_world(session, on_hand=1)
    presale = a_presale(session, world.goat, seller=GOAT, cap=20)
    first = a_paid_group(session, {world.goat.code: 6}).number + "-1"
    later = a_paid_group(session, {world.goat.code: 5}, at=NOON + timedelta(minutes=1))
    small = a_paid_group(session, {world.goat.code: 1}, at=NOON + timedelta(minutes=2))
    a_lot(session, world.goat, on_hand=6, households=12)
    with pytest.raises(ConflictError) as refused:
        order_shipped.pack(session, first, actor="person:1", at=NOON)
    assert refused.value.code == "presale_not_allotted"

    with pytest.raises(NotFoundError):
        presale_allotted.allot(session, presale, seller_code="C99", at=NOON)
    done = presale_allotted.allot(session, presale, seller_code=GOAT, at=NOON)

    # Seven packs: six for who paid first, one for the small order; five must wait.
    assert (done.lines, done.packs, done.waiting) == (2, 7, 1)
    assert counted(session, presale) == (12, 5)
    assert broken(session) == []
    again = presale_allotted.allot(session, presale, seller_code=GOAT, at=NOON)
    assert (again.lines, again.packs, again.waiting) == (0, 0, 1)
    for number in (first, f"{small.number}-1"):
        at = NOON + timedelta(hours=1)
        order_shipped.pack(session, number, actor="person:1", at=at)
        device = a_device(session, f"D{number[-6:]}")
        order_shipped.ship(
            session, number, HandOver(actor="person:1", device_code=device), at=at
        )
        order_delivered.deliver(
            session, number, Receipt("person:1", "recipient"), at=at + timedelta(hours=20)
        )
    assert state_of(session, first) is OrderState.DELIVERED
    assert state_of(session, f"{later.number}-1") is OrderState.PAID
    # The builder of loggers writes an order of its own that nobody paid.
    of_builder = {"prepaid-money", "payments-one-to-one", "group-totals"}
    assert set(broken(session)) <= of_builder


def test_nobody_buys_off_the_shelf_what_others_paid_ahead_for(session: Session) -> None:
    world = a_world(session)
    presale = a_presale(session, world.goat, seller=GOAT, cap=10)
    a_paid_group(session, {world.goat.code: 10})
    catalog.stop_presale(session, presale, seller_code=GOAT, at=NOON)

    with pytest.raises(NotEnoughStockError):
        a_group(session, {world.goat.code: 1}, at=NOON + timedelta(minutes=1))
    presale_allotted.allot(session, presale, seller_code=GOAT, at=NOON)
    a_lot(session, world.goat, on_hand=1)

    assert a_group(session, {world.goat.code: 1}, at=NOON + timedelta(minutes=2)).number


def test_what_did_not_leave_in_time_is_told_once_and_goes_back_in_full(
    session: Session,
) -> None:
    world = a_world(session)
    presale = a_presale(session, world.goat, seller=GOAT)
    group = a_paid_group(session, {world.goat.code: 2})
    number = f"{group.number}-1"
    with pytest.raises(ConflictError):
        shipping_late.step_back(session, number, actor="guest", at=NOON)

    assert shipping_late.tell_late(session, at=NOON) == 0
    assert shipping_late.tell_late(session, at=NOON + LATE) == 1
    assert shipping_late.tell_late(session, at=NOON + LATE) == 0
    shipping_late.step_back(session, number, actor="guest", at=NOON + LATE)

    assert state_of(session, number) is OrderState.REFUNDED
    refunds = payment_queries.list_refunds(session, group.number)
    assert [refund.amount_minor for refund in refunds] == [group.total_minor]
    assert counted(session, presale) == (0, 0)
    assert broken(session) == []


def test_a_line_that_waits_is_taken_back_whole_or_not_at_all(session: Session) -> None:
    world = a_world(session)
    a_presale(session, world.goat, seller=GOAT)
    number = a_paid_group(session, {world.goat.code: 2}).number + "-1"
    line = order_queries.list_line_heads(session, order_number=number)[0]
    part = PartBack(key="part", lines=(LineBack(line.line_id, 100, 1),))

    with pytest.raises(ConflictError) as refused:
        order_cancelled.refund_in_part(session, number, part, REFUSAL, at=NOON)

    assert refused.value.code == "presale_whole_line"


def test_a_harvest_that_fails_in_part_gives_that_part_back_and_sends_the_rest(
    session: Session,
) -> None:
    world = a_world(session, on_hand=2)
    other = a_sku(session, world.goat.product_code)
    ahead = a_presale(session, world.goat, seller=GOAT)
    failed = a_presale(session, other, seller=GOAT)
    number = a_paid_group(session, {world.goat.code: 2, other.code: 3}).number + "-1"
    lines = order_queries.list_line_heads(session, order_number=number)
    (lost,) = (line for line in lines if line.quantity == 3)

    done = presale_allotted.allot(session, ahead, seller_code=GOAT, at=NOON)
    nothing = presale_allotted.allot(session, failed, seller_code=GOAT, at=NOON)
    part = PartBack(key="short", lines=(LineBack(lost.line_id, lost.gross_minor, 3),))
    order_cancelled.refund_in_part(session, number, part, REFUSAL, at=NOON)
    order_shipped.pack(session, number, actor="person:1", at=NOON)

    assert (done.lines, nothing.lines, nothing.waiting) == (1, 0, 1)
    assert (counted(session, ahead), counted(session, failed)) == ((2, 0), (0, 0))
    assert state_of(session, number) is OrderState.PACKED
    assert broken(session) == []


def test_a_late_payment_of_a_stopped_presale_still_counts(session: Session) -> None:
    world = a_world(session)
    presale = a_presale(session, world.goat, seller=GOAT)
    group = a_group(session, {world.goat.code: 2})
    catalog.stop_presale(session, presale, seller_code=GOAT, at=NOON)

    order_paid.settle(session, a_capture(session, group, at=NOON + timedelta(minutes=1)))

    assert counted(session, presale) == (2, 2)
    assert state_of(session, f"{group.number}-1") is OrderState.PAID


def test_presales_of_one_sku_do_not_overlap_and_keep_within_the_year(session: Session) -> None:
    world = a_world(session)
    a_supply(session, world.goat, 15_000, seller=GOAT)
    presale = a_presale(session, world.goat, seller=GOAT, cap=10)
    with pytest.raises(PresaleOverlapsError):
        a_presale(session, world.goat, seller=GOAT)
    catalog.stop_presale(session, presale, seller_code=GOAT, at=NOON)
    after = NOON + timedelta(days=3)

    with pytest.raises(SupplyCapExceededError):
        a_presale(session, world.goat, seller=GOAT, at=after, cap=16)

    assert a_presale(session, world.goat, seller=GOAT, at=after, cap=15)


def test_a_year_gives_no_less_than_is_promised_and_only_its_seller_says_so(
    session: Session,
) -> None:
    world = a_world(session)
    a_presale(session, world.goat, seller=GOAT, cap=10)

    for wrong in (9_999, 0, 10**12):
        with pytest.raises((SupplyPromisedError, InvalidError)):
            a_supply(session, world.goat, wrong, seller=GOAT)
    with pytest.raises(NotFoundError):
        a_supply(session, world.goat, 20_000, seller="C99")
    a_supply(session, world.goat, 10_000, seller=GOAT)

    (row,) = order_queries.list_supplies(session, GOAT, since=NOON.year)
    assert (row.weight_g, row.sold_g, row.basis) == (10_000, 0, "60 mu")


def test_days_of_a_presale_stand_in_order(session: Session) -> None:
    world = a_world(session)
    for wrong in ({"cap": 0}, {"closes_at": NOON}, {"ships_until": NOON.date()}):
        with pytest.raises(InvalidError):
            a_presale(session, world.goat, seller=GOAT, **wrong)
