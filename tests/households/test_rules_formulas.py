"""What holds for every formula: parts add up, more is never less, order changes nothing."""

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from households.rules import formulas
from households.values import (
    FormulaStep,
    InkindTerms,
    Op,
    OrderTerms,
    PremiumTerms,
    Unit,
    WeightKind,
)
from kernel.errors import InvalidError
from kernel.money import round_half_up

FEN = st.integers(0, 10_000_000_00)
BP = st.integers(0, 10_000)
GRAMS = st.integers(0, 5_000_000)
PRICE = st.integers(0, 20_000)
WEIGHTS = st.dictionaries(
    st.sampled_from([f"H{number:02}" for number in range(30)]),
    st.integers(0, 100_000),
    min_size=1,
).filter(lambda weights: any(weights.values()))
ORDERS = st.builds(
    OrderTerms,
    floor_minor_per_kg=PRICE,
    max_weight_g=st.none() | GRAMS,
    premium_bp=BP,
    add_minor_per_kg=st.just(0),
)
SETTINGS = settings(max_examples=150, deadline=None, database=None)


@SETTINGS
@given(FEN, WEIGHTS, st.randoms(use_true_random=False))
def test_a_division_adds_up_keeps_to_its_quotas_and_knows_no_order(
    minor: int, weights: dict[str, int], order: random.Random
) -> None:
    division = formulas.divide(minor, weights)
    shuffled = list(weights.items())
    order.shuffle(shuffled)

    assert sum(division.by_code.values()) == minor
    for part in division.parts.values():
        assert abs(part.minor - part.quota) < 1
        assert part.extra == (part.minor > part.quota)
    assert formulas.divide(minor, dict(shuffled)) == division


@SETTINGS
@given(ORDERS, GRAMS, GRAMS, PRICE, st.integers(1, 200))
def test_a_delivery_is_never_paid_below_market_and_more_goods_are_never_paid_less(
    terms: OrderTerms, weight_g: int, more_g: int, market: int, grade: int
) -> None:
    def paid(grams: int, before: int = 0) -> formulas.Purchase:
        return formulas.order_purchase(
            terms,
            weight_g=grams,
            market_minor_per_kg=market,
            delivered_before_g=before,
            grade_percent=grade,
        )

    first, all_at_once = paid(weight_g), paid(weight_g + more_g)
    second = paid(more_g, weight_g)
    at_market = round_half_up(Fraction(weight_g * market * grade, 100_000))

    assert first.minor - first.uplift_minor == at_market
    assert first.minor <= all_at_once.minor
    assert first.contract_weight_g + first.market_weight_g == weight_g
    assert abs(first.minor + second.minor - all_at_once.minor) <= 1
    within = first.contract_weight_g + second.contract_weight_g
    assert within == all_at_once.contract_weight_g


@SETTINGS
@given(ORDERS, GRAMS, PRICE, st.integers(0, 500))
def test_a_higher_market_never_lowers_what_is_paid(
    terms: OrderTerms, weight_g: int, market: int, rise: int
) -> None:
    low, high = (
        formulas.order_purchase(terms, weight_g=weight_g, market_minor_per_kg=price)
        for price in (market, market + rise)
    )

    assert low.minor <= high.minor


@SETTINGS
@given(FEN, st.lists(st.integers(1, 500), min_size=1, max_size=30))
def test_sales_of_a_lot_trace_its_cost_and_nothing_else(cost: int, sales: list[int]) -> None:
    quantity, sold, traced = sum(sales), 0, []
    for packs in sales:
        traced.append(formulas.traced_cost(cost, quantity, sold_before=sold, sold=packs))
        sold += packs

    assert sum(traced) == cost
    assert min(traced) >= 0


def test_no_lot_is_sold_beyond_what_it_has() -> None:
    with pytest.raises(InvalidError, match="cannot be sold"):
        formulas.traced_cost(100, 10, sold_before=9, sold=2)


@SETTINGS
@given(FEN, PRICE, BP, st.lists(GRAMS, min_size=1, max_size=8))
def test_inputs_on_credit_are_withheld_once_and_never_beyond_the_delivery(
    cost: int, price: int, loss_bp: int, deliveries: list[int]
) -> None:
    terms = InkindTerms(
        input_cost_minor=cost, buyback_minor_per_kg=price, loss_share_bp=loss_bp
    )
    owed = cost
    for weight_g in deliveries:
        paid = formulas.buy_back(terms, weight_g=weight_g, owed_minor=owed)
        assert paid.minor + paid.withheld_minor == paid.gross_minor
        assert paid.withheld_minor + paid.carry_minor == owed
        assert paid.minor == 0 or paid.carry_minor == 0
        owed = paid.carry_minor
    loss = formulas.certified_loss(terms)
    assert loss.household_minor + loss.payer_minor == cost


@SETTINGS
@given(FEN, BP, st.integers(0, 2_000_00), st.integers(0, 100))
def test_a_consignment_refund_leaves_nothing_when_it_is_complete(
    sale: int, fee_bp: int, logistics: int, percent: int
) -> None:
    refund = sale * percent // 100

    paid = formulas.consign(
        sale, fee_bp=fee_bp, logistics_minor=logistics, refunded_minor=refund
    )

    rest = (paid.fee_minor, paid.logistics_minor, paid.minor)
    assert sum(rest) == sale - refund
    assert min(rest) >= 0


@SETTINGS
@given(st.lists(st.integers(0, 1_000_000), max_size=10), st.integers(0, 500))
def test_a_premium_is_rounded_line_by_line(lines: list[int], fund_bp: int) -> None:
    fund = formulas.premium(PremiumTerms(fund_bp=fund_bp), lines)

    assert fund.minor == sum(fund.by_line)
    assert list(fund.by_line) == [
        round_half_up(Fraction(line * fund_bp, 10_000)) for line in lines
    ]


def test_a_calculation_says_what_it_multiplied() -> None:
    paid = formulas.order_purchase(
        OrderTerms(floor_minor_per_kg=800), weight_g=600_000, market_minor_per_kg=650
    )
    steps: dict[str, FormulaStep] = {step.name: step for step in paid.steps}

    price, at_price = steps["agreed_price"], steps["at_contract_price"]
    assert price.op is Op.GREATEST
    assert price.result.value == 800
    assert [figure.unit for figure in at_price.figures] == [Unit.GRAMS, Unit.FEN_PER_KG]
    assert at_price.result.value == 480_000
    assert steps["above_market"].result.value == 90_000


def test_graded_goods_weigh_by_their_grade() -> None:
    measured = {"H1": 1_000, "H2": 1_000}

    graded = formulas.weigh(WeightKind.GRADED_QUANTITY, measured, grade_percent={"H1": 110})

    assert graded == {"H1": 1_100, "H2": 1_000}
    assert formulas.weigh(WeightKind.HOURS, measured) == measured
    assert formulas.weigh(WeightKind.EQUAL, measured) == {"H1": 1, "H2": 1}


def test_figures_below_zero_are_refused() -> None:
    with pytest.raises(InvalidError) as refusal:
        formulas.order_purchase(
            OrderTerms(floor_minor_per_kg=1), weight_g=-1, market_minor_per_kg=1
        )

    assert refusal.value.code == "formula_input_negative"


def test_a_discount_beyond_the_lines_is_refused() -> None:
    with pytest.raises(InvalidError) as refusal:
        formulas.line_bases({"1": 10}, seller_discount_minor=11)

    assert refusal.value.code == "discount_exceeds_lines"
