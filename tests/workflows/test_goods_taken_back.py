"""Who may sell goods to whom, and how a wrong weighing is taken back."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import Lot
from households import queries as household_queries
from households import service as households
from households.models import Entitlement, GoodsReceipt
from households.values import HouseholdId, Stage
from kernel.errors import ConflictError
from ledger import service as ledger
from tests.builders.ledger import an_entry
from tests.builders.places import a_household
from tests.builders.purchases import (
    ACTOR,
    LATER,
    a_bought_lot,
    a_purchase_contract,
    a_receipt,
    an_open_lot,
    goods_bought,
    receive,
)
from tests.builders.sales import SHOOTS, balances
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


def test_a_contract_with_all_members_binds_members_only(session: Session) -> None:
    sku = goods_bought(session)
    lot = an_open_lot(session, sku)
    contract = a_purchase_contract(session, None)
    for who in ("H1", "H2"):
        a_household(session, who)
    households.join_cooperative(session, HouseholdId("H1"), SHOOTS, on=date(2025, 1, 1))

    receive(session, a_receipt(lot, contract, "H1", 1_000))
    with pytest.raises(ConflictError) as refused:
        receive(session, a_receipt(lot, contract, "H2", 1_000))

    assert refused.value.code == "household_not_member"


def test_a_wrong_weighing_is_taken_back_without_a_trace_in_the_lot(session: Session) -> None:
    sku = goods_bought(session)
    lot = a_bought_lot(session, sku, {"H1": 6_000, "H2": 4_000})
    (wrong,) = session.scalars(
        select(GoodsReceipt.code).where(GoodsReceipt.household_id == "H2")
    )

    goods_received.take_back(session, wrong, seller_code=SHOOTS, actor=ACTOR, at=LATER)

    assert balances(session) == {f"A:inventory:lot:{lot}": 4_800, "L:payable:hh:H1": -4_800}
    row = session.scalars(
        select(Lot).where(Lot.code == lot).execution_options(populate_existing=True)
    ).one()
    assert (row.weight_g, row.received, row.available) == (6_000, 6, 6)
    (part,) = session.scalars(select(Entitlement).where(Entitlement.household_id == "H2"))
    assert (part.stage, part.reversed_minor) == (Stage.REVERSED, 3_200)
    months = household_queries.list_household_months(
        session, HouseholdId("H2"), since=date(2026, 6, 1), until=date(2026, 7, 1)
    )
    assert [month.net_minor for month in months] == [0]


def test_a_receipt_is_taken_back_once(session: Session) -> None:
    sku = goods_bought(session)
    a_bought_lot(session, sku, {"H1": 6_000})
    code = session.scalars(select(GoodsReceipt.code)).one()
    goods_received.take_back(session, code, seller_code=SHOOTS, actor=ACTOR, at=LATER)

    for again in (code, f"{code}-R"):
        with pytest.raises(ConflictError) as refused:
            goods_received.take_back(session, again, seller_code=SHOOTS, actor=ACTOR, at=LATER)
        assert refused.value.code == "receipt_taken_back"


def test_what_was_paid_out_for_a_wrong_weighing_is_claimed(session: Session) -> None:
    sku = goods_bought(session)
    a_bought_lot(session, sku, {"H1": 6_000})
    code = session.scalars(select(GoodsReceipt.code)).one()
    ledger.post(
        session, an_entry("S", ("L:payable:hh:H1", 3_000), ("L:payout:inflight:1", -3_000))
    )

    goods_received.take_back(session, code, seller_code=SHOOTS, actor=ACTOR, at=LATER)

    assert balances(session) == {"L:payout:inflight:1": -3_000, "A:recover:hh:H1": 3_000}
