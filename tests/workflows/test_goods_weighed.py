"""Goods sold by weight: one net weight decides charge, refund, box, invoice and income."""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from catalog.models import Sku
from cold_chain.models import Parcel, Shipment
from households.models import Entitlement
from kernel.errors import ConflictError, InvalidError
from kernel.quantity import amount_of
from ledger import queries as ledger_queries
from orders import queries as order_queries
from orders.models import WeighedLine, Weighing
from orders.values import ClaimKind, OrderState
from payments.models import Refund
from payments.queries import invoices
from payments.rules import invoices as rules
from payments.values.invoices import InvoiceForm, InvoiceLine, Title, TitleKind
from reporting import volumes
from reporting.invariants import checks
from reporting.values import VolumeFilter
from tests.builders.catalog import NOON
from tests.builders.claims import a_photo, some_terms
from tests.builders.cold_chain import a_device
from tests.builders.invoices import some_rates
from tests.builders.sales import a_paid_group, a_world, balances
from tests.builders.weighing import by_the_piece, weigh
from workflows import (
    claims,
    invoice_issued,
    order_cancelled,
    order_delivered,
    order_shipped,
)
from workflows.invoice_issued import InvoiceWish
from workflows.order_cancelled import LineBack, PartBack, Refusal
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

LATER = NOON + timedelta(hours=6)
LOGGER = "LOG-1"
MOST = 16_170
"""What a piece is charged at first: 1,650 g at 49.00 yuan for 500 g."""


@pytest.fixture
def leg(session: Session) -> Sku:
    world = a_world(session)
    a_device(session, LOGGER)
    # The logger came with a bare order that nobody paid for.
    session.execute(text("DELETE FROM seller_orders"))
    session.execute(text("DELETE FROM order_groups"))
    return by_the_piece(session, world)


def a_number(session: Session, quantities: dict[str, int]) -> str:
    return f"{a_paid_group(session, quantities).number}-1"


def ship(session: Session, number: str) -> None:
    order_shipped.pack(session, number, actor="person:7", at=NOON)
    order_shipped.ship(session, number, HandOver(actor="person:7", device_code=LOGGER), at=NOON)


def deliver(session: Session, number: str) -> None:
    order_delivered.deliver(session, number, Receipt("person:2", "recipient"), at=LATER)


def refunds(session: Session) -> list[tuple[int, str]]:
    rows = session.execute(select(Refund.amount_minor, Refund.reason).order_by(Refund.id))
    return [(row[0], row[1]) for row in rows]


def broken(session: Session) -> dict[str, int]:
    found = {check.name: checks.ask(session, check).broken for check in checks.CHECKS}
    found |= {one.code: one.figure for one in ledger_queries.audit(session)}
    # The readings of a parcel are not what this is about, nor is the logger's earlier trip.
    skipped = {"cold-deliveries-judged", "shipments-follow-orders"}
    return {name: count for name, count in found.items() if count and name not in skipped}


def earned(session: Session) -> int:
    parts = func.sum(Entitlement.amount_minor - Entitlement.reversed_minor)
    return session.scalar(select(parts).where(Entitlement.earned_at.is_not(None))) or 0


def test_one_weight_decides_everything(session: Session, leg: Sku) -> None:
    some_rates(session)
    group = a_paid_group(session, {leg.code: 2})
    number = f"{group.number}-1"
    assert group.total_minor == 2 * MOST  # the shipping is free

    weigh(session, number, 1_420, 1_533)
    ship(session, number)
    deliver(session, number)

    # 2,953 g at 49.00 yuan for 500 g, rounded half up.
    due = 28_939
    (line,) = order_queries.get_order(session, number, seller_code=None).lines
    assert line.weighed is not None
    assert (line.weighed.weight_g, line.settled_minor) == (2_953, due)
    # The charge less the refund.
    ((back, reason),) = refunds(session)
    assert (back, reason) == (2 * MOST - due, "weighed_less")
    # The packing sheet and the box.
    (sheet,) = order_queries.list_to_weigh(session, [number])
    assert [box_weight(session, number), sum(sheet.pieces_g)] == [2_953, 2_953]
    # The invoice and the report.
    assert invoiced(session, group.number) == due
    month = NOON.date().replace(day=1)
    as_of = LATER + timedelta(hours=1)
    wanted = VolumeFilter(scope="500156", since=month, until=month, as_of=as_of)
    assert volumes.add_up(session, wanted).net_minor == due
    sold = volumes.list_lines(session, wanted, after=None, limit=9)
    assert ({one.weight_g for one in sold}, sum(one.minor for one in sold)) == ({2_953}, due)
    # Everybody behind the goods, and the books.
    assert earned(session) == due
    stands = balances(session)
    assert stands[f"L:refund:{_refund_id(session)}"] == -(2 * MOST - due)
    assert f"L:prepaid:{number}" not in stands
    named = ("L:payable:", "I:commission")
    assert sum(minor for code, minor in stands.items() if code.startswith(named)) == -due
    assert broken(session) == {}


def box_weight(session: Session, number: str) -> int | None:
    box = select(Parcel.weight_g).join(Shipment, Shipment.id == Parcel.shipment_id)
    return session.scalar(box.where(Shipment.order_number == number))


def invoiced(session: Session, group: str) -> int:
    title = Title(TitleKind.PERSONAL, "王小姐", "", InvoiceForm.ORDINARY)
    wish = InvoiceWish(title=title, order_numbers=(f"{group}-1",), group_number=group)
    (issued,) = invoice_issued.issue(session, wish, at=LATER)
    head, _ = invoices.get_invoice(session, issued)
    return head.gross_minor


def lines_of(session: Session, group: str) -> list[InvoiceLine]:
    rows = sorted(invoices.list_of_group(session, group), key=lambda row: row.number)
    return [line for row in rows for line in invoices.get_invoice(session, row.invoice_id)[1]]


def test_an_invoice_tells_the_weight_and_the_agreed_price_of_a_kilogram(
    session: Session, leg: Sku
) -> None:
    some_rates(session)
    group = a_paid_group(session, {leg.code: 2})
    weigh(session, f"{group.number}-1", 1_420, 1_533)
    ship(session, f"{group.number}-1")
    invoiced(session, group.number)

    (line,) = lines_of(session, group.number)
    assert (line.quantity, line.weight_g, line.gross_minor) == (2, 2_953, 28_939)
    assert rules.unit_price(line) == Decimal("98.00")


def test_an_invoice_before_the_scale_is_mended_by_a_red_letter_that_tells_the_weight(
    session: Session, leg: Sku
) -> None:
    some_rates(session)
    group = a_paid_group(session, {leg.code: 2})
    number = f"{group.number}-1"
    invoiced(session, group.number)
    assert [line.weight_g for line in lines_of(session, group.number)] == [3_300]

    weigh(session, number, 1_420, 1_533)
    ship(session, number)
    assert len(invoice_issued.take_back(session, number, at=LATER)) == 1
    assert invoice_issued.take_back(session, number, at=LATER) == []
    deliver(session, number)
    told = lines_of(session, group.number)
    assert [line.weight_g for line in told] == [3_300, 2_953 - 3_300]
    assert sum(line.gross_minor for line in told) == 28_939
    assert all(rules.unit_price(line) == Decimal("98.00") for line in told)

    (head,) = order_queries.list_line_heads(session, order_number=number)
    spoiled = PartBack(key="spoiled", lines=(LineBack(head.line_id, 1_000),))
    order_cancelled.refund_in_part(
        session, number, spoiled, Refusal("person:1", "spoiled"), at=LATER
    )
    invoice_issued.take_back(session, number, at=LATER)
    assert [line.weight_g for line in lines_of(session, group.number)] == [3_300, -347, None]
    order_cancelled.refund_in_full(session, number, Refusal("person:1", "lost"), at=LATER)
    invoice_issued.take_back(session, number, at=LATER)
    told = lines_of(session, group.number)
    assert sum(line.weight_g or 0 for line in told) == 0
    assert sum(line.gross_minor for line in told) == 0
    assert broken(session) == {}


@given(
    weight_g=st.integers(1, 100_000),
    jin_minor=st.integers(1, 100_000),
    off=st.integers(0, 10**6),
)
def test_weight_times_unit_price_is_the_amount(weight_g: int, jin_minor: int, off: int) -> None:
    per_kg, whole = amount_of(jin_minor, 1_000), amount_of(jin_minor, weight_g)
    gross = max(1, whole - off % max(1, whole))
    line = InvoiceLine("O", 1, "羊腿", 1, gross, weight_g=weight_g, per_kg_minor=per_kg)

    price = rules.unit_price(line)

    assert price is not None
    weighed = Decimal(weight_g) / 1_000
    assert (price * weighed).quantize(Decimal("0.01"), ROUND_HALF_UP) * 100 == gross
    assert gross != whole or price * 100 == per_kg


def _refund_id(session: Session) -> int:
    return session.scalars(select(Refund.id)).one()


def test_pieces_nobody_weighed_do_not_leave(session: Session, leg: Sku) -> None:
    number = a_number(session, {leg.code: 1})

    with pytest.raises(ConflictError) as refused:
        ship(session, number)
    assert refused.value.code == "weight_missing"
    weigh(session, number, 1_500)
    ship(session, number)
    assert refunds(session) == [(MOST - 14_700, "weighed_less")]


def test_an_order_packed_without_weight_does_not_leave_either(
    session: Session, leg: Sku
) -> None:
    number = a_number(session, {leg.code: 1})
    session.execute(
        text("UPDATE seller_orders SET state = 'packed' WHERE number = :n"), {"n": number}
    )
    hand_over = HandOver(actor="person:7", device_code=LOGGER)

    with pytest.raises(ConflictError) as refused:
        order_shipped.ship(session, number, hand_over, at=NOON)
    assert refused.value.code == "weight_missing"


def test_a_weight_may_be_corrected_until_it_ships(session: Session, leg: Sku) -> None:
    number = a_number(session, {leg.code: 1})
    weigh(session, number, 1_300)
    weigh(session, number, 1_300)
    weigh(session, number, 1_640)
    weigh(session, number, 1_400)

    told = [row.weight_g for row in order_queries.list_weighings(session, number)]
    assert told == [1_400, 1_640, 1_300]
    ship(session, number)
    assert refunds(session) == [(MOST - 13_720, "weighed_less")]
    with pytest.raises(ConflictError) as refused:
        weigh(session, number, 1_500)
    assert refused.value.code == "weighing_closed"
    assert broken(session) == {}


def test_nothing_is_owed_for_more_than_the_most(session: Session, leg: Sku) -> None:
    number = a_number(session, {leg.code: 1})
    weigh(session, number, 1_790)
    ship(session, number)
    deliver(session, number)

    assert refunds(session) == []
    assert earned(session) == MOST
    assert broken(session) == {}


def test_a_slip_of_the_hand_leaves_nothing_behind(session: Session, leg: Sku) -> None:
    number = a_number(session, {leg.code: 1})

    for grams, confirmed, code in (
        (15_000, True, "weight_implausible"),
        (1_100, False, "weight_unusual"),
    ):
        with pytest.raises((ConflictError, InvalidError)) as refused:
            weigh(session, number, grams, is_confirmed=confirmed)
        assert refused.value.code == code
    assert session.scalar(select(func.count()).select_from(Weighing)) == 0
    weigh(session, number, 1_100, is_confirmed=True)
    ship(session, number)
    assert refunds(session) == [(MOST - 10_780, "weighed_less")]


def test_pieces_taken_off_before_weighing_are_not_weighed(session: Session, leg: Sku) -> None:
    number = a_number(session, {leg.code: 3})
    weigh(session, number, 1_400, 1_500, 1_600)
    (line,) = order_queries.list_line_heads(session, order_number=number)
    part = PartBack(key="one-less", lines=(LineBack(line.line_id, MOST, 1),))
    order_cancelled.refund_in_part(session, number, part, Refusal("guest", "x"), at=NOON)

    with pytest.raises(ConflictError) as refused:
        ship(session, number)
    assert refused.value.code == "weight_missing"
    weigh(session, number, 1_400, 1_500)
    ship(session, number)
    deliver(session, number)

    assert refunds(session) == [(MOST, "x"), (2 * MOST - 28_420, "weighed_less")]
    assert earned(session) == 28_420
    assert broken(session) == {}


def test_spoiled_pieces_are_claimed_at_what_they_weighed(session: Session, leg: Sku) -> None:
    some_terms(session, claim_auto_minor=0)
    number = a_number(session, {leg.code: 2})
    weigh(session, number, 1_400, 1_600)
    ship(session, number)
    deliver(session, number)
    (line,) = order_queries.list_line_heads(session, order_number=number)
    asked = claims.Asked(
        kind=ClaimKind.SPOILED,
        packs={line.line_id: 1},
        key="k",
        actor="guest",
        photos=(a_photo(),),
    )

    claim = claims.open_claim(session, number, asked, at=LATER)

    assert order_queries.get_claim(session, claim).minor == 29_400 // 2


def test_everything_taken_back_leaves_nothing(session: Session, leg: Sku) -> None:
    number = a_number(session, {leg.code: 2})
    weigh(session, number, 1_250, 1_333)
    ship(session, number)
    deliver(session, number)
    order_cancelled.refund_in_full(session, number, Refusal("person:1", "damaged"), at=LATER)

    assert sum(minor for minor, _ in refunds(session)) == 2 * MOST
    assert earned(session) == 0
    assert broken(session) == {}


@pytest.mark.parametrize("seed", range(6))
def test_any_weights_keep_every_invariant(session: Session, leg: Sku, seed: int) -> None:
    chance = Random(seed)  # noqa: S311 -- draws a story, keeps no secret
    world_packs = chance.randint(1, 4)
    number = a_number(session, {leg.code: world_packs})
    charged = world_packs * MOST
    pieces = [chance.randint(1_200, 1_800) for _ in range(world_packs)]
    weigh(session, number, *pieces)
    ship(session, number)
    deliver(session, number)

    due = min(charged, (2 * 4_900 * sum(pieces) + 500) // 1_000)
    assert charged - sum(minor for minor, _ in refunds(session)) == due
    assert earned(session) == due
    assert broken(session) == {}


def test_what_was_settled_never_changes(session: Session, leg: Sku) -> None:
    number = a_number(session, {leg.code: 1})
    weigh(session, number, 1_500)
    ship(session, number)

    with pytest.raises(DBAPIError, match="refused"), session.begin_nested():
        session.execute(text("UPDATE weighed_lines SET weight_g = weight_g + 1"))
    with pytest.raises(DBAPIError, match="refused"), session.begin_nested():
        session.execute(text("DELETE FROM weighings"))


def test_packs_have_no_weight_of_their_own(session: Session) -> None:
    world = a_world(session)
    a_device(session, LOGGER)
    number = a_number(session, {world.goat.code: 1})
    ship(session, number)

    assert session.scalar(select(func.count()).select_from(WeighedLine)) == 0
    order = order_queries.get_order(session, number, seller_code=None)
    assert order.state is OrderState.SHIPPED
    assert order.lines[0].weighed is None
