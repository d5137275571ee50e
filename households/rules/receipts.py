"""What goods bought from households pay, and what packs of a bought lot had cost."""

from collections.abc import Mapping, Sequence
from datetime import date

from households.rules import formulas
from households.rules.terms import read_inkind, read_order
from households.values import (
    Delivered,
    LinkageModel,
    LotAtCost,
    Priced,
    PurchaseInForce,
    Weighing,
)
from kernel.errors import ConflictError, InvalidError
from kernel.money import reverse, round_half_up

PURCHASE_MODELS = (LinkageModel.ORDER, LinkageModel.INKIND)
"""The models under which goods change hands for a price when they are weighed."""

MAX_WEIGHT_G = 100_000_000
"""No single weighing is heavier than a hundred tonnes."""
MAX_GRADE_PERCENT = 1_000


def check_weighing(weighing: Weighing, *, today: date) -> None:
    """Refuse what no scale shows: no weight, no grade, a day that has not come."""
    if not 0 < weighing.weight_g <= MAX_WEIGHT_G:
        raise InvalidError("receipt_weight_invalid", f"{weighing.code}: no possible weight")
    if not 0 < weighing.grade_percent <= MAX_GRADE_PERCENT:
        raise InvalidError("receipt_grade_invalid", f"{weighing.code}: no possible grade")
    if weighing.received_on > today:
        raise InvalidError("receipt_in_future", f"{weighing.code}: the day has not come")


def check_purchase(
    purchase: PurchaseInForce, weighing: Weighing, *, seller_code: str, product_code: str
) -> None:
    """Refuse goods that the contract does not speak of, or of somebody it does not bind."""
    if purchase.model not in PURCHASE_MODELS:
        raise InvalidError(
            "contract_buys_nothing", f"{purchase.contract_code} is no purchase contract"
        )
    if purchase.organisation_code != seller_code:
        raise ConflictError(
            "contract_of_another", f"{purchase.contract_code} is not the contract of the lot"
        )
    if purchase.household_id not in {None, weighing.household_id}:
        raise ConflictError(
            "contract_other_household", f"{purchase.contract_code} is another household's"
        )
    goods = purchase.terms.get("products")
    if goods and product_code not in goods:
        raise ConflictError(
            "contract_other_goods", f"{purchase.contract_code} buys other goods"
        )


def price(purchase: PurchaseInForce, weighing: Weighing, before: Delivered) -> Priced:
    """Return what a weighing pays under the terms of its day.

    `before` is what the contract took in over its whole life: goods beyond its maximum are
    paid at the market price, and inputs are withheld until they are paid for. Raises
    `InvalidError` `market_price_missing` where the price depends on it.
    """
    if purchase.model is LinkageModel.ORDER:
        return _order(purchase, weighing, before)
    return _buy_back(purchase, weighing, before)


def _order(purchase: PurchaseInForce, weighing: Weighing, before: Delivered) -> Priced:
    market = weighing.market_minor_per_kg
    if market is None:
        raise InvalidError(
            "market_price_missing",
            f"no market price for the week of {weighing.received_on}",
            day=weighing.received_on,
        )
    bought = formulas.order_purchase(
        read_order(purchase.terms),
        weight_g=weighing.weight_g,
        market_minor_per_kg=market,
        delivered_before_g=before.weight_g,
        grade_percent=weighing.grade_percent,
    )
    return Priced(
        price_minor_per_kg=round_half_up(bought.price),
        market_minor_per_kg=market,
        market_weight_g=bought.market_weight_g,
        gross_minor=bought.minor,
        withheld_minor=0,
        pay_minor=bought.minor,
        uplift_minor=bought.uplift_minor,
        owed_minor=0,
        steps=bought.steps,
    )


def _buy_back(purchase: PurchaseInForce, weighing: Weighing, before: Delivered) -> Priced:
    terms = read_inkind(purchase.terms)
    bought = formulas.buy_back(
        terms,
        weight_g=weighing.weight_g,
        owed_minor=max(terms.input_cost_minor - before.withheld_minor, 0),
        grade_percent=weighing.grade_percent,
    )
    return Priced(
        price_minor_per_kg=terms.buyback_minor_per_kg,
        market_minor_per_kg=None,
        market_weight_g=0,
        gross_minor=bought.gross_minor,
        withheld_minor=bought.withheld_minor,
        pay_minor=bought.minor,
        uplift_minor=0,
        owed_minor=bought.carry_minor,
        steps=bought.steps,
    )


def price_all(
    purchases: Mapping[tuple[str, date], PurchaseInForce],
    weighings: Sequence[Weighing],
    before: Mapping[int, Delivered],
) -> list[Priced]:
    """Price weighings one after the other in the order of their days, given in any order.

    Each counts for the next under the same contract. `purchases` are the terms by contract
    code and day, `before` what each contract took in until now, by its id.
    """
    so_far = dict(before)
    priced: dict[str, Priced] = {}
    for weighing in sorted(weighings, key=lambda one: (one.received_on, one.code)):
        purchase = purchases[weighing.contract_code, weighing.received_on]
        earlier = so_far.get(purchase.contract_id, Delivered())
        paid = price(purchase, weighing, earlier)
        so_far[purchase.contract_id] = Delivered(
            earlier.weight_g + weighing.weight_g, earlier.withheld_minor + paid.withheld_minor
        )
        priced[weighing.code] = paid
    return [priced[weighing.code] for weighing in weighings]


def cost_of(lot: LotAtCost, packs: int) -> tuple[int, int]:
    """Return what packs that go out next cost, and what households had earned by them.

    Both follow the packs in the order in which they go out and leave nothing in an empty lot.
    """
    cost, pay = (
        formulas.traced_cost(minor, lot.packs, sold_before=lot.issued_packs, sold=packs)
        for minor in (lot.cost_minor, lot.pay_minor)
    )
    return cost, pay


def parts_of(pay_minor: int, remaining: Mapping[int, int]) -> dict[int, int]:
    """Divide what an issue leads to over the receipts of its lot, by receipt id.

    Each gives in proportion to what no earlier issue led to, never more, so that all of them
    come to nothing together with the lot.
    """
    left = {f"{receipt_id:019d}": minor for receipt_id, minor in remaining.items()}
    return {int(code): minor for code, minor in reverse(pay_minor, left).items() if minor}
