"""Pure decisions about goods sold by weight: what is charged first, what a weight comes to.

A buyer is charged as if every piece weighed as much as it may: the estimate and a bounded
extra. What the scale shows is multiplied with the price per 500 g and rounded once, half up;
the rest goes back. Nobody is asked for more: what a piece weighs beyond that is its seller's.
"""

from collections.abc import Sequence
from dataclasses import replace

from catalog.values import Funder
from kernel.errors import ConflictError, InvalidError
from kernel.quantity import GRAMS_PER_JIN, amount_of, price_per_jin
from orders.rules import funded_of
from orders.values import LineToWeigh, QuotedLine, Reduction, Settled, WeighTerms

HUNDRED = 100
FAR = 2
"""A piece of more than so many times the heaviest, or of less than that part of the lightest,
is a slip of the hand."""


def charge(line: QuotedLine, extra_percent: int) -> QuotedLine:
    """Return a priced line as it is charged until it is weighed; others as they are.

    Every price of a piece stands for its estimated weight: each is turned into fen per 500 g,
    and that into what the heaviest piece the buyer pays for costs, rounded up.
    """
    if line.piece_range is None:
        return line
    if line.offers.parts:
        return replace(line, piece_range=None)
    terms = _terms(line, line.unit_price_minor, extra_percent)
    unit = _most_minor(terms)
    reductions, platform = [], 0
    for one in line.reductions:
        is_platform = one.funder is Funder.PLATFORM
        each = one.minor // line.quantity * (-1 if is_platform else 1)
        other = _terms(line, line.unit_price_minor + each, extra_percent)
        minor = abs(_most_minor(other) - unit) * line.quantity
        platform += minor if is_platform else 0
        reductions.append(replace(one, minor=minor))
    return replace(
        line,
        unit_price_minor=unit,
        platform_discount_minor=platform,
        reductions=_something(reductions),
        weighing=terms,
    )


def _something(reductions: Sequence[Reduction]) -> tuple[Reduction, ...]:
    return tuple(one for one in reductions if one.minor)


def _terms(line: QuotedLine, piece_minor: int, extra_percent: int) -> WeighTerms:
    low, high = line.piece_range or (line.net_weight_g, line.net_weight_g)
    jin_minor = max(1, price_per_jin(piece_minor, line.net_weight_g) or 0)
    most = line.net_weight_g * (HUNDRED + extra_percent) // HUNDRED
    return WeighTerms(jin_minor, line.net_weight_g, low, high, most)


def _most_minor(terms: WeighTerms) -> int:
    """Return what a piece is charged at first; never below what its weight can come to."""
    return -(-terms.jin_minor * terms.most_g // GRAMS_PER_JIN)


def check_pieces(line: LineToWeigh, pieces_g: Sequence[int], *, is_confirmed: bool) -> None:
    """Refuse weights that are not the pieces of a line, or cannot be true.

    Raises `InvalidError` `weights_count`, `weight_implausible`, and `ConflictError`
    `weight_unusual` for a piece outside the offered range that was not confirmed.
    """
    terms = line.terms
    if len(pieces_g) != line.packs_left:
        raise InvalidError(
            "weights_count",
            f"{line.packs_left} pieces are to be weighed",
            count=line.packs_left,
        )
    for grams in pieces_g:
        low, high = terms.min_g, terms.max_g
        if grams * FAR < low or grams > high * FAR:
            raise InvalidError(
                "weight_implausible", f"{grams} g cannot be", grams=grams, least=low, most=high
            )
        if not is_confirmed and not low <= grams <= high:
            raise ConflictError(
                "weight_unusual", f"{grams} g is unusual", grams=grams, least=low, most=high
            )


def settle(line: LineToWeigh) -> Settled:
    """Return what a weighed line comes to; the one rule everything else reads.

    Price times weight, rounded half up, and what lowered the line lowers it in the same
    proportion. Never more than is left of the line, and at least a fen. Where not a fen of the
    difference would be the buyer's, because the platform pays almost all of the line, nothing
    goes back.
    """
    charged, left = line.unit_price_minor * line.packs_left, line.left_minor
    by_weight = min(amount_of(line.terms.jin_minor, line.weight_g or 0), charged)
    settled = (2 * by_weight * left + charged) // (2 * charged)
    settled = min(max(settled, 1), left)
    if not _buyers_part(line, left - settled):
        settled = left
    return Settled(line.line_id, line.packs_left, left, settled)


def _buyers_part(line: LineToWeigh, minor: int) -> int:
    before, after = (
        funded_of(line.platform_discount_minor, line.gross_minor, taken_minor=taken)
        for taken in (line.refunded_minor, line.refunded_minor + minor)
    )
    return minor - (after - before)
