"""What a household may read of the others whose goods or shares stood beside its own.

A total less one's own is everybody else's together. Where fewer than some households stand
behind it, that would be one neighbour's weight or money; the household then sees its own alone.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from households.rules.terms import WEIGHTS
from kernel import policy
from reporting.explanation.values import Allotment, Explanation, OwnSale, Sale

PARAM_MIN_CONTRIBUTORS = "explain_min_contributors"
FEWEST = 3
"""What holds at least, whatever is in force: with two, a total tells the other's part."""
DIVIDED = ("division", "trade", "capital")
"""Under which names a working keeps the pots it was divided out of."""


def find_minimum(session: Session, *, on: date) -> int:
    """Return how many households must stand behind a total that one of them may read."""
    found = policy.list_in_force(session, [PARAM_MIN_CONTRIBUTORS], on=on)
    return max(int(found.get(PARAM_MIN_CONTRIBUTORS, FEWEST)), FEWEST)


def veiled(told: Explanation, minimum: int) -> Explanation:
    """Return what the household itself may read of an explanation.

    Weights the contract's terms write down for single households never stand in it but its own.
    """
    terms = replace(told.terms, terms=_own_terms(told.terms.terms, told.party_code))
    told = replace(told, terms=terms)
    if told.sale is not None and not _sale_is_safe(told.sale, minimum):
        return replace(told, sale=None, own_sale=_own_sale(told.sale), others_from=minimum)
    if told.allotment is not None and not _allotment_is_safe(told.allotment, minimum):
        return replace(told, allotment=_own_share(told.allotment), others_from=minimum)
    return told


def _sale_is_safe(sale: Sale, minimum: int) -> bool:
    """Say whether enough stand behind the shared goods, and behind bought ones if any."""
    sharing = 0 if sale.own is None else sale.own.parties
    return sharing >= minimum and (sale.bought_from == 0 or sale.bought_from >= minimum)


def _allotment_is_safe(allotment: Allotment, minimum: int) -> bool:
    parties = [allotment.households, *(part.parties for part in allotment.splits.values())]
    return min(parties) >= minimum


def _own_terms(terms: Mapping[str, Any], household_id: str) -> Mapping[str, Any]:
    fields = set(WEIGHTS.values())
    return {
        name: {code: weight for code, weight in value.items() if code == household_id}
        if name in fields
        else value
        for name, value in terms.items()
    }


def _own_sale(sale: Sale) -> OwnSale:
    return OwnSale(
        product_name=sale.product_name,
        product_name_en=sale.product_name_en,
        spec=sale.spec,
        lot_code=sale.lot_code,
        terms=sale.terms,
        weight_g=None if sale.delivery is None else sale.delivery.weight_g,
        grade_percent=None if sale.delivery is None else sale.delivery.grade_percent,
        received_at=None if sale.delivery is None else sale.delivery.received_at,
        computed_minor=sale.computed_minor,
    )


def _own_share(allotment: Allotment) -> Allotment:
    figures = {name: kept for name, kept in allotment.figures.items() if name not in DIVIDED}
    return replace(allotment, total_minor=None, common={}, figures=figures, splits={})
