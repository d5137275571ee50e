"""A certificate ends at midnight in Shanghai, and no worker runs: what becomes of a purchase.

| when it ends | result |
|---|---|
| a basket is open | nothing of it can be added or ordered; the basket says why |
| a reservation is held | before paying the order is closed and its packs go back; no charge |
| a payment is captured before midnight | the sale stands, whenever the word arrives |
| a payment is captured at midnight or later | the money is owed back in full |
"""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalog.errors import NotEnoughStockError
from catalog.models import Certificate
from catalog.values.papers import PaperState
from kernel.clock import at_local_midnight, local_date
from orders import queries as order_queries
from orders.models import OrderGroup
from orders.queries.absences import Absence, list_absences
from orders.values import GroupState
from payments.models import Payment, Refund
from payments.values import PaymentState
from tests.builders.catalog import TODAY
from tests.builders.papers import a_paper, decided, paper_policies, staff
from tests.builders.people import a_person
from tests.builders.sales import GOAT, World, a_capture, a_group, a_world, packs
from workflows import checkout, order_paid
from workflows.order_paid import Outcome

DAY = timedelta(days=1)
MIDNIGHT = at_local_midnight(TODAY + DAY)
LAST_MOMENT = MIDNIGHT - timedelta(microseconds=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def world(session: Session) -> World:
    """Goods whose licence was reviewed and ends today."""
    made = a_world(session)
    paper_policies(session)
    code = a_paper(
        session,
        GOAT,
        staff(session, GOAT),
        type_code="SC",
        products=(made.goat.product_code,),
        valid_to=TODAY,
    )
    decided(session, code, PaperState.ACCEPTED, int(a_person(session, "reviewer")))
    return made


def available(session: Session, world: World, at: datetime) -> int:
    wanted = order_queries.list_wanted(session, {world.goat.code: 1}, on=local_date(at))
    return wanted[0].available


def test_an_open_basket_cannot_be_ordered_and_says_why(session: Session, world: World) -> None:
    assert available(session, world, LAST_MOMENT) == 10

    assert available(session, world, MIDNIGHT) == 0
    assert list_absences(session, [world.goat.id], at=MIDNIGHT) == {
        world.goat.id: Absence.CERTIFICATE_ENDED
    }
    with pytest.raises(NotEnoughStockError):
        a_group(session, {world.goat.code: 1}, at=MIDNIGHT)


def test_what_is_held_is_closed_before_it_is_paid(session: Session, world: World) -> None:
    group = a_group(session, {world.goat.code: 2}, at=LAST_MOMENT)
    session.execute(update(OrderGroup).values(expires_at=MIDNIGHT + HOUR))

    assert not checkout.stop_unfit(session, group.number, at=LAST_MOMENT)
    assert checkout.stop_unfit(session, group.number, at=MIDNIGHT)

    assert session.scalars(select(OrderGroup.state)).one() is GroupState.CANCELLED
    assert packs(session, world.lots[world.goat.code]) == (10, 0, 0, 0)
    assert session.scalars(select(Payment)).all() == []


def test_money_captured_before_midnight_buys(session: Session, world: World) -> None:
    group = a_group(session, {world.goat.code: 2}, at=LAST_MOMENT)
    session.execute(update(OrderGroup).values(expires_at=MIDNIGHT + HOUR))

    # The word of it arrives after midnight; what counts is when the money was taken.
    outcome = order_paid.settle(session, a_capture(session, group, at=LAST_MOMENT))

    assert outcome is Outcome.SETTLED
    assert packs(session, world.lots[world.goat.code]) == (8, 0, 2, 0)


def test_money_captured_at_midnight_goes_back(session: Session, world: World) -> None:
    group = a_group(session, {world.goat.code: 2}, at=LAST_MOMENT)
    session.execute(update(OrderGroup).values(expires_at=MIDNIGHT + HOUR))

    outcome = order_paid.settle(session, a_capture(session, group, at=MIDNIGHT))

    assert outcome is Outcome.LATE
    assert session.scalars(select(Payment.state)).one() is PaymentState.LATE
    assert session.scalars(select(Refund.amount_minor)).one() == group.total_minor
    assert packs(session, world.lots[world.goat.code]) == (10, 0, 0, 0)


def test_a_suspension_stops_at_its_moment_like_the_clock(
    session: Session, world: World
) -> None:
    group = a_group(session, {world.goat.code: 2}, at=LAST_MOMENT)
    session.execute(update(Certificate).values(stopped_at=LAST_MOMENT))

    assert checkout.stop_unfit(session, group.number, at=LAST_MOMENT)
