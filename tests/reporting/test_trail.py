"""The trail of an order: where each fen went, by village and without persons."""

from datetime import date, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from households import service as households
from households.models import Household
from households.values import LinkageModel, NewContract
from kernel.disclosure import DisclosurePolicy
from orders.models import OrderLine
from reporting.trail import Trail, TrailPart, list_trails
from tests.builders.catalog import NOON, a_lot
from tests.builders.deliveries import a_delivered_sale
from tests.builders.places import TOWNSHIP, VILLAGE, a_place
from tests.builders.purchases import LATER, a_bought_lot, goods_bought
from tests.builders.purchases import a_delivered_sale as a_delivered_purchase
from tests.builders.sales import GOAT, a_paid_group, a_world
from workflows import order_cancelled, refund_run
from workflows.order_cancelled import Refusal

POLICY = DisclosurePolicy(minimum=10, dominance_percent=85)
REFUSAL = Refusal("person:1", "test")
NEXT_DOOR = "500156204204"


def read(session: Session, number: str) -> Trail:
    return list_trails(session, [number], disclosure=POLICY)[number]


def told(parts: tuple[TrailPart, ...]) -> list[tuple[str, str, int | None]]:
    return [(part.kind, part.name, part.households) for part in parts]


def a_village_next_door(session: Session, *household_ids: str) -> None:
    """Let households live there, wherever the lot comes from."""
    a_place(session, NEXT_DOOR)
    session.execute(
        update(Household).where(Household.id.in_(household_ids)).values(village_code=NEXT_DOOR)
    )


def a_refund(session: Session, number: str) -> None:
    refund = order_cancelled.refund_in_full(session, number, REFUSAL, at=LATER)
    refund_run.confirm(session, refund, provider_reference="r", at=LATER)


def test_households_stand_under_the_village_they_live_in(session: Session) -> None:
    world = a_world(session, households_each=24)
    a_village_next_door(session, *(f"HX{n:04}" for n in range(11)))
    number = f"{a_paid_group(session, {world.goat.code: 2}).number}-1"

    trail = read(session, number)

    # Counts are told to the nearest five: 13 and 11.
    assert told(trail.parts) == [
        ("households", f"village-{VILLAGE}", 15),
        ("households", f"village-{NEXT_DOOR}", 10),
        ("cooperative", f"合作社{GOAT}", None),
        ("village", f"village-{VILLAGE}", None),
        ("logistics", "承运", None),
        ("platform", "", None),
    ]
    assert trail.gross_minor == trail.total_minor == 19_600
    assert not trail.is_earned
    assert "HX" not in str(trail)


def test_a_village_of_few_households_is_told_with_its_township(session: Session) -> None:
    world = a_world(session, households_each=24)
    a_village_next_door(session, "HX0003")
    number = f"{a_paid_group(session, {world.goat.code: 2}).number}-1"

    trail = read(session, number)

    assert told(trail.parts)[0] == ("households", f"township-{TOWNSHIP}", 25)
    assert trail.total_minor == 19_600


def test_few_households_are_merged_with_the_place_they_live_in(session: Session) -> None:
    world = a_world(session, households_each=9)
    number = f"{a_paid_group(session, {world.goat.code: 2}).number}-1"

    trail = read(session, number)

    assert [part.kind for part in trail.parts] == ["origin", "logistics", "platform"]
    assert trail.total_minor == 19_600


def test_a_second_lot_of_few_households_does_not_join_the_first(session: Session) -> None:
    """The order of one lot less from the order of both would tell what the few have."""
    world = a_world(session, on_hand=2)
    few = {"HX0000": 1_000, "HX0001": 1_000, "HX0002": 8_000}
    first = f"{a_paid_group(session, {world.goat.code: 1}).number}-1"
    a_lot(session, world.goat, households=few)
    both = f"{a_paid_group(session, {world.goat.code: 2}).number}-1"

    alone, together = (read(session, number) for number in (first, both))

    def shown(trail: Trail) -> int:
        return sum(part.minor for part in trail.parts if part.kind == "households")

    assert "origin" not in {part.kind for part in alone.parts}
    assert {"origin", "households"} <= {part.kind for part in together.parts}
    # One pack of each lot: the three of the second lot add nothing to what households show.
    assert abs(shown(together) - shown(alone)) <= 1
    assert together.total_minor == 19_600


def test_a_refund_is_told_as_what_was_taken_back(session: Session) -> None:
    world = a_world(session)
    number = a_delivered_sale(session, world.goat.code, at=NOON, quantity=2)
    earned = read(session, number)

    a_refund(session, number)

    trail = read(session, number)
    assert earned.is_earned
    assert [part.gross_minor for part in trail.parts] == [part.minor for part in earned.parts]
    assert all(part.reversed_minor == part.gross_minor for part in trail.parts)
    assert (trail.gross_minor, trail.reversed_minor, trail.total_minor) == (19_600, 19_600, 0)
    assert trail.is_reversed


def test_part_of_a_line_taken_back_leaves_the_rest(session: Session) -> None:
    world = a_world(session)
    number = a_delivered_sale(session, world.goat.code, at=NOON, quantity=2)
    line = session.scalars(select(OrderLine).where(OrderLine.order_number == number)).one()

    households.reverse_parts(session, {line.id: 4_900}, refund_key="1", at=LATER)

    trail = read(session, number)
    assert (trail.gross_minor, trail.reversed_minor, trail.total_minor) == (
        19_600,
        4_900,
        14_700,
    )
    assert not trail.is_reversed
    assert trail.parts[0].kind == "households"


def test_a_premium_for_the_village_is_named(session: Session) -> None:
    world = a_world(session, households_each=9)
    households.draw_up_contract(
        session,
        NewContract(code="FUND", organisation_code=GOAT, model=LinkageModel.PREMIUM),
    )
    version = households.draw_up_version(
        session, "FUND", {"fund_bp": 200}, effective_from=date(2025, 1, 1)
    )
    households.activate_version(session, version, at=NOON - timedelta(days=100))
    number = f"{a_paid_group(session, {world.goat.code: 2}).number}-1"

    trail = read(session, number)

    fund = next(part for part in trail.parts if part.kind == "fund")
    assert (fund.name, fund.minor) == (f"village-{VILLAGE}", 392)
    assert trail.total_minor == 19_600


def test_bought_goods_tell_what_households_had_earned_before(session: Session) -> None:
    sku = goods_bought(session)
    a_bought_lot(session, sku, {f"H{n}": 1_000 for n in range(10)})
    number = a_delivered_purchase(session, sku, 5)

    trail = read(session, number)

    # Eight yuan a kilogram at the gate; none of the price of the sale is theirs.
    assert told(trail.bought) == [("households", f"village-{VILLAGE}", 10)]
    assert (trail.bought[0].minor, trail.is_bought_withheld) == (4_000, False)
    assert "households" not in {part.kind for part in trail.parts}
    assert trail.total_minor == 5 * 3_980


def test_goods_bought_from_few_tell_no_amount(session: Session) -> None:
    sku = goods_bought(session)
    a_bought_lot(session, sku, {"H1": 6_000, "H2": 4_000})
    number = a_delivered_purchase(session, sku, 5)

    trail = read(session, number)

    assert (trail.bought, trail.is_bought_withheld) == ((), True)


def test_a_refund_takes_back_what_an_order_traced_and_no_pay(session: Session) -> None:
    sku = goods_bought(session)
    a_bought_lot(session, sku, {f"H{n}": 1_000 for n in range(10)})
    number = a_delivered_purchase(session, sku, 5)

    a_refund(session, number)

    (part,) = read(session, number).bought
    assert (part.gross_minor, part.reversed_minor) == (4_000, 4_000)


def test_trails_of_many_orders_cost_two_statements(
    session: Session, statements: list[str]
) -> None:
    world = a_world(session)
    numbers = [f"{a_paid_group(session, {world.goat.code: 1}).number}-1" for _ in range(3)]
    statements.clear()

    found = list_trails(session, numbers, disclosure=POLICY)

    assert (len(found), len(statements)) == (3, 2)
