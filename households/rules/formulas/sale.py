"""What a sale pays: consignment, the premium for a village fund, discounts over lines.

`consign(sale_minor, fee_bp=…, logistics_minor=0, refunded_minor=0) -> Consigned(fee_minor,
logistics_minor, minor, steps)`
`premium(terms, lines_minor) -> PremiumFund(minor, by_line, steps)`
`line_bases(lines_minor, seller_discount_minor=0) -> {line: fen}`; a discount the platform
pays for does not lower the base, so it is not passed

The division of a paid line over its lots, parties and households is `rules.attribution`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from households.rules.formulas.notation import (
    fen,
    minor_of,
    minus,
    not_below_zero,
    plus,
    rate,
    times,
)
from households.values import FormulaStep, PremiumTerms
from kernel.errors import InvalidError
from kernel.money import allot, reverse


@dataclass(frozen=True, slots=True, kw_only=True)
class Consigned:
    """A consignment sale: the fee, the carriage, and what is remitted."""

    fee_minor: int
    logistics_minor: int
    minor: int
    steps: Sequence[FormulaStep]


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiumFund:
    """What sale lines bring to a village's fund."""

    minor: int
    by_line: Sequence[int]
    steps: Sequence[FormulaStep]


def consign(
    sale_minor: int, *, fee_bp: int, logistics_minor: int = 0, refunded_minor: int = 0
) -> Consigned:
    """Return what is remitted of a sale; a refund takes back of all three in proportion.

    Carriage is never more than what the fee leaves of the sale.
    """
    not_below_zero(sale_minor=sale_minor, fee_bp=fee_bp, logistics_minor=logistics_minor)
    fee = times("service_fee", fen(sale_minor), rate(fee_bp))
    carried = min(logistics_minor, sale_minor - minor_of(fee))
    remitted = minus("remitted", sale_minor, minor_of(fee), carried)
    parts = {"FEE": minor_of(fee), "LOGISTICS": carried, "REMIT": minor_of(remitted)}
    steps = [fee, remitted]
    if refunded_minor:
        taken = reverse(refunded_minor, parts)
        parts = {code: minor - taken[code] for code, minor in parts.items()}
        steps.append(minus("after_refund", minor_of(remitted), taken["REMIT"]))
    return Consigned(
        fee_minor=parts["FEE"],
        logistics_minor=parts["LOGISTICS"],
        minor=parts["REMIT"],
        steps=steps,
    )


def premium(terms: PremiumTerms, lines_minor: Sequence[int]) -> PremiumFund:
    """Return what lines bring to the fund, each rounded half up on its own."""
    not_below_zero(**{f"line_{number}": minor for number, minor in enumerate(lines_minor)})
    steps = [times("to_fund", fen(minor), rate(terms.fund_bp)) for minor in lines_minor]
    by_line = [minor_of(step) for step in steps]
    total = plus("fund_in_all", *by_line)
    return PremiumFund(minor=sum(by_line), by_line=by_line, steps=[*steps, total])


def line_bases(
    lines_minor: Mapping[str, int], *, seller_discount_minor: int = 0
) -> dict[str, int]:
    """Return the base of each line after a discount that the seller bears.

    The discount is divided by the lines' gross. Raises `InvalidError` when it is more than the
    lines come to.
    """
    not_below_zero(seller_discount_minor=seller_discount_minor)
    total = sum(lines_minor.values())
    if seller_discount_minor > total:
        raise InvalidError(
            "discount_exceeds_lines", f"{seller_discount_minor} fen off lines of {total}"
        )
    taken = allot(seller_discount_minor, list(lines_minor.items()))
    return {code: minor - taken[code] for code, minor in lines_minor.items()}
