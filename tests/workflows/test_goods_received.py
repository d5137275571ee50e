"""Goods of households are weighed: they earn at once, by the contract of the day."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog.models import Lot, LotContribution, StockMovement
from households.models import Entitlement, GoodsReceipt, PurchasedLot
from households.values import HouseholdId, LinkageModel, Stage
from kernel.errors import ConflictError, InvalidError, NotFoundError
from ledger import service as ledger
from tests.builders.catalog import NOON, TODAY
from tests.builders.ledger import an_entry
from tests.builders.places import a_household
from tests.builders.purchases import (
    ACTOR,
    INKIND,
    LATER,
    ORDER,
    a_bought_lot,
    a_delivered_sale,
    a_market_price,
    a_purchase_contract,
    a_receipt,
    an_open_lot,
    goods_bought,
    new_terms,
    receive,
)
from tests.builders.sales import GOAT, SHOOTS, balances
from workflows import goods_received


def figures(session: Session) -> list[tuple[str, int, int, int, int, int]]:
    return [
        (
            row.household_id,
            row.gross_minor,
            row.withheld_minor,
            row.pay_minor,
            row.uplift_minor,
            row.market_weight_g,
        )
        for row in session.scalars(select(GoodsReceipt).order_by(GoodsReceipt.id))
    ]


def test_a_household_earns_when_its_goods_are_weighed(session: Session) -> None:
    sku = goods_bought(session)

    lot = a_bought_lot(session, sku, {"H1": 600_000})

    assert figures(session) == [("H1", 480_000, 0, 480_000, 90_000, 0)]
    part = session.scalars(select(Entitlement)).one()
    assert (part.stage, part.amount_minor, part.earned_at) == (Stage.EARNED, 480_000, NOON)
    assert (part.order_line_id, part.household_id) == (None, "H1")
    assert balances(session) == {
        f"A:inventory:lot:{lot}": 480_000,
        "L:payable:hh:H1": -480_000,
    }


def test_the_lot_grows_with_each_delivery(session: Session) -> None:
    sku = goods_bought(session, weight_g=2_500)
    lot = an_open_lot(session, sku)
    contract = a_purchase_contract(session, "H1")
    receive(session, a_receipt(lot, contract, "H1", 6_000))

    receive(session, a_receipt(lot, contract, "H1", 4_500))

    row = session.scalars(select(Lot).where(Lot.code == lot)).one()
    assert (row.weight_g, row.received, row.available) == (10_500, 4, 4)
    (given,) = session.scalars(select(LotContribution).where(LotContribution.lot_id == row.id))
    assert given.weight_g == 10_500
    moved = session.scalar(
        select(func.sum(StockMovement.quantity)).where(StockMovement.lot_id == row.id)
    )
    assert moved == 4
    at_cost = session.scalars(select(PurchasedLot)).one()
    assert (at_cost.packs, at_cost.cost_minor) == (4, 8_400)


def test_a_market_above_the_floor_is_paid(session: Session) -> None:
    sku = goods_bought(session)
    a_market_price(session, sku.product_code, 930)

    a_bought_lot(session, sku, {"H1": 600_000})

    assert figures(session) == [("H1", 558_000, 0, 558_000, 0, 0)]


def test_goods_beyond_the_contract_quantity_are_paid_at_the_market_price(
    session: Session,
) -> None:
    sku = goods_bought(session)
    lot = an_open_lot(session, sku)
    contract = a_purchase_contract(session, "H1")

    receive(session, a_receipt(lot, contract, "H1", 900_000))
    receive(session, a_receipt(lot, contract, "H1", 300_000))

    assert figures(session) == [
        ("H1", 720_000, 0, 720_000, 135_000, 0),
        ("H1", 100_000 * 800 // 1000 + 200_000 * 650 // 1000, 0, 210_000, 15_000, 200_000),
    ]


def test_rows_of_one_call_count_for_each_other(session: Session) -> None:
    sku = goods_bought(session)
    lot = an_open_lot(session, sku)
    contract = a_purchase_contract(session, "H1")

    receive(
        session,
        a_receipt(lot, contract, "H1", 900_000, code="B"),
        a_receipt(lot, contract, "H1", 300_000, code="A"),
    )

    beyond = dict(
        session.execute(select(GoodsReceipt.code, GoodsReceipt.market_weight_g)).all()
    )
    assert beyond == {"A": 0, "B": 200_000}


def test_inputs_on_credit_are_withheld_until_they_are_paid_for(session: Session) -> None:
    sku = goods_bought(session)
    lot = an_open_lot(session, sku)
    contract = a_purchase_contract(session, "H1", model=LinkageModel.INKIND)

    receive(session, a_receipt(lot, contract, "H1", 50_000))
    receive(session, a_receipt(lot, contract, "H1", 150_000))

    assert figures(session) == [
        ("H1", 210_000, 210_000, 0, 0, 0),
        ("H1", 630_000, 90_000, 540_000, 0, 0),
    ]
    assert balances(session) == {
        f"A:inventory:lot:{lot}": 840_000,
        "L:payable:hh:H1": -540_000,
        f"L:payable:coop:{SHOOTS}": -300_000,
    }


def test_the_terms_of_the_day_of_the_receipt_decide(session: Session) -> None:
    sku = goods_bought(session)
    lot = an_open_lot(session, sku)
    contract = a_purchase_contract(session, "H1")
    new_terms(
        session, contract, ORDER | {"floor_price": 1_000}, effective_from=TODAY + timedelta(1)
    )

    receive(
        session,
        a_receipt(lot, contract, "H1", 1_000, at=LATER + timedelta(days=1)),
        a_receipt(lot, contract, "H1", 1_000, received_on=LATER.date(), at=LATER),
    )

    assert [row[1] for row in figures(session)] == [800, 1_000]


def test_recording_a_slip_twice_changes_nothing(session: Session) -> None:
    sku = goods_bought(session)
    lot = an_open_lot(session, sku)
    contract = a_purchase_contract(session, "H1")
    slip = a_receipt(lot, contract, "H1", 12_345)
    receive(session, slip)

    outcome = goods_received.receive(session, [slip], seller_code=SHOOTS, actor=ACTOR)

    assert (len(outcome.recorded), [row.code for row in outcome.repeated]) == (0, [slip.code])
    assert len(figures(session)) == 1


def test_a_slip_number_is_not_used_for_other_goods(session: Session) -> None:
    sku = goods_bought(session)
    lot = an_open_lot(session, sku)
    contract = a_purchase_contract(session, "H1")
    receive(session, a_receipt(lot, contract, "H1", 12_345, code="SLIP"))

    with pytest.raises(ConflictError, match="SLIP"):
        receive(session, a_receipt(lot, contract, "H1", 12_346, code="SLIP"))


def test_without_a_market_price_of_the_week_nothing_is_bought(session: Session) -> None:
    sku = goods_bought(session)
    lot = an_open_lot(session, sku)
    contract = a_purchase_contract(session, "H1")
    day = TODAY + timedelta(days=7)

    with pytest.raises(InvalidError) as refused:
        receive(
            session,
            a_receipt(lot, contract, "H1", 1_000, received_on=day, at=NOON + timedelta(days=7)),
        )

    assert refused.value.code == "market_price_missing"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"weight_g": 0}, "receipt_weight_invalid"),
        ({"weight_g": -5}, "receipt_weight_invalid"),
        ({"grade_percent": 0}, "receipt_grade_invalid"),
        ({"received_on": TODAY + timedelta(days=1)}, "receipt_in_future"),
        ({"received_on": TODAY - timedelta(days=1)}, "receipt_before_harvest"),
        ({"household_id": HouseholdId("H2")}, "contract_other_household"),
        ({"contract_code": "HT-NONE"}, "contract_not_in_force"),
        ({"contract_code": f"{SHOOTS}-CONSIGN"}, "contract_buys_nothing"),
        ({"lot_code": "NONE"}, "lot_not_found"),
    ],
)
def test_what_cannot_be_is_refused(
    session: Session, changes: dict[str, Any], code: str
) -> None:
    sku = goods_bought(session)
    lot = an_open_lot(session, sku)
    contract = a_purchase_contract(session, "H1")
    a_household(session, "H2")

    with pytest.raises((InvalidError, ConflictError, NotFoundError)) as refused:
        receive(session, replace(a_receipt(lot, contract, "H1", 1_000), **changes))

    assert refused.value.code == code
    assert figures(session) == []


def test_a_lot_on_sale_takes_no_further_goods(session: Session) -> None:
    sku = goods_bought(session)
    lot = a_bought_lot(session, sku, {"H1": 5_000})
    a_delivered_sale(session, sku, 1)

    with pytest.raises(ConflictError) as refused:
        receive(session, a_receipt(lot, f"HT-{SHOOTS}-H1-ORDER", "H1", 1_000))

    assert refused.value.code == "lot_is_selling"


def test_two_grades_of_one_household_need_two_lots(session: Session) -> None:
    sku = goods_bought(session)
    lot = a_bought_lot(session, sku, {"H1": 5_000})

    with pytest.raises(ConflictError) as refused:
        receive(
            session, a_receipt(lot, f"HT-{SHOOTS}-H1-ORDER", "H1", 1_000, grade_percent=110)
        )

    assert refused.value.code == "contribution_other_grade"


def test_a_better_grade_is_paid_better(session: Session) -> None:
    sku = goods_bought(session)
    lot = an_open_lot(session, sku)
    contract = a_purchase_contract(session, "H1")

    receive(session, a_receipt(lot, contract, "H1", 10_000, grade_percent=110))

    assert [row[1] for row in figures(session)] == [8_800]


def test_a_contract_buys_the_goods_it_names(session: Session) -> None:
    sku = goods_bought(session)
    lot = an_open_lot(session, sku)
    contract = a_purchase_contract(session, "H1", products=["OTHER"])

    with pytest.raises(ConflictError) as refused:
        receive(session, a_receipt(lot, contract, "H1", 1_000))

    assert refused.value.code == "contract_other_goods"


def test_another_seller_s_lot_is_not_found(session: Session) -> None:
    sku = goods_bought(session)
    lot = an_open_lot(session, sku)
    contract = a_purchase_contract(session, "H1", seller=GOAT)

    with pytest.raises(NotFoundError):
        receive(session, a_receipt(lot, contract, "H1", 1_000), seller=GOAT)
    with pytest.raises(ConflictError) as refused:
        receive(session, a_receipt(lot, contract, "H1", 1_000))

    assert refused.value.code == "contract_of_another"


def test_a_price_can_be_seen_before_anything_is_written(session: Session) -> None:
    sku = goods_bought(session)
    lot = an_open_lot(session, sku)
    contract = a_purchase_contract(session, "H1")

    shown = goods_received.preview(
        session, a_receipt(lot, contract, "H1", 12_345), seller_code=SHOOTS
    )

    assert (shown.pay_minor, shown.uplift_minor) == (9_876, 1_852)
    assert figures(session) == []


def test_a_claim_is_paid_by_the_next_delivery(session: Session) -> None:
    sku = goods_bought(session)
    lot = an_open_lot(session, sku)
    contract = a_purchase_contract(session, "H1")
    ledger.post(session, an_entry("C", ("A:recover:hh:H1", 2_975), ("A:demo:pending", -2_975)))

    receive(session, a_receipt(lot, contract, "H1", 5_000))

    held = balances(session)
    assert (held["L:payable:hh:H1"], held.get("A:recover:hh:H1", 0)) == (-1_025, 0)


def test_terms_raised_for_a_second_season_withhold_the_rest_only(session: Session) -> None:
    sku = goods_bought(session)
    lot = an_open_lot(session, sku)
    contract = a_purchase_contract(session, "H1", model=LinkageModel.INKIND)
    receive(session, a_receipt(lot, contract, "H1", 100_000))
    new_terms(
        session, contract, INKIND | {"input_cost_fen": 350_000}, effective_from=LATER.date()
    )

    receive(session, a_receipt(lot, contract, "H1", 10_000, received_on=LATER.date(), at=LATER))

    assert [row[2] for row in figures(session)] == [300_000, 42_000]


def test_any_number_of_weighings_costs_the_same_statements(
    session: Session, statements: list[str]
) -> None:
    sku = goods_bought(session)
    counts = []
    for size in (2, 24):
        lot = an_open_lot(session, sku)
        people = [f"H{size:02}{number:02}" for number in range(size)]
        slips = [
            a_receipt(lot, a_purchase_contract(session, who), who, 1_000 + place)
            for place, who in enumerate(people)
        ]
        statements.clear()
        receive(session, *slips)
        counts.append(len(statements))

    assert counts[0] == counts[1]
    assert counts[1] <= 24


WRONG = """
    INSERT INTO goods_receipts (code, contract_version_id, household_id, lot_id, received_on,
        weight_g, grade_percent, price_minor_per_kg, market_minor_per_kg, gross_minor,
        pay_minor, recorded_by, recorded_at, reverses_id)
    SELECT 'WRONG', contract_version_id, household_id, lot_id, received_on, weight_g,
        grade_percent, price_minor_per_kg, market_minor_per_kg, {gross}, {gross}, recorded_by,
        recorded_at, {reverses} FROM goods_receipts
"""


@pytest.mark.parametrize(
    ("gross", "reverses", "name"),
    [
        ("gross_minor", "NULL", "goods_receipts_are_earned"),
        ("gross_minor", "id", "goods_receipts_reverse_in_full"),
        ("gross_minor - 1", "id", "goods_receipts_reverse_in_full"),
    ],
)
def test_the_database_refuses_receipts_that_nobody_earned_or_gave_back(
    session: Session, gross: str, reverses: str, name: str
) -> None:
    sku = goods_bought(session)
    a_bought_lot(session, sku, {"H1": 6_000})
    session.execute(text(WRONG.format(gross=gross, reverses=reverses)))

    with pytest.raises(IntegrityError) as refused:
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))

    assert getattr(refused.value.orig, "diag").constraint_name == name  # noqa: B009 -- any driver


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE goods_receipts SET pay_minor = pay_minor",
        "DELETE FROM goods_receipts",
        "UPDATE entitlements SET receipt_id = NULL, order_line_id = 1",
        "UPDATE purchased_lots SET issued_packs = packs",
    ],
)
def test_what_was_received_is_never_changed(session: Session, statement: str) -> None:
    sku = goods_bought(session)
    a_bought_lot(session, sku, {"H1": 6_000})

    with pytest.raises(IntegrityError):
        session.execute(text(statement))
