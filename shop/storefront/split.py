"""Where the price of one pack goes under the seller's contract, before it is bought."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from catalog.listing.product import OfferRow
from households.queries import disclosed_trail
from households.queries.contracts import TermsInForce
from households.queries.trail import DisclosedShare, Trail, TrailRow
from households.rules import attribution
from households.rules.terms import COOPERATIVE_SHARE
from households.values import Contribution, HouseholdId, LineShare, LotShare, PartyKind

# Whose share it is does not matter here, only of which kind the party is.
SOMEBODY = "somebody"


@dataclass(frozen=True, slots=True)
class PackSplit:
    """The expected parts of one pack's price, in fen; they add up to it."""

    offer: OfferRow
    shares: Sequence[DisclosedShare]
    """A share without a party kind is the place of origin as a whole."""
    households: int | None
    """Who contributed to the lot the next pack comes from; None where too few to say."""


def expected_split(
    offers: Sequence[OfferRow], terms: TermsInForce | None, *, minimum: int | None
) -> PackSplit | None:
    """Return the split of the first pack that can be bought, or None where nothing can.

    `minimum` is from how many households on they may be told apart from the rest of the place
    of origin; None never tells.
    """
    offer = next((offer for offer in offers if offer.available), None)
    if offer is None or terms is None:
        return None
    households = offer.lots[0].households
    needed = households + 1 if minimum is None else minimum
    rows = _parties(offer, terms, households)
    disclosed = disclosed_trail(Trail({}, rows), minimum=needed).total
    return PackSplit(offer, disclosed.shares, disclosed.households)


def _parties(offer: OfferRow, terms: TermsInForce, households: int) -> list[TrailRow]:
    agreed = terms.terms
    if not households:
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
    return [
        TrailRow(None, kind, amount, households if kind is PartyKind.HOUSEHOLD else 0)
        for kind, amount in minor.items()
    ]
