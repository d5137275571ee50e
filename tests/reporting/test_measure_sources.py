"""What a figure is made of: rows and rest are the figure, and no row is of a few households."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from catalog.models import Lot
from kernel.disclosure import DisclosurePolicy
from reporting import measures, volumes
from reporting.benefits import Year
from reporting.measure_facts import Measure
from reporting.measure_sources import Asked, Sources, list_sources
from reporting.rules.disclosure import TOTAL
from tests.builders.catalog import NOON
from tests.builders.cold_chain import a_device
from tests.builders.places import DISTRICT
from tests.builders.sales import World, a_paid_group, a_world
from workflows import order_delivered, order_shipped
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

AS_OF = datetime(NOON.year, 12, 31, 4, tzinfo=UTC)
STRICT = DisclosurePolicy(minimum=10, dominance_percent=85)


def a_world_that_keeps(session: Session) -> World:
    made = a_world(session)
    session.execute(update(Lot).values(best_before=NOON.date() + timedelta(days=90)))
    return made


def sell(session: Session, sku: str, *, packs: int = 2) -> str:
    number = f"{a_paid_group(session, {sku: packs}, at=NOON).number}-1"
    logger = a_device(session)
    order_shipped.pack(session, number, actor="person:1", at=NOON)
    order_shipped.ship(session, number, HandOver(actor="person:1", device_code=logger), at=NOON)
    arrived = NOON + timedelta(hours=6)
    order_delivered.deliver(session, number, Receipt("person:1", "recipient"), at=arrived)
    return number


def opened(session: Session, measure: Measure, month: str = TOTAL) -> Sources | None:
    session.flush()
    places = list(volumes.list_places(session, DISTRICT))
    income = measures.count(
        session, DISTRICT, Year(NOON.year, AS_OF), places=places, shown=STRICT
    )
    asked = Asked(measure, TOTAL, month)
    return list_sources(session, income, asked, shown=STRICT, known=None)


def test_a_figure_is_its_rows(session: Session) -> None:
    world = a_world_that_keeps(session)
    numbers = {sell(session, world.goat.code), sell(session, world.shoots.code)}

    for measure in (Measure.SALES, Measure.TRACED, Measure.RECOGNISED):
        found = opened(session, measure)
        assert found is not None
        assert {row.code for row in found.rows} == numbers
        assert sum(row.minor for row in found.rows) == found.minor
        assert found.rest_minor == 0


def test_a_sale_of_few_households_takes_nothing_apart(session: Session) -> None:
    world = a_world_that_keeps(session)
    session.execute(
        text("""
            DELETE FROM lot_contributions WHERE lot_id = (
                SELECT id FROM lots WHERE code = :code
            ) AND household_id NOT IN (
                SELECT household_id FROM lot_contributions given
                JOIN lots lot ON lot.id = given.lot_id WHERE lot.code = :code
                ORDER BY household_id LIMIT 5)
        """),
        {"code": world.lots[world.shoots.code]},
    )
    sell(session, world.goat.code)
    sell(session, world.shoots.code)

    for measure in (Measure.TRACED, Measure.RECOGNISED):
        found = opened(session, measure)
        assert found is not None
        assert found.minor > 0
        assert found.rest_minor == found.minor
        assert not found.rows


def test_net_income_has_no_sources(session: Session) -> None:
    world = a_world_that_keeps(session)
    sell(session, world.goat.code)

    found = opened(session, Measure.NET)

    assert found is not None
    assert found.count == 0
    assert found.rest_minor == found.minor
