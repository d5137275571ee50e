"""What a delivery pays: purchase with a floor price, buy-back of goods grown on credit.

`order_price(terms, market_minor_per_kg) -> Fraction`
`order_purchase(terms, weight_g=…, market_minor_per_kg=…, delivered_before_g=0,
grade_percent=100) -> Purchase(minor, uplift_minor, price, contract_weight_g, market_weight_g,
steps)`
`traced_cost(cost_minor, quantity, sold_before=…, sold=…) -> int`
`buy_back(terms, weight_g=…, owed_minor=None, grade_percent=100) -> BuyBack(gross_minor,
withheld_minor, minor, carry_minor, steps)`
`certified_loss(terms, cost_minor=None) -> CertifiedLoss(household_minor, payer_minor, steps)`

Prices are fen per kilogram, weights grams; every amount is rounded half up once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from households.rules.formulas.notation import (
    GRAMS_PER_KG,
    PERCENT,
    fen,
    figure,
    greatest,
    least,
    minor_of,
    minus,
    not_below_zero,
    rate,
    times,
    weighed,
)
from households.values import BASIS_POINTS, FormulaStep, InkindTerms, OrderTerms, Unit
from kernel.errors import InvalidError
from kernel.money import round_half_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What one delivery under a purchase contract pays, in fen."""

    minor: int
    uplift_minor: int
    """How much of it lies above the market price."""
    price: Fraction
    """Fen per kilogram within the contract quantity."""
    contract_weight_g: int
    market_weight_g: int
    """Beyond the contract quantity; paid at the market price."""
    steps: Sequence[FormulaStep]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyBack:
    """What one delivery under a buy-back contract pays once the inputs are withheld."""

    gross_minor: int
    withheld_minor: int
    minor: int
    carry_minor: int
    """What is still owed for inputs; withheld from the next delivery."""
    steps: Sequence[FormulaStep]


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedLoss:
    """Who bears the inputs of a certified loss; nobody owes more than this."""

    household_minor: int
    payer_minor: int
    steps: Sequence[FormulaStep]


def order_price(terms: OrderTerms, market_minor_per_kg: int) -> Fraction:
    """Return the price per kilogram: the floor, or market with its premium when higher."""
    above = Fraction(BASIS_POINTS + terms.premium_bp, BASIS_POINTS)
    agreed = market_minor_per_kg * above + terms.add_minor_per_kg
    return max(Fraction(terms.floor_minor_per_kg), agreed)


def order_purchase(
    terms: OrderTerms,
    *,
    weight_g: int,
    market_minor_per_kg: int,
    delivered_before_g: int = 0,
    grade_percent: int = PERCENT,
) -> Purchase:
    """Return what a delivery pays, rounded once; beyond the contract quantity market counts.

    `delivered_before_g` is what the household has delivered under the contract already. The
    grade scales every price of the delivery, so that 100 means the price as agreed.
    """
    not_below_zero(
        weight_g=weight_g,
        market_minor_per_kg=market_minor_per_kg,
        delivered_before_g=delivered_before_g,
        grade_percent=grade_percent,
    )
    price = order_price(terms, market_minor_per_kg)
    within = _within(terms, weight_g, delivered_before_g)
    beyond = weight_g - within
    grade = Fraction(grade_percent, PERCENT)
    exact = (within * price + beyond * market_minor_per_kg) / GRAMS_PER_KG * grade
    minor = round_half_up(exact)
    at_market = weighed("at_market", weight_g, market_minor_per_kg, grade_percent=grade_percent)
    steps = [
        _agreed_price(terms, price, market_minor_per_kg),
        weighed("at_contract_price", within, price, grade_percent=grade_percent),
    ]
    if beyond:
        over = weighed(
            "over_quantity", beyond, market_minor_per_kg, grade_percent=grade_percent
        )
        steps.append(over)
    uplift = minus("above_market", minor, minor_of(at_market))
    return Purchase(
        minor=minor,
        uplift_minor=minor_of(uplift),
        price=price,
        contract_weight_g=within,
        market_weight_g=beyond,
        steps=[*steps, at_market, uplift],
    )


def traced_cost(cost_minor: int, quantity: int, *, sold_before: int, sold: int) -> int:
    """Return what of a bought lot's cost a sale traces: ⌊C·s_k/Q⌋ − ⌊C·s_{k−1}/Q⌋.

    Nothing is left once the lot is sold out, whatever the order and the size of the sales.
    Raises `InvalidError` when more is sold than the lot has.
    """
    not_below_zero(cost_minor=cost_minor, sold_before=sold_before, sold=sold)
    after = sold_before + sold
    if quantity <= 0 or after > quantity:
        raise InvalidError(
            "lot_sold_beyond_quantity",
            f"{after} of {quantity} cannot be sold of a lot",
            quantity=quantity,
            sold=after,
        )
    return cost_minor * after // quantity - cost_minor * sold_before // quantity


def buy_back(
    terms: InkindTerms,
    *,
    weight_g: int,
    owed_minor: int | None = None,
    grade_percent: int = PERCENT,
) -> BuyBack:
    """Return what a delivery pays after the inputs still owed; never below zero.

    `owed_minor` is what earlier deliveries left of the input cost; all of it when left out.
    """
    owed = terms.input_cost_minor if owed_minor is None else owed_minor
    not_below_zero(weight_g=weight_g, owed_minor=owed, grade_percent=grade_percent)
    gross = weighed(
        "at_buyback_price", weight_g, terms.buyback_minor_per_kg, grade_percent=grade_percent
    )
    withheld = least("inputs_withheld", fen(minor_of(gross)), fen(owed))
    pay = minus("after_inputs", minor_of(gross), minor_of(withheld))
    carry = minus("inputs_still_owed", owed, minor_of(withheld))
    return BuyBack(
        gross_minor=minor_of(gross),
        withheld_minor=minor_of(withheld),
        minor=minor_of(pay),
        carry_minor=minor_of(carry),
        steps=[gross, withheld, pay, carry],
    )


def certified_loss(terms: InkindTerms, *, cost_minor: int | None = None) -> CertifiedLoss:
    """Divide the input cost of a certified loss: the household bears its share of it only."""
    cost = terms.input_cost_minor if cost_minor is None else cost_minor
    not_below_zero(cost_minor=cost)
    household = times("loss_of_household", fen(cost), rate(terms.loss_share_bp))
    payer = minus("loss_of_payer", cost, minor_of(household))
    return CertifiedLoss(
        household_minor=minor_of(household),
        payer_minor=minor_of(payer),
        steps=[household, payer],
    )


def _within(terms: OrderTerms, weight_g: int, delivered_before_g: int) -> int:
    if terms.max_weight_g is None:
        return weight_g
    return min(weight_g, max(terms.max_weight_g - delivered_before_g, 0))


def _agreed_price(terms: OrderTerms, price: Fraction, market: int) -> FormulaStep:
    """Say how the price came about: the floor beside market, or beside market and premium."""
    above = Fraction(BASIS_POINTS + terms.premium_bp, BASIS_POINTS)
    agreed = market * above + terms.add_minor_per_kg
    step = greatest(
        "agreed_price",
        figure(terms.floor_minor_per_kg, Unit.FEN_PER_KG),
        figure(agreed, Unit.FEN_PER_KG),
    )
    return FormulaStep(step.name, step.op, step.figures, figure(price, Unit.FEN_PER_KG))
