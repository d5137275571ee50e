"""What goods pay and cost: every rule, and what must hold for any of them."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from households.rules import receipts as rules
from households.values import (
    ContractVersionId,
    Delivered,
    HouseholdId,
    LinkageModel,
    LotAtCost,
    PurchaseInForce,
    Weighing,
)
from kernel.errors import InvalidError

ORDER = {"floor_price": 800, "deposit_rate": 10, "max_qty_kg": 1_000}
INKIND = {"input_cost_fen": 300_000, "buyback_price": 4_200, "loss_share_bp": 3_000}
DAY = date(2026, 6, 1)


def a_purchase(model: LinkageModel = LinkageModel.ORDER, **changes: Any) -> PurchaseInForce:
    terms = ORDER if model is LinkageModel.ORDER else INKIND
    return PurchaseInForce(
        contract_id=1,
        contract_code="HT",
        organisation_code="C01",
        household_id=HouseholdId("H1"),
        model=model,
        version_id=ContractVersionId(1),
        terms=terms | changes,
    )


def a_weighing(weight_g: int, market: int | None = 650, code: str = "A") -> Weighing:
    return Weighing(
        code=code,
        contract_code="HT",
        household_id=HouseholdId("H1"),
        lot_id=1,
        received_on=DAY,
        weight_g=weight_g,
        grade_percent=100,
        market_minor_per_kg=market,
        at=datetime(2026, 6, 1, 4, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("weight_g", "floor", "market", "pay", "uplift"),
    [
        (600_000, 800, 650, 480_000, 90_000),
        (600_000, 800, 930, 558_000, 0),
        (1_200_000, 800, 650, 930_000, 150_000),
        (12_345, 801, 650, 9_888, 1_864),
    ],
)
def test_the_published_vectors_of_a_purchase_with_a_floor(
    weight_g: int, floor: int, market: int, pay: int, uplift: int
) -> None:
    priced = rules.price(
        a_purchase(floor_price=floor), a_weighing(weight_g, market), Delivered()
    )

    assert (priced.pay_minor, priced.uplift_minor) == (pay, uplift)


@pytest.mark.parametrize(
    ("weight_g", "pay", "carry"), [(150_000, 330_000, 0), (50_000, 0, 90_000)]
)
def test_the_published_vectors_of_a_buy_back(weight_g: int, pay: int, carry: int) -> None:
    priced = rules.price(a_purchase(LinkageModel.INKIND), a_weighing(weight_g), Delivered())

    assert (priced.pay_minor, priced.owed_minor) == (pay, carry)


def test_a_purchase_needs_the_market_price_of_its_week() -> None:
    with pytest.raises(InvalidError) as refused:
        rules.price(a_purchase(), a_weighing(1_000, None), Delivered())

    assert refused.value.code == "market_price_missing"


@given(
    weights=st.lists(st.integers(1, 2_000_000), min_size=1, max_size=8),
    model=st.sampled_from([LinkageModel.ORDER, LinkageModel.INKIND]),
    market=st.integers(0, 3_000),
)
def test_any_weighings_pay_gross_less_withheld_and_count_for_each_other(
    weights: list[int], model: LinkageModel, market: int
) -> None:
    weighings = [
        a_weighing(weight, market, f"S{place:03}") for place, weight in enumerate(weights)
    ]
    purchase = a_purchase(model)

    priced = rules.price_all({("HT", DAY): purchase}, weighings, {})

    assert all(one.pay_minor == one.gross_minor - one.withheld_minor >= 0 for one in priced)
    assert sum(one.withheld_minor for one in priced) <= INKIND["input_cost_fen"]
    if model is LinkageModel.ORDER:
        beyond = max(sum(weights) - 1_000_000, 0)
        assert sum(one.market_weight_g for one in priced) == beyond
        assert all(one.uplift_minor >= 0 for one in priced)


@given(
    pays=st.lists(st.integers(0, 100_000), min_size=1, max_size=8),
    sales=st.lists(st.integers(1, 40), min_size=1, max_size=12),
    withheld=st.integers(0, 50_000),
)
def test_an_empty_lot_costs_nothing_and_traces_what_each_receipt_paid(
    pays: list[int], sales: list[int], withheld: int
) -> None:
    cost, packs = sum(pays) + withheld, sum(sales)
    left = dict(enumerate(pays, start=1))
    gone = costs = 0

    for sold in sales:
        lot = LotAtCost(
            lot_id=1, packs=packs, cost_minor=cost, pay_minor=sum(pays), issued_packs=gone
        )
        issued, traced = rules.cost_of(lot, sold)
        parts = rules.parts_of(traced, left)
        assert sum(parts.values()) == traced
        assert all(0 < minor <= left[receipt] for receipt, minor in parts.items())
        left = {receipt: minor - parts.get(receipt, 0) for receipt, minor in left.items()}
        gone, costs = gone + sold, costs + issued
        # Never more than a fen from the exact cost of the packs that are out.
        assert 0 <= cost * gone - costs * packs < packs

    assert costs == cost
    assert set(left.values()) == {0}
