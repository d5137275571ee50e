"""How the packs of a lot travelled: parcels counted once, nothing guessed of verdicts."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalog.models import Lot
from cold_chain.models import Shipment
from kernel import clock
from orders.models import LotAllocation, OrderLine
from reporting.lot_journey import LotJourney, find_journey
from tests.builders.cold_chain import a_device
from tests.builders.sales import a_paid_group, a_world
from workflows import order_delivered, order_shipped
from workflows.order_delivered import Receipt
from workflows.travel import HandOver


def sold(session: Session, *, packs: int = 2) -> tuple[str, str]:
    """Sell goat meat of one lot; return the number of the part and the code of the lot."""
    world = a_world(session)
    session.execute(update(Lot).values(best_before=None))
    group = a_paid_group(session, {world.goat.code: packs}, at=clock.now() - timedelta(hours=4))
    number = f"{group.number}-1"
    code = session.scalars(
        select(Lot.code)
        .join(LotAllocation, LotAllocation.lot_id == Lot.id)
        .join(OrderLine, OrderLine.id == LotAllocation.order_line_id)
        .where(OrderLine.order_number == number)
    ).one()
    return number, code


def send(session: Session, number: str) -> None:
    at = clock.now() - timedelta(hours=3)
    logger = a_device(session, f"LOG-{number}")
    order_shipped.pack(session, number, actor="person:1", at=at)
    order_shipped.ship(session, number, HandOver(actor="person:1", device_code=logger), at=at)


def test_a_lot_that_was_not_sent_has_no_journey(session: Session) -> None:
    _, lot = sold(session)

    assert find_journey(session, lot) == LotJourney(0, 0, 0, None, None, 0, 0, 0, 0)


def test_a_parcel_under_way_is_not_judged(session: Session) -> None:
    number, lot = sold(session)
    send(session, number)

    found = find_journey(session, lot)

    assert (found.sent, found.under_way, found.accepted, found.measured) == (1, 1, 0, 0)
    assert found.first_sent_at is not None


def test_a_parcel_without_readings_is_never_called_good(session: Session) -> None:
    number, lot = sold(session)
    send(session, number)
    order_delivered.deliver(
        session, number, Receipt("person:1", "guest"), at=clock.now() - timedelta(hours=1)
    )

    found = find_journey(session, lot)

    assert (found.sent, found.under_way, found.accepted) == (1, 0, 1)
    limits = session.scalars(select(Shipment.profile_code)).one()
    assert found.measured == (0 if limits is None else 1)
    assert found.passed == 0
    assert found.passed + found.failed + found.unknown == found.measured


def test_an_unknown_lot_has_none_either(session: Session) -> None:
    assert find_journey(session, "NO-SUCH-LOT").sent == 0
