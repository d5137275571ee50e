"""Work an entitlement of a sale out anew, from the line's gross down to one party's fen.

This follows the text of docs/bookkeeping.md on its own and does not call the attribution that
made the entitlement, so that the two can differ when one of them is wrong.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from households.rules.explained import SplitPart, part_of
from households.rules.terms import HOUSEHOLD_POT
from households.values import BASIS_POINTS, ConsignmentTerms
from kernel.money import allot, round_half_up
from reporting.explanation.values import Deduction

SHARED, BOUGHT = "contributed", "bought"
"""The halves of a line: lots households contributed to, and those nobody here did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LotPacks:
    """How many packs of a line came from a lot, and whether households contributed to it."""

    lot_id: int
    packs: int
    is_shared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LotSum:
    """How much of a line's gross is left of one lot after what the contract takes off."""

    shared_minor: int
    lot: SplitPart
    deductions: Sequence[Deduction]

    @property
    def net_minor(self) -> int:
        """Return what is left to be shared."""
        return self.lot.minor - sum(taken.minor for taken in self.deductions)


def lot_sum(
    gross_minor: int, lots: Sequence[LotPacks], lot_id: int, terms: ConsignmentTerms
) -> LotSum:
    """Return what of a line's gross falls on a lot, and what is taken off it."""
    half = SHARED if next(lot for lot in lots if lot.lot_id == lot_id).is_shared else BOUGHT
    packs = {
        name: sum(lot.packs for lot in lots if lot.is_shared is (name == SHARED))
        for name in (SHARED, BOUGHT)
    }
    base = allot(gross_minor, list(packs.items()))[half]
    alike = {_key(lot.lot_id): lot.packs for lot in lots if lot.is_shared is (half == SHARED)}
    gross = allot(base, list(alike.items()))
    fee = round_half_up(Fraction(base * terms.fee_bp, BASIS_POINTS))
    carried = round_half_up(Fraction(base * terms.logistics_bp, BASIS_POINTS))
    taken = (
        ("fee", terms.fee_bp, fee),
        ("logistics", terms.logistics_bp, min(carried, base - fee)),
    )
    left = dict(gross)
    deductions = []
    for code, rate_bp, minor in taken:
        weights = list(left.items())
        split = part_of(minor, weights, _key(lot_id))
        deductions.append(
            Deduction(
                code=code, rate_bp=rate_bp, base_minor=base, line_minor=minor, split=split
            )
        )
        parts = allot(minor, weights)
        left = {key: left[key] - parts[key] for key in left}
    lot = part_of(base, list(alike.items()), _key(lot_id))
    return LotSum(shared_minor=base, lot=lot, deductions=deductions)


def pot_sum(net_minor: int, ratios: Mapping[str, Fraction], code: str) -> SplitPart:
    """Return the pot of a code by the contract's ratios, as whole weights."""
    denominator = math.lcm(*(ratio.denominator for ratio in ratios.values()))
    weights = [(name, ratio * denominator) for name, ratio in ratios.items()]
    return part_of(net_minor, weights, code)


def own_sum(pot_minor: int, weights: Mapping[str, int], household_id: str) -> SplitPart:
    """Return one household's part of the pot by the weights kept with the entitlements."""
    return part_of(pot_minor, list(weights.items()), household_id)


def is_household_pot(code: str) -> bool:
    """Say whether a pot is divided further over households."""
    return code == HOUSEHOLD_POT


def _key(lot_id: int) -> str:
    """Write a lot's number so that bytewise order is the order of the numbers."""
    return f"{lot_id:019d}"
