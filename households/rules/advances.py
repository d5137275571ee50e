"""How much a purchase contract pays in advance, and how goods are netted against it."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from households.rules.terms import Terms, read_order
from households.values import LinkageModel, OrderTerms
from kernel.money import round_half_up

GRAMS_PER_KG = 1_000
PERCENT = 100
REASON_LENGTH = 200


def advance_of(model: LinkageModel, terms: Terms) -> int:
    """Return what a contract pays in advance; nothing for models without a deposit."""
    return minor_of(read_order(terms)) if model is LinkageModel.ORDER else 0


def minor_of(terms: OrderTerms) -> int:
    """Return quantity times floor price times rate, rounded half up once.

    A contract without a quantity names no goods to pay for in advance.
    """
    goods = Fraction((terms.max_weight_g or 0) * terms.floor_minor_per_kg, GRAMS_PER_KG)
    return round_half_up(goods * terms.deposit_percent / PERCENT)


def net(pays: Iterable[tuple[str, int]], still_open: Mapping[str, int]) -> list[int]:
    """Return what of each pay is netted against the advance of its account, in the order given.

    Each takes what is open and never more than the pay; the next one finds the rest.
    """
    left = dict(still_open)
    netted = []
    for account, pay_minor in pays:
        taken = max(min(pay_minor, left.get(account, 0)), 0)
        left[account] = left.get(account, 0) - taken
        netted.append(taken)
    return netted


def account_of(household_id: str, contract_code: str) -> str:
    """Return the ledger account on which the open advance of a contract stands."""
    return f"A:advance:hh:{household_id}:{contract_code}"
