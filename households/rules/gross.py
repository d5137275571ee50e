"""What buyers paid for a household's goods, before anybody else's part is taken off.

A household's gross of a sale is its own part and what stands between it and the buyer: fee,
transport, premium and the other parties' shares of the same goods, divided by the same weights.
A refund takes from what is left of both, so gross never falls below the household's own part
and refunds of the full amount leave exactly zero.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kernel.money import allot, reverse

BOUGHT, SHARED = "BOUGHT", "SHARED"
"""The halves of a lot: paid for when it came in, and shared when it is sold."""
OTHERS = ""
"""Stands for the goods that were bought before; sorts before every household's number."""


@dataclass(frozen=True, slots=True)
class SoldLot:
    """What of one line falls on one lot, and whose goods they were."""

    gross_minor: int
    pot_minor: int
    """What all its households have of it together."""
    weights: tuple[tuple[str, int], ...]
    """Household and weight (grams × grade) of the goods that are shared."""
    whole_weight: int
    """The weight of everything in the lot, bought goods included."""


@dataclass(frozen=True, slots=True)
class LotRefund:
    """What one refund took of a lot's part of a line."""

    minor: int
    pot_minor: int
    """What of it all households of the lot gave together."""


def between(sold: SoldLot) -> dict[str, int]:
    """Return what stands between the buyer and each household; the parts sum exactly.

    `OTHERS` holds what was paid for goods that were bought before. All of it and the
    households' own parts come to the lot's gross.
    """
    shared_weight = sum(weight for _, weight in sold.weights)
    whole = max(sold.whole_weight, shared_weight)
    halves = allot(sold.gross_minor, [(BOUGHT, whole - shared_weight), (SHARED, shared_weight)])
    parts = allot(halves[SHARED] - sold.pot_minor, sold.weights)
    return {OTHERS: halves[BOUGHT], **parts}


def taken_between(
    parts: Mapping[str, int], refunds: Iterable[LotRefund], household_id: str
) -> list[int]:
    """Return what each refund, in order, takes of what stands before one household."""
    left = dict(parts)
    found = []
    for refund in refunds:
        taken = reverse(refund.minor - refund.pot_minor, left)
        left = {code: minor - taken[code] for code, minor in left.items()}
        found.append(taken[household_id])
    return found
