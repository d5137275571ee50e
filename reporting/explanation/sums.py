"""Work an entitlement of a sale out anew, from the line's gross down to one party's fen.

This follows the text of docs/bookkeeping.md on its own and does not call the attribution that
made the entitlement, so that the two can differ when one of them is wrong.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from households.rules.explained import SplitPart, part_of
from households.values import BASIS_POINTS, ConsignmentTerms
from kernel.money import allot, round_half_up
from reporting.explanation.values import Deduction

BOUGHT, SHARED = "BOUGHT", "SHARED"
"""The halves of what is left of a lot: paid for when it came in, and to be shared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LotPacks:
    """How many packs of a line came from a lot, and the premium for the lot's village."""

    lot_id: int
    packs: int
    premium_bp: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LotSum:
    """How much of a line's gross is left of one lot after what the contracts take off."""

    lot: SplitPart
    deductions: Sequence[Deduction]

    @property
    def net_minor(self) -> int:
        """Return what is left to be divided."""
        return self.lot.minor - sum(taken.minor for taken in self.deductions)


def lot_sum(
    gross_minor: int, lots: Sequence[LotPacks], lot_id: int, terms: ConsignmentTerms
) -> LotSum:
    """Return what of a line's gross falls on a lot, and what is taken off it."""
    key = _key(lot_id)
    packs = {_key(lot.lot_id): lot.packs for lot in lots}
    gross = allot(gross_minor, list(packs.items()))
    fee = _rate(gross_minor, terms.fee_bp)
    logistics = min(_rate(gross_minor, terms.logistics_bp), gross_minor - fee)
    taken = []
    left = dict(gross)
    for code, rate_bp, minor in (
        ("fee", terms.fee_bp, fee),
        ("logistics", terms.logistics_bp, logistics),
    ):
        taken.append(_deduction((code, rate_bp), (gross_minor, minor), left, key))
        parts = allot(minor, list(left.items()))
        left = {name: left[name] - parts[name] for name in left}
    bases = {_key(lot.lot_id): gross[_key(lot.lot_id)] * bool(lot.premium_bp) for lot in lots}
    premium_bp = max(lot.premium_bp for lot in lots)
    if bases[key]:
        base = sum(bases.values())
        minor = _rate(base, premium_bp)
        taken.append(_deduction(("premium", premium_bp), (base, minor), bases, key, left[key]))
    return LotSum(lot=part_of(gross_minor, list(packs.items()), key), deductions=taken)


def halves(net_minor: int, bought: Fraction) -> SplitPart:
    """Return the half that was paid for when it came in; the rest of the net is shared."""
    return part_of(net_minor, [(BOUGHT, bought), (SHARED, 1 - bought)], BOUGHT)


def pot_sum(shared_minor: int, ratios: Mapping[str, Fraction], code: str) -> SplitPart:
    """Return the pot of a code by the contract's ratios, as whole weights."""
    denominator = math.lcm(*(ratio.denominator for ratio in ratios.values()))
    weights = [(name, ratio * denominator) for name, ratio in ratios.items()]
    return part_of(shared_minor, weights, code)


def own_sum(pot_minor: int, weights: Mapping[str, int], household_id: str) -> SplitPart:
    """Return one household's part of the pot by the weights kept with the entitlements."""
    return part_of(pot_minor, list(weights.items()), household_id)


def _rate(base_minor: int, rate_bp: int) -> int:
    return round_half_up(Fraction(base_minor * rate_bp, BASIS_POINTS))


def _deduction(
    what: tuple[str, int],
    minors: tuple[int, int],
    weights: Mapping[str, int],
    key: str,
    most: int | None = None,
) -> Deduction:
    split = part_of(minors[1], list(weights.items()), key)
    return Deduction(
        code=what[0],
        rate_bp=what[1],
        base_minor=minors[0],
        line_minor=minors[1],
        minor=split.minor if most is None else min(split.minor, most),
    )


def _key(lot_id: int) -> str:
    """Write a lot's number so that bytewise order is the order of the numbers."""
    return f"{lot_id:019d}"
