"""Orders taken back bit by bit: any series of parts that ends at nothing leaves nothing."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.service import LineWant
from kernel.errors import ConflictError
from ledger import queries as ledger_queries
from orders import queries as order_queries
from orders import rules as order_rules
from orders import service as orders
from orders.errors import StepNotAllowedError
from orders.models import Order
from orders.service import NewGroup
from orders.values import LineHead, OrderState, Quote, ShippingTerms
from reporting.invariants import checks
from tests.builders.catalog import NOON
from tests.builders.cold_chain import CARRIER, a_device
from tests.builders.sales import (
    GUEST,
    RECIPIENT,
    World,
    a_capture,
    a_paid_group,
    a_world,
    balances,
    packs,
)
from workflows import order_cancelled, order_delivered, order_paid, order_shipped
from workflows.checkout import PlacedGroup
from workflows.order_cancelled import LineBack, PartBack, Refusal
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

LATER = NOON + timedelta(hours=6)
REFUSAL = Refusal("person:1", "damaged")
SHIPPING = ShippingTerms(ambient_minor=800, cold_minor=1_800, free_from_minor=1_000_000)
KEY = "k"
LOGGER = "LOG-1"


def a_shop(session: Session) -> tuple[World, dict[str, int]]:
    """Make a world with a logger, and say what the logger's earlier trip leaves broken."""
    world = a_world(session)
    a_device(session, LOGGER)
    return world, broken(session)


def a_discounted_order(
    session: Session, world: World, *, platform_minor: int, seller_minor: int, packs: int = 3
) -> PlacedGroup:
    """Place and pay an order of goat meat, of which platform and seller pay a part each."""
    lines = order_queries.list_wanted(session, {world.goat.code: packs}, on=NOON.date())
    reduced = [
        replace(
            line, seller_discount_minor=seller_minor, platform_discount_minor=platform_minor
        )
        for line in lines
    ]
    quote: Quote = order_rules.quote(reduced, SHIPPING)
    new = NewGroup(
        number=order_rules.new_number(NOON.date()),
        access_key=KEY,
        buyer=GUEST,
        recipient=RECIPIENT,
        carrier_code=CARRIER,
        locale="zh_CN",
        placed_at=NOON,
        expires_at=LATER,
    )
    placed = orders.place(session, new, quote)
    wants = [LineWant(line.line_id, line.sku_id, line.quantity) for line in placed]
    catalog.reserve(session, new.number, wants, expires_at=LATER, at=NOON)
    group = PlacedGroup(new.number, KEY, quote.total_minor, LATER)
    order_paid.settle(session, a_capture(session, group))
    return group


def deliver(session: Session, number: str) -> None:
    ship(session, number)
    receipt = Receipt("person:2", "recipient")
    order_delivered.deliver(session, number, receipt, at=LATER)


def ship(session: Session, number: str) -> None:
    order_shipped.pack(session, number, actor="person:1", at=NOON)
    order_shipped.ship(session, number, HandOver(actor="person:1", device_code=LOGGER), at=NOON)


def broken(session: Session) -> dict[str, int]:
    """Return what does not hold, and how often."""
    found = {check.name: checks.ask(session, check).broken for check in checks.CHECKS}
    found |= {one.code: one.figure for one in ledger_queries.audit(session)}
    # The readings of a parcel are not what this is about.
    found.pop("cold-deliveries-judged")
    return {name: count for name, count in found.items() if count}


def all_is_funded(line: LineHead, part: PartBack) -> bool:
    """Say whether the buyer paid nothing of a part: the platform's coupon covers it."""
    if part.shipping_minor or not part.lines:
        return False
    taken = part.lines[0].minor
    before, after = (
        order_rules.funded_of(line.platform_discount_minor, line.gross_minor, taken_minor=minor)
        for minor in (line.refunded_minor, line.refunded_minor + taken)
    )
    return after - before == taken


@pytest.mark.parametrize("seed", range(12))
def test_parts_that_end_at_nothing_leave_nothing(session: Session, seed: int) -> None:
    chance = Random(seed)  # noqa: S311 -- draws a story, keeps no secret
    world, known = a_shop(session)
    platform, seller = chance.choice([0, 1, 999, 4_001]), chance.choice([0, 7, 2_000])
    group = a_discounted_order(session, world, platform_minor=platform, seller_minor=seller)
    number = f"{group.number}-1"
    delivered_before = chance.randrange(3)
    for step in range(40):
        order = orders.lock_order(session, number)
        if order.state is OrderState.REFUNDED:
            break
        if step == delivered_before:
            deliver(session, number)
        (line,) = order_queries.list_line_heads(session, order_number=number)
        left = line.gross_minor - line.refunded_minor
        carried = order.shipping_minor - order.shipping_refunded_minor
        minor = left if step > 30 or chance.random() < 0.1 else chance.randint(1, left or 1)
        part = PartBack(
            key=f"part-{step}",
            lines=(LineBack(line.line_id, minor),) if left else (),
            shipping_minor=carried if not left else chance.randint(0, carried),
        )
        if all_is_funded(line, part):
            continue
        refunds = {
            order_cancelled.refund_in_part(session, number, part, REFUSAL, at=LATER)
            for _ in range(2)
        }
        assert len(refunds) == 1
        assert broken(session) == known

    assert (
        session.scalar(select(Order.state).where(Order.number == number)) is OrderState.REFUNDED
    )
    found = balances(session)
    owed = -sum(minor for code, minor in found.items() if code.startswith("L:refund:"))
    assert owed == group.total_minor
    assert {code for code in found if not code.startswith("L:refund:")} == {"A:demo:pending"}


def test_the_platform_bears_its_coupon_and_nobody_earns_less(session: Session) -> None:
    world, _ = a_shop(session)
    group = a_discounted_order(session, world, platform_minor=1_000, seller_minor=0)

    deliver(session, f"{group.number}-1")

    found = balances(session)
    assert found["E:goodwill"] == 1_000
    assert found["I:commission"] == -round(3 * 9_800 * 0.03)
    earned = -sum(minor for code, minor in found.items() if code.startswith(("L:", "I:")))
    assert earned == 3 * 9_800 + 1_800


def test_a_pack_that_has_not_left_goes_back_on_the_shelf(session: Session) -> None:
    world, known = a_shop(session)
    group = a_paid_group(session, {world.goat.code: 3})
    number = f"{group.number}-1"
    (line,) = order_queries.list_line_heads(session, order_number=number)

    part = PartBack(key="one", lines=(LineBack(line.line_id, 9_800, 1),))
    order_cancelled.refund_in_part(session, number, part, REFUSAL, at=NOON)

    assert packs(session, world.lots[world.goat.code]) == (8, 0, 2, 0)
    assert [pick.quantity for pick in order_queries.list_picks(session, number)] == [2]
    deliver(session, number)
    assert broken(session) == known


def test_what_is_on_its_way_loses_no_pack(session: Session) -> None:
    world, _ = a_shop(session)
    group = a_paid_group(session, {world.goat.code: 3})
    number = f"{group.number}-1"
    ship(session, number)
    (line,) = order_queries.list_line_heads(session, order_number=number)

    part = PartBack(key="one", lines=(LineBack(line.line_id, 9_800, 1),))
    with pytest.raises(ConflictError, match="on its way"):
        order_cancelled.refund_in_part(session, number, part, REFUSAL, at=LATER)


def test_more_than_is_left_is_refused_and_nothing_is_written(session: Session) -> None:
    world = a_world(session)
    group = a_paid_group(session, {world.goat.code: 1})
    number = f"{group.number}-1"
    before = balances(session)
    (line,) = order_queries.list_line_heads(session, order_number=number)

    for key, lines, shipping in (
        ("line", (LineBack(line.line_id, 9_801),), 0),
        ("shipping", (LineBack(line.line_id, 1),), 1_801),
        ("packs", (LineBack(line.line_id, 1, 2),), 0),
    ):
        part = PartBack(key=key, lines=lines, shipping_minor=shipping)
        with pytest.raises(ConflictError), session.begin_nested():
            order_cancelled.refund_in_part(session, number, part, REFUSAL, at=NOON)

    assert balances(session) == before


def test_an_unpaid_order_has_nothing_to_give_back(session: Session) -> None:
    world = a_world(session)
    group = a_paid_group(session, {world.goat.code: 1})
    number = f"{group.number}-1"
    order_cancelled.refund_in_full(session, number, REFUSAL, at=NOON)

    with pytest.raises(StepNotAllowedError):
        order_cancelled.refund_in_full(session, number, REFUSAL, at=NOON)
