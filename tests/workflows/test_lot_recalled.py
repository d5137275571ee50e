"""A lot is called back or fails a test: nothing of it leaves, and each buyer is told once."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.values.papers import LabResult, NewPaper
from kernel.errors import ConflictError
from kernel.outbox import OutboxRow
from orders import queries as order_queries
from orders.models import LotNotice, Order
from orders.queries import notices
from orders.values import ClaimKind, OrderState
from orders.values.notices import NoticeCause
from tests.builders.catalog import NOON, TODAY
from tests.builders.claims import a_photo, some_terms
from tests.builders.cold_chain import a_device
from tests.builders.papers import SCAN, a_type, paper_policies, staff
from tests.builders.sales import GOAT, World, a_capture, a_group, a_paid_group, a_world, packs
from workflows import (
    claims,
    laboratory_failed,
    lot_recalled,
    order_cancelled,
    order_delivered,
    order_paid,
    order_shipped,
)
from workflows.claims import Asked
from workflows.order_cancelled import Refusal
from workflows.order_delivered import Receipt
from workflows.order_paid import Outcome
from workflows.travel import HandOver

LATER = NOON + timedelta(hours=2)


@pytest.fixture
def world(session: Session) -> World:
    """Two kinds of goods, one lot each."""
    made = a_world(session)
    paper_policies(session)
    return made


def buy(session: Session, world: World) -> str:
    """Return the number of a paid order of two packs of goat."""
    return f"{a_paid_group(session, {world.goat.code: 2}).number}-1"


def deliver(session: Session, number: str) -> None:
    """Let an order be packed, sent and received."""
    order_shipped.pack(session, number, actor="person:1", at=NOON)
    device = a_device(session, f"LOG-{number}")
    order_shipped.ship(session, number, HandOver(actor="person:1", device_code=device), at=NOON)
    receipt = Receipt("person:1", "guest")
    order_delivered.deliver(session, number, receipt, at=NOON + timedelta(hours=1))


def told(session: Session) -> list[tuple[str, str]]:
    """Return (order, cause) of every notice."""
    rows = session.execute(select(LotNotice.order_number, LotNotice.cause))
    return sorted((row.order_number, row.cause) for row in rows)


def facts(session: Session) -> int:
    """Count the letters that are asked for."""
    wanted = select(func.count()).where(OutboxRow.fact == "LotUnfit")
    return session.scalar(wanted) or 0


def fail_test(session: Session, lot: str, by: int, number: str = "R-1") -> None:
    """Hand in a report that found a lot unfit."""
    a_type(session, "LAB")
    laboratory_failed.submit(
        session,
        NewPaper(
            type_code="LAB",
            number=number,
            issuer="检测中心",
            seller_code=GOAT,
            valid_from=TODAY,
            valid_to=None,
            lots=(lot,),
            result=LabResult.FAIL,
            scan=SCAN,
            by=by,
            at=NOON,
        ),
    )


def spoiled(session: Session, number: str, at: datetime) -> bool:
    """Say whether goods of an order may be claimed as spoiled at a moment, told and asked."""
    order = order_queries.get_order(session, number, seller_code=None)
    kinds = {one.kind for one in claims.list_offers(session, order, at=at)}
    asked = Asked(
        kind=ClaimKind.SPOILED,
        packs={order.lines[0].line_id: 1},
        key=f"{number}:{at}",
        actor="guest",
        person_id=None,
        percent=100,
        photos=(a_photo(),),
    )
    trial = session.begin_nested()
    if ClaimKind.SPOILED in kinds:
        assert claims.open_claim(session, number, asked, at=at)
    else:
        with pytest.raises(ConflictError, match="claimed after"):
            claims.open_claim(session, number, asked, at=at)
    trial.rollback()
    return ClaimKind.SPOILED in kinds


def test_recalled_goods_may_be_claimed_past_their_usual_term(
    session: Session, world: World
) -> None:
    some_terms(session, recall_claim_days=30)
    number, other = buy(session, world), buy(session, world)
    deliver(session, number)
    late = NOON + timedelta(days=4)
    assert not spoiled(session, number, late)

    lot_recalled.recall(session, world.lots[world.goat.code], at=late)

    assert spoiled(session, number, late)
    assert spoiled(session, number, late + timedelta(days=30))
    assert not spoiled(session, number, late + timedelta(days=30, seconds=1))
    assert other in {row.order_number for row in notices.list_of_lot(session, lot_of(world))}


def lot_of(world: World) -> str:
    return world.lots[world.goat.code]


def test_without_a_term_for_recalls_only_the_usual_one_counts(
    session: Session, world: World
) -> None:
    some_terms(session)
    number = buy(session, world)
    deliver(session, number)

    lot_recalled.recall(session, lot_of(world), at=NOON + timedelta(days=4))

    assert not spoiled(session, number, NOON + timedelta(days=4))
    assert spoiled(session, number, NOON + timedelta(hours=20))


def test_everybody_who_paid_for_it_is_told_once(session: Session, world: World) -> None:
    lot = world.lots[world.goat.code]
    waiting, arrived, undone = (buy(session, world) for _ in range(3))
    a_paid_group(session, {world.shoots.code: 1})
    deliver(session, arrived)
    order_cancelled.refund_in_full(session, undone, Refusal("person:1", "other"), at=NOON)

    lot_recalled.recall(session, lot, at=LATER)
    lot_recalled.recall(session, lot, at=LATER)

    assert told(session) == [(one, "recalled") for one in sorted((waiting, arrived))]
    assert facts(session) == 2
    found = notices.find_unfit_lot(session, lot)
    assert found is not None
    assert (found.orders, found.packs, found.open_orders) == (2, 4, 2)
    assert {row.order_number for row in notices.list_of_lot(session, lot)} == {
        waiting,
        arrived,
    }


def test_whoever_had_the_goods_is_told_even_after_a_refund(
    session: Session, world: World
) -> None:
    number = buy(session, world)
    deliver(session, number)
    order_cancelled.refund_in_full(session, number, Refusal("person:1", "other"), at=NOON)

    lot_recalled.recall(session, world.lots[world.goat.code], at=LATER)

    assert told(session) == [(number, "recalled")]


def test_a_failed_test_tells_and_a_recall_tells_anew(session: Session, world: World) -> None:
    number, lot = buy(session, world), world.lots[world.goat.code]

    keeper = staff(session, GOAT)
    fail_test(session, lot, keeper)
    fail_test(session, lot, keeper, "R-2")
    lot_recalled.recall(session, lot, at=LATER)

    assert told(session) == [(number, "failed"), (number, "recalled")]
    shown = notices.list_of_group(session, number[:-2])
    assert [row.cause for row in shown] == [NoticeCause.RECALLED]


def test_stopping_a_lot_to_look_at_it_tells_nobody(session: Session, world: World) -> None:
    buy(session, world)

    lot_recalled.stop(session, world.lots[world.goat.code], at=LATER)

    assert told(session) == []


def test_nothing_of_a_stopped_lot_is_packed_or_sent(session: Session, world: World) -> None:
    unpacked, packed = buy(session, world), buy(session, world)
    order_shipped.pack(session, packed, actor="person:1", at=NOON)
    hand_over = HandOver(actor="person:1", device_code=a_device(session, "LOG-1"))
    lot_recalled.recall(session, world.lots[world.goat.code], at=LATER)

    with pytest.raises(ConflictError, match="stopped"):
        order_shipped.pack(session, unpacked, actor="person:1", at=LATER)
    with pytest.raises(ConflictError, match="stopped"):
        order_shipped.ship(session, packed, hand_over, at=LATER)


def test_the_buyer_takes_back_what_has_not_left(session: Session, world: World) -> None:
    number, lot = buy(session, world), world.lots[world.goat.code]
    with pytest.raises(ConflictError, match="nothing is wrong"):
        lot_recalled.step_back(session, number, actor="guest", at=LATER)
    lot_recalled.recall(session, lot, at=LATER)

    lot_recalled.step_back(session, number, actor="guest", at=LATER)

    assert session.scalars(select(Order.state)).one() is OrderState.REFUNDED
    found = notices.find_unfit_lot(session, lot)
    assert found is not None
    assert found.open_orders == 0
    with pytest.raises(ConflictError):
        lot_recalled.step_back(session, number, actor="guest", at=LATER)
    # The packs lie in the lot again, and nobody can buy them.
    assert packs(session, lot) == (10, 0, 0, 0)
    with pytest.raises(ConflictError):
        a_group(session, {world.goat.code: 1}, at=LATER)


def test_money_that_comes_after_the_recall_buys_nothing(session: Session, world: World) -> None:
    group = a_group(session, {world.goat.code: 2})
    lot_recalled.recall(session, world.lots[world.goat.code], at=NOON)

    outcome = order_paid.settle(session, a_capture(session, group, at=NOON))

    assert outcome is Outcome.LATE
    assert told(session) == []
