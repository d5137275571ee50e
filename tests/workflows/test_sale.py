"""One sale: two sellers in one basket, paid once, shipped cold, earned, refunded."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.errors import NotEnoughStockError
from cold_chain import service as cold_chain
from cold_chain.errors import CustodyError
from cold_chain.models import Shipment
from cold_chain.values import ShipmentState
from households import service as households
from households.models import Entitlement
from households.values import PartyKind, Stage
from kernel.outbox import OutboxRow
from orders.errors import QuoteChangedError, StepNotAllowedError
from orders.models import Order, OrderGroup
from orders.values import GroupState, OrderState
from payments.models import Payment, Refund
from payments.values import PaymentState, RefundState
from tests.builders.catalog import NOON, a_lot, a_product, a_sku
from tests.builders.cold_chain import CARRIER, a_device, an_upload
from tests.builders.places import a_seller
from tests.builders.sales import (
    GOAT,
    GUEST,
    RECIPIENT,
    TERMS,
    a_capture,
    a_group,
    a_paid_group,
    a_world,
    balances,
    packs,
)
from workflows import (
    checkout,
    order_cancelled,
    order_delivered,
    order_paid,
    order_shipped,
    refund_run,
)
from workflows.checkout import CheckoutRequest
from workflows.order_cancelled import Refusal
from workflows.order_delivered import Receipt
from workflows.order_paid import Outcome
from workflows.travel import HandOver

ACTOR = "person:1"
LATER = NOON + timedelta(hours=6)
RECEIPT = Receipt("person:2", "recipient")
REFUSAL = Refusal(ACTOR, "test")


def ship_and_deliver(session: Session, number: str) -> None:
    logger = a_device(session, f"LOG-{number}")
    order_shipped.pack(session, number, actor=ACTOR, at=NOON)
    order_shipped.ship(session, number, HandOver(actor=ACTOR, device_code=logger), at=NOON)
    order_delivered.deliver(session, number, RECEIPT, at=LATER)


def test_a_basket_of_two_sellers_becomes_one_group_that_holds_its_goods(
    session: Session,
) -> None:
    world = a_world(session)

    group = a_group(session, {world.goat.code: 2, world.shoots.code: 1})

    orders = session.scalars(select(Order).order_by(Order.number)).all()
    assert [(order.goods_minor, order.shipping_minor) for order in orders] == [
        (3_980, 1_800),
        (19_600, 1_800),
    ]
    assert group.total_minor == 3_980 + 19_600 + 2 * 1_800
    assert packs(session, world.lots[world.goat.code]) == (8, 2, 0, 0)


def test_goods_from_the_free_line_on_travel_free(session: Session) -> None:
    world = a_world(session)

    group = a_group(session, {world.goat.code: 3})

    assert group.total_minor == 3 * 9_800


def test_more_than_there_is_cannot_be_ordered_and_nothing_is_held(session: Session) -> None:
    world = a_world(session, on_hand=3)

    with pytest.raises(NotEnoughStockError), session.begin_nested():
        a_group(session, {world.goat.code: 1, world.shoots.code: 4})

    assert packs(session, world.lots[world.goat.code]) == (3, 0, 0, 0)
    assert session.scalar(select(func.count()).select_from(OrderGroup)) == 0


def test_a_total_that_changed_since_it_was_seen_asks_again(session: Session) -> None:
    world = a_world(session)
    request = CheckoutRequest(
        buyer=GUEST,
        recipient=RECIPIENT,
        quantities={world.goat.code: 1},
        seen_total_minor=1,
    )

    with pytest.raises(QuoteChangedError):
        checkout.place(session, request, at=NOON)


def test_a_capture_settles_once_however_often_it_is_delivered(session: Session) -> None:
    world = a_world(session)
    group = a_group(session, {world.goat.code: 2})
    capture = a_capture(session, group)

    outcomes = [order_paid.settle(session, capture) for _ in range(3)]

    assert outcomes == [Outcome.SETTLED, Outcome.REPEATED, Outcome.REPEATED]
    assert packs(session, world.lots[world.goat.code]) == (8, 0, 2, 0)
    assert balances(session) == {
        "A:demo:pending": group.total_minor,
        f"L:prepaid:{group.number}-1": -group.total_minor,
    }
    facts = session.scalars(select(OutboxRow.fact)).all()
    assert facts.count("OrderPaid") == 1


def test_expected_parts_sum_to_the_line_and_nobody_has_earned_yet(session: Session) -> None:
    world = a_world(session)

    a_paid_group(session, {world.goat.code: 2})

    parts = session.scalars(select(Entitlement)).all()
    assert {part.stage for part in parts} == {Stage.EXPECTED}
    assert sum(part.amount_minor for part in parts) == 19_600
    kinds = [part.party_kind for part in parts]
    assert kinds.count(PartyKind.HOUSEHOLD) == 12


def test_delivery_pays_every_party_to_the_fen(session: Session) -> None:
    world = a_world(session)
    group = a_paid_group(session, {world.goat.code: 2})

    ship_and_deliver(session, f"{group.number}-1")

    found = balances(session)
    households = {code: minor for code, minor in found.items() if ":hh:" in code}
    money = {code: minor for code, minor in found.items() if not code.startswith("T:")}
    assert sum(money.values()) == 0
    assert found["I:commission"] == -588
    assert found[f"L:payable:logistics:{CARRIER}"] == -(1_568 + 1_800)
    assert found["L:payable:coop:C05"] == -3_489
    assert f"L:prepaid:{group.number}-1" not in found
    paid_out = [minor for code, minor in households.items() if code.startswith("L:")]
    assert (len(paid_out), sum(paid_out)) == (12, -13_083)


def test_cold_goods_do_not_leave_without_a_logger(session: Session) -> None:
    world = a_world(session)
    number = f"{a_paid_group(session, {world.goat.code: 1}).number}-1"
    order_shipped.pack(session, number, actor=ACTOR, at=NOON)

    with pytest.raises(CustodyError):
        order_shipped.ship(session, number, HandOver(actor=ACTOR), at=NOON)


def test_a_warm_journey_is_accepted_with_claim(session: Session) -> None:
    world = a_world(session)
    number = f"{a_paid_group(session, {world.goat.code: 1}).number}-1"
    logger = a_device(session)
    order_shipped.pack(session, number, actor=ACTOR, at=NOON)
    order_shipped.ship(session, number, HandOver(actor=ACTOR, device_code=logger), at=NOON)
    cold_chain.ingest_block(session, an_upload([12.0] * 73))

    order_delivered.deliver(session, number, RECEIPT, at=LATER)

    shipment = session.scalars(select(Shipment).where(Shipment.order_number == number)).one()
    session.refresh(shipment)
    assert shipment.state is ShipmentState.ACCEPTED_WITH_CLAIM


def test_a_refund_before_packing_restores_stock_and_money_exactly(session: Session) -> None:
    world = a_world(session)
    group = a_paid_group(session, {world.goat.code: 2, world.shoots.code: 1})
    number = f"{group.number}-2"

    refund_id = order_cancelled.refund_in_full(session, number, REFUSAL, at=LATER)
    refund_run.confirm(session, refund_id, provider_reference="r", at=LATER)

    assert packs(session, world.lots[world.goat.code]) == (10, 0, 0, 0)
    left = 3_980 + 1_800
    assert balances(session) == {
        "A:demo:pending": left,
        f"L:prepaid:{group.number}-1": -left,
    }
    shipment = session.scalars(select(Shipment).where(Shipment.order_number == number)).one()
    session.refresh(shipment)
    assert shipment.state is ShipmentState.CANCELLED


def test_a_refund_after_delivery_takes_every_fen_back(session: Session) -> None:
    world = a_world(session)
    group = a_paid_group(session, {world.goat.code: 2})
    number = f"{group.number}-1"
    ship_and_deliver(session, number)

    refund_id = order_cancelled.refund_in_full(session, number, REFUSAL, at=LATER)
    assert refund_run.confirm(session, refund_id, provider_reference="r", at=LATER)

    assert balances(session) == {}
    assert packs(session, world.lots[world.goat.code]) == (8, 0, 0, 2)
    parts = session.scalars(select(Entitlement)).all()
    assert all(part.reversed_minor == part.amount_minor for part in parts)
    assert session.scalars(select(Refund.state)).one() is RefundState.SUCCEEDED


def test_an_order_is_refunded_once(session: Session) -> None:
    world = a_world(session)
    number = f"{a_paid_group(session, {world.goat.code: 1}).number}-1"
    order_cancelled.refund_in_full(session, number, REFUSAL, at=LATER)

    with pytest.raises(StepNotAllowedError):
        order_cancelled.refund_in_full(session, number, REFUSAL, at=LATER)


def test_money_for_an_expired_group_is_owed_back_at_once(session: Session) -> None:
    world = a_world(session)
    group = a_group(session, {world.goat.code: 2})
    capture = a_capture(session, group, at=LATER)
    assert checkout.expire(session, group.number, at=LATER)

    outcomes = [order_paid.settle(session, capture) for _ in range(2)]

    assert outcomes == [Outcome.LATE, Outcome.REPEATED]
    refund_id = session.scalars(select(Refund.id)).one()
    assert balances(session) == {
        "A:demo:pending": group.total_minor,
        f"L:refund:{refund_id}": -group.total_minor,
    }
    assert packs(session, world.lots[world.goat.code]) == (10, 0, 0, 0)
    assert session.scalars(select(OrderGroup.state)).one() is GroupState.EXPIRED


def test_a_wrong_amount_is_kept_apart_for_a_person(session: Session) -> None:
    world = a_world(session)
    group = a_group(session, {world.goat.code: 1})

    outcome = order_paid.settle(session, a_capture(session, group, amount_minor=100))

    assert outcome is Outcome.MISMATCH
    assert session.scalars(select(Payment.state)).one() is PaymentState.MISMATCH
    assert balances(session) == {
        "A:demo:pending": 100,
        f"L:unapplied:{group.number}": -100,
    }
    assert session.scalars(select(OrderGroup.state)).one() is GroupState.PENDING_PAYMENT


def test_a_paid_group_cannot_be_cancelled_or_expire(session: Session) -> None:
    world = a_world(session)
    group = a_paid_group(session, {world.goat.code: 1})

    assert not checkout.cancel(session, group.number, actor=ACTOR, at=LATER)
    assert not checkout.expire(session, group.number, at=LATER)

    assert session.scalars(select(Order.state)).one() is OrderState.PAID


def test_a_contract_that_changed_before_delivery_counts_from_then(session: Session) -> None:
    world = a_world(session)
    number = f"{a_paid_group(session, {world.goat.code: 2}).number}-1"
    kinder = {**TERMS, "ratios": {"HHPOT": "18/20", "COOP": "1/20", "VILLAGE": "1/20"}}
    version = households.draw_up_version(
        session, f"{GOAT}-CONSIGN", kinder, effective_from=NOON.date()
    )
    households.activate_version(session, version, at=NOON)

    ship_and_deliver(session, number)

    found = balances(session)
    assert found["L:payable:coop:C05"] == -872
    assert sum(minor for code, minor in found.items() if "L:payable:hh:" in code) == -15_700


def test_goods_of_a_seller_without_a_contract_are_not_sold(session: Session) -> None:
    a_world(session)
    hermit = a_sku(session, a_product(session, seller_code=a_seller(session, "C77")))
    a_lot(session, hermit)

    with pytest.raises(NotEnoughStockError):
        a_group(session, {hermit.code: 1})


def test_lots_nobody_contributed_to_stay_with_their_seller(session: Session) -> None:
    world = a_world(session, on_hand=1)
    a_lot(session, world.goat, on_hand=5)

    a_paid_group(session, {world.goat.code: 3})

    parts = session.scalars(select(Entitlement)).all()
    assert sum(part.amount_minor for part in parts) == 3 * 9_800
    assert len([part for part in parts if part.party_kind is PartyKind.HOUSEHOLD]) == 12
    sellers = [part for part in parts if part.party_kind is PartyKind.COOPERATIVE]
    assert len(sellers) == 2
