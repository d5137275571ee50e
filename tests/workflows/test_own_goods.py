"""Goods bought from households are sold: their seller pays for them, the trace follows."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from catalog.models import Sku
from households import service as households
from households.models import Entitlement, GoodsIssue, PurchasedLot
from households.values import (
    HouseholdId,
    IncomeClass,
    LinkageModel,
    NewContract,
    PartyKind,
)
from ledger import service as ledger
from tests.builders.catalog import a_lot
from tests.builders.ledger import an_entry
from tests.builders.places import a_household
from tests.builders.purchases import (
    ACTOR,
    LATER,
    ORDER,
    a_bought_lot,
    a_delivered_sale,
    a_market_price,
    a_purchase_contract,
    a_receipt,
    a_sale,
    an_open_lot,
    check_deferred,
    goods_bought,
    receive,
)
from tests.builders.sales import SHOOTS, a_paid_group, balances
from workflows import goods_discarded, order_cancelled, order_delivered
from workflows.order_cancelled import Refusal
from workflows.order_delivered import Receipt
from workflows.travel import Delivery

REFUSAL = Refusal(ACTOR, "test")
COOP = f"L:payable:coop:{SHOOTS}"
HUNDRED_KG = {"H1": 60_000, "H2": 40_099}
"""At 3.33 yuan a kilogram they cost 33,333 fen; they fill a hundred packs of a kilogram."""


def a_lot_of_33_333(session: Session) -> tuple[Sku, str]:
    """Buy a hundred packs for 333.33 yuan."""
    sku = goods_bought(session, price_minor=1_000)
    a_market_price(session, sku.product_code, 100)
    return sku, a_bought_lot(session, sku, HUNDRED_KG, floor_price=333)


def traced(session: Session) -> dict[str, int]:
    held = balances(session)
    return {code: minor for code, minor in held.items() if code.startswith("T:hh:")}


def costs(session: Session) -> list[tuple[int, int, str]]:
    rows = session.execute(
        select(GoodsIssue.packs, GoodsIssue.cost_minor, GoodsIssue.kind).order_by(GoodsIssue.id)
    )
    return [(row.packs, row.cost_minor, row.kind) for row in rows]


def test_packs_carry_the_cost_of_their_lot_in_the_order_of_selling(session: Session) -> None:
    sku, lot = a_lot_of_33_333(session)

    for packs in (33, 33, 34):
        a_delivered_sale(session, sku, packs)
    check_deferred(session)

    assert costs(session) == [
        (33, 10_999, "sold"),
        (33, 11_000, "sold"),
        (34, 11_334, "sold"),
    ]
    assert traced(session) == {"T:hh:H1:operating": 19_980, "T:hh:H2:operating": 13_353}
    held = balances(session)
    assert f"A:inventory:lot:{lot}" not in held
    assert (held["L:payable:hh:H1"], held["L:payable:hh:H2"]) == (-19_980, -13_353)
    assert (held["I:sales"], held["E:cogs"]) == (-33_333, 33_333)


def test_the_seller_has_what_fee_carrier_and_cost_leave(session: Session) -> None:
    sku, _ = a_lot_of_33_333(session)

    a_delivered_sale(session, sku, 33)

    # 33.00 × 10.00 yuan, 3 % fee, 8 % logistics; no household and no village has a share.
    assert balances(session)[COOP] == -(33_000 - 990 - 2_640 - 10_999)
    kinds = session.scalars(
        select(Entitlement.party_kind).where(Entitlement.order_line_id.is_not(None))
    ).all()
    assert sorted(kinds) == [PartyKind.COOPERATIVE, PartyKind.LOGISTICS, PartyKind.PLATFORM]


def test_a_refund_touches_no_household_and_gives_back_what_was_traced(
    session: Session,
) -> None:
    sku, lot = a_lot_of_33_333(session)
    numbers = [a_delivered_sale(session, sku, packs) for packs in (33, 33)]

    order_cancelled.refund_in_full(session, numbers[1], REFUSAL, at=LATER)
    after = traced(session)
    a_delivered_sale(session, sku, 34)
    check_deferred(session)

    assert sum(after.values()) == 10_999
    held = balances(session)
    assert (held["L:payable:hh:H1"], held["L:payable:hh:H2"]) == (-19_980, -13_353)
    assert sum(traced(session).values()) == 10_999 + 11_334
    # The refunded goods are gone; their seller has paid for them all the same.
    assert f"A:inventory:lot:{lot}" not in held
    assert held["E:cogs"] == -held["I:sales"] == 10_999 + 11_334
    assert held[COOP] == -((33_000 + 34_000) * 89 // 100 - 33_333)


def test_goods_lost_on_the_way_are_paid_for_by_their_seller(session: Session) -> None:
    sku, lot = a_lot_of_33_333(session)
    a_delivered_sale(session, sku, 33)
    number = a_sale(session, sku, 33)

    order_cancelled.refund_in_full(session, number, REFUSAL, at=LATER)
    check_deferred(session)

    assert costs(session)[1:] == [(33, 11_000, "written_off")]
    held = balances(session)
    assert held[f"A:inventory:lot:{lot}"] == 11_334
    assert held[COOP] == -(33_000 * 89 // 100 - 10_999 - 11_000)
    assert sum(traced(session).values()) == 10_999


def test_goods_that_come_back_to_the_shelf_cost_nothing_yet(session: Session) -> None:
    sku, lot = a_lot_of_33_333(session)
    number = f"{a_paid_group(session, {sku.code: 10}).number}-1"

    order_cancelled.refund_in_full(session, number, REFUSAL, at=LATER)

    assert costs(session) == []
    assert balances(session)[f"A:inventory:lot:{lot}"] == 33_333


def test_what_is_written_off_on_the_shelf_leaves_an_empty_account(session: Session) -> None:
    sku, lot = a_lot_of_33_333(session)
    a_delivered_sale(session, sku, 33)

    gone = goods_discarded.discard(session, SHOOTS, [lot], at=LATER)
    again = goods_discarded.discard(session, SHOOTS, [lot], at=LATER)
    check_deferred(session)

    assert (gone, again) == (67, 0)
    assert costs(session)[1:] == [(67, 22_334, "written_off")]
    held = balances(session)
    assert f"A:inventory:lot:{lot}" not in held
    # The sale brought 29,370 less 10,999; what is lost takes more than the seller has.
    assert COOP not in held
    assert held[f"A:recover:coop:{SHOOTS}"] == 22_334 - (33_000 * 89 // 100 - 10_999)


def test_a_seller_with_a_claim_on_it_pays_it_before_its_goods(session: Session) -> None:
    sku, _ = a_lot_of_33_333(session)
    ledger.post(
        session,
        an_entry("C", (f"A:recover:coop:{SHOOTS}", 25_000), ("A:demo:pending", -25_000)),
    )

    a_delivered_sale(session, sku, 33)

    # 29,370 earned: 25,000 pay the claim, 4,370 of the 10,999 the goods cost, 6,629 are owed.
    held = balances(session)
    assert COOP not in held
    assert held[f"A:recover:coop:{SHOOTS}"] == 6_629


def test_a_lot_of_bought_and_shared_goods_pays_each_by_its_contract(session: Session) -> None:
    sku = goods_bought(session, price_minor=1_000)
    lot = a_lot(session, sku, on_hand=60, households={"H3": 40_000, "H4": 20_000})
    contract = a_purchase_contract(session, "H1")
    receive(session, a_receipt(lot, contract, "H1", 20_000))

    a_delivered_sale(session, sku, 80)
    check_deferred(session)

    # 80,000 less 8,800; three quarters of the lot are shared 15 : 4 : 1 of 20.
    shared = 71_200 * 3 // 4
    held = balances(session)
    assert held["L:payable:hh:H1"] == -16_000
    assert (held["L:payable:hh:H3"], held["L:payable:hh:H4"]) == (
        -shared * 15 // 20 * 2 // 3,
        -shared * 15 // 20 // 3,
    )
    assert held[COOP] == -(71_200 // 4 + shared * 4 // 20 - 16_000)
    assert traced(session) == {
        "T:hh:H1:operating": 16_000,
        "T:hh:H3:operating": -held["L:payable:hh:H3"],
        "T:hh:H4:operating": -held["L:payable:hh:H4"],
    }
    assert f"A:inventory:lot:{lot}" not in held


def test_a_household_may_sell_part_of_its_goods_and_share_the_rest(session: Session) -> None:
    sku = goods_bought(session, price_minor=1_000)
    lot = a_lot(session, sku, on_hand=10, households={"H1": 10_000})
    receive(session, a_receipt(lot, a_purchase_contract(session, "H1"), "H1", 10_000))

    a_delivered_sale(session, sku, 20)

    shared = 17_800 // 2 * 15 // 20
    assert traced(session) == {"T:hh:H1:operating": 8_000 + shared}
    assert balances(session)["L:payable:hh:H1"] == -(8_000 + shared)


def test_the_trace_is_kept_in_the_class_of_the_contract(session: Session) -> None:
    sku = goods_bought(session, price_minor=1_000)
    contract = NewContract(
        code="HT-WAGE",
        organisation_code=SHOOTS,
        model=LinkageModel.ORDER,
        household_id=None,
        income_class=IncomeClass.PROPERTY,
    )
    households.draw_up_contract(session, contract)
    version = households.draw_up_version(
        session, "HT-WAGE", ORDER, effective_from=LATER.date().replace(day=1)
    )
    households.activate_version(session, version, at=LATER)
    lot = an_open_lot(session, sku)
    a_household(session, "H1")
    households.join_cooperative(
        session, HouseholdId("H1"), SHOOTS, on=LATER.date().replace(year=2025)
    )
    receive(session, a_receipt(lot, "HT-WAGE", "H1", 10_000))

    number = a_delivered_sale(session, sku, 5)
    before = traced(session)
    order_cancelled.refund_in_full(session, number, REFUSAL, at=LATER)

    assert before == {"T:hh:H1:property": 4_000}
    assert traced(session) == {}


def test_deliveries_of_one_call_follow_their_order(session: Session) -> None:
    sku, _ = a_lot_of_33_333(session)
    numbers = [a_sale(session, sku, packs) for packs in (33, 33, 34)]
    moments = [LATER.replace(minute=minute) for minute in (30, 20, 10)]

    order_delivered.deliver_many(
        session,
        [
            Delivery(number, ACTOR, "recipient", at)
            for number, at in zip(numbers, moments, strict=True)
        ],
    )
    check_deferred(session)

    # The last one was accepted first.
    assert costs(session) == [
        (34, 33_333 * 34 // 100, "sold"),
        (33, 33_333 * 67 // 100 - 33_333 * 34 // 100, "sold"),
        (33, 33_333 - 33_333 * 67 // 100, "sold"),
    ]


SALES_AT_ONCE = 8


def test_sales_at_once_never_lose_or_double_a_fen(fresh_database_url: str) -> None:
    engine = create_engine(fresh_database_url)
    with Session(engine) as session, session.begin():
        sku, lot = a_lot_of_33_333(session)
        numbers = [a_sale(session, sku, 12) for _ in range(SALES_AT_ONCE)]
        last = a_sale(session, sku, 4)

    def accept(number: str) -> None:
        with Session(engine) as session, session.begin():
            order_delivered.deliver(session, number, Receipt(ACTOR, "recipient"), at=LATER)

    with ThreadPoolExecutor(4) as at_once:
        list(at_once.map(accept, numbers))
    with Session(engine) as session:
        half_way = session.scalars(select(PurchasedLot)).one()
        assert (half_way.issued_packs, half_way.issued_cost_minor) == (96, 33_333 * 96 // 100)
        assert session.scalar(select(func.sum(GoodsIssue.cost_minor))) == 33_333 * 96 // 100
    accept(last)

    with Session(engine) as session:
        assert len(costs(session)) == SALES_AT_ONCE + 1
        assert traced(session) == {"T:hh:H1:operating": 19_980, "T:hh:H2:operating": 13_353}
        assert f"A:inventory:lot:{lot}" not in balances(session)
    engine.dispose()
