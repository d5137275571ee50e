"""Where the price of one pack goes under the seller's contract, before it is bought."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from catalog.listing.product import OfferRow
from households.queries.contracts import TermsInForce
from households.rules import attribution
from households.rules.terms import COOPERATIVE_SHARE
from households.values import Contribution, HouseholdId, LineShare, LotShare, PartyKind
from kernel.disclosure import DisclosurePolicy
from reporting.rules.flows import DisclosedShare, disclose_flow

# Whose share it is does not matter here, only of which kind the party is.
SOMEBODY = "somebody"


@dataclass(frozen=True, slots=True)
class PackSplit:
    """The expected parts of one pack's price, in fen; they add up to it."""

    offer: OfferRow
    shares: Sequence[DisclosedShare]
    """A share without a party kind is the place of origin as a whole."""
    households: int | None
    """About how many contributed to the lot the next pack comes from; None where not told."""


def expected_split(
    offers: Sequence[OfferRow], terms: TermsInForce | None, shown: DisclosurePolicy
) -> PackSplit | None:
    """Return the split of the first pack on the shelf that can be bought, or None for nothing.

    Of goods sold before they are there nobody knows yet who grows them.
    """
    offer = next((offer for offer in offers if offer.available and offer.lots), None)
    if offer is None or terms is None:
        return None
    households = offer.lots[0].households
    told = disclose_flow(_parties(offer, terms), households, shown)
    return PackSplit(offer, told.shares, told.households)


def _parties(offer: OfferRow, terms: TermsInForce) -> dict[PartyKind, int]:
    agreed = terms.terms
    if not offer.lots[0].households.households:
        # Goods nobody in the register contributed to belong to their seller.
        agreed = replace(agreed, ratios={COOPERATIVE_SHARE: Fraction(1)})
    lot = LotShare(
        lot_id=offer.lots[0].lot_id,
        quantity=1,
        contributions=[Contribution(HouseholdId(SOMEBODY), 1)],
        cooperative_code=SOMEBODY,
        village_code=SOMEBODY,
        logistics_code=SOMEBODY,
    )
    line = LineShare(
        order_line_id=0,
        gross_minor=offer.price_minor,
        contract_version_id=terms.contract_version_id,
        terms=agreed,
        lots=[lot],
    )
    minor: dict[PartyKind, int] = {}
    for share in attribution.attribute(line):
        minor[share.party_kind] = minor.get(share.party_kind, 0) + share.minor
    return minor
