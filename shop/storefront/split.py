"""Where the price of one pack goes under the seller's contract, before it is bought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.listing.product import OfferRow, ShelfLotRow
from households.queries.contracts import TermsInForce
from households.rules.expected import Sold, expected_parts
from kernel.disclosure import DisclosurePolicy
from reporting.rules.flows import DisclosedShare, disclose_flow


@dataclass(frozen=True, slots=True)
class PackSplit:
    """The expected parts of one pack's price, in fen; they add up to it."""

    offer: OfferRow
    shares: Sequence[DisclosedShare]
    """A share without a party kind is the place of origin as a whole."""
    households: int | None
    """About how many contributed to the lot the next pack comes from; None where not told."""


def expected_split(
    offers: Sequence[OfferRow],
    terms: TermsInForce | None,
    shown: DisclosurePolicy,
    inside: Mapping[str, Mapping[str, int]] | None = None,
) -> PackSplit | None:
    """Return the split of the first pack on the shelf that can be bought, or None for nothing.

    Of goods sold before they are there nobody knows yet who grows them.
    `inside` has, by the SKU code of a gift box, what of its price falls to each of its parts.
    Of a box as much is told as may be told of the part with the fewest households.
    """
    offer = next((offer for offer in offers if offer.available and offer.lots), None)
    if offer is None or terms is None:
        return None
    parts = (inside or {}).get(offer.code) or {offer.lots[0].sku_code: offer.price_minor}
    first: dict[str, ShelfLotRow] = {}
    for lot in offer.lots:
        first.setdefault(lot.sku_code, lot)
    goods = [
        Sold(minor, bool(first[code].households.households), first[code].lot_id)
        for code, minor in parts.items()
    ]
    minor = expected_parts(goods, terms.terms, terms.contract_version_id)
    fewest = min(
        (first[code].households for code in parts),
        key=lambda group: (group.households, -group.largest_minor),
    )
    told = disclose_flow(minor, fewest, shown)
    return PackSplit(offer, told.shares, told.households)
