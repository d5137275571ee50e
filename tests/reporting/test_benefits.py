"""Benefited households of a year: distinct, net of refunds, and safe to show."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from households.models import Entitlement, HouseholdCategoryPeriod
from households.values import HouseholdCategory
from kernel.disclosure import DisclosurePolicy
from kernel.policy import PolicyParam, find_disclosure
from reporting import benefits, volumes
from reporting.benefits import Year
from reporting.rules.disclosure import TOTAL, DisclosedTable
from tests.builders.catalog import NOON
from tests.builders.cold_chain import a_device
from tests.builders.places import VILLAGE
from tests.builders.sales import World, a_paid_group, a_world
from workflows import order_cancelled, order_delivered, order_shipped
from workflows.order_cancelled import Refusal
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

SHOW_ALL = DisclosurePolicy(minimum=1, dominance_percent=100)
SHOW_MANY = DisclosurePolicy(minimum=10, dominance_percent=85)
NEXT_DAY = NOON + timedelta(days=1)


@pytest.fixture
def world(session: Session) -> World:
    return a_world(session)


def deliver(session: Session, world: World, *, packs: int = 2) -> str:
    number = f"{a_paid_group(session, {world.goat.code: packs}).number}-1"
    logger = a_device(session, f"LOG-{number}")
    order_shipped.pack(session, number, actor="person:1", at=NOON)
    order_shipped.ship(session, number, HandOver(actor="person:1", device_code=logger), at=NOON)
    at = NOON + timedelta(hours=1)
    order_delivered.deliver(session, number, Receipt("person:1", "guest"), at=at)
    return number


def table(
    session: Session,
    scope: str = "500156",
    *,
    year: int = 2026,
    shown: DisclosurePolicy = SHOW_ALL,
) -> DisclosedTable:
    places = list(volumes.list_places(session, scope))
    return benefits.count(session, scope, Year(year, NEXT_DAY), places=places, shown=shown)


def test_a_household_counts_once_however_often_it_earns(session: Session, world: World) -> None:
    deliver(session, world)
    deliver(session, world)

    total = table(session).find(TOTAL, TOTAL)

    earned = session.scalars(
        select(Entitlement.amount_minor).where(Entitlement.household_id.is_not(None))
    ).all()
    assert total is not None
    assert (total.households, total.minor) == (12, sum(earned))


def test_what_is_only_expected_does_not_count(session: Session, world: World) -> None:
    a_paid_group(session, {world.goat.code: 2})

    total = table(session).find(TOTAL, TOTAL)

    assert total is not None
    assert total.households == 0


def test_a_household_whose_earnings_were_taken_back_does_not_count(
    session: Session, world: World
) -> None:
    number = deliver(session, world)
    refusal = Refusal("person:1", "damaged")
    order_cancelled.refund_in_full(session, number, refusal, at=NOON + timedelta(hours=2))

    total = table(session).find(TOTAL, TOTAL)

    assert total is not None
    assert (total.households, total.minor) == (0, 0)


def test_another_year_has_its_own_figures(session: Session, world: World) -> None:
    deliver(session, world)

    total = table(session, year=2025).find(TOTAL, TOTAL)

    assert total is not None
    assert total.households == 0


def test_households_stand_by_the_category_of_the_day(session: Session, world: World) -> None:
    deliver(session, world)
    for number, category in enumerate(
        [HouseholdCategory.LIFTED, HouseholdCategory.BORDERLINE, HouseholdCategory.GENERAL]
    ):
        session.add(
            HouseholdCategoryPeriod(
                household_id=f"HX{number:04}", category=category, valid_from=date(2021, 1, 1)
            )
        )
    session.flush()

    found = table(session)

    counts = {
        column: group.households
        for column in ("lifted", "monitored", "general")
        if (group := found.find(TOTAL, column)) is not None
    }
    assert counts == {"lifted": 1, "monitored": 1, "general": 10}


def test_a_village_of_few_households_is_withheld(session: Session) -> None:
    deliver(session, a_world(session, households_each=4))

    found = table(session, VILLAGE, shown=SHOW_MANY)

    assert found.find(TOTAL, TOTAL) is None


def test_a_village_counts_itself(session: Session, world: World) -> None:
    deliver(session, world)

    found = table(session, VILLAGE, shown=SHOW_MANY).find(TOTAL, TOTAL)

    assert found is not None
    assert found.households == 12


def test_the_policy_of_the_day_decides(session: Session, world: World) -> None:
    session.execute(
        insert(PolicyParam).values(
            code="disclosure_dominance_percent",
            value=70,
            unit="percent",
            valid_from=date(2020, 1, 1),
            basis="test",
            note="",
        )
    )

    assert find_disclosure(session, on=NOON.date()) == DisclosurePolicy(10, 70)


def test_without_a_policy_the_strict_one_holds(session: Session) -> None:
    assert find_disclosure(session, on=NOON.date()) == DisclosurePolicy(40, 85)
