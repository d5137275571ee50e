"""What a price would give to whom under a contract, before anything is sold."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from households.rules import attribution
from households.rules.terms import COOPERATIVE_SHARE
from households.values import (
    ConsignmentTerms,
    ContractVersionId,
    Contribution,
    HouseholdId,
    LineShare,
    LotShare,
    PartyKind,
)

# Whose share it is does not matter here, only of which kind the party is.
SOMEBODY = "somebody"


@dataclass(frozen=True, slots=True)
class Sold:
    """Goods at a price: fen, and whether households in the register gave them."""

    gross_minor: int
    is_of_households: bool
    lot_id: int = 0


def expected_parts(
    goods: Iterable[Sold], terms: ConsignmentTerms, version_id: ContractVersionId
) -> dict[PartyKind, int]:
    """Return the fen each kind of party would get; they add up to the price of the goods.

    Goods nobody in the register contributed to belong to their seller.
    """
    minor: dict[PartyKind, int] = {}
    for one in goods:
        agreed = terms
        if not one.is_of_households:
            agreed = replace(terms, ratios={COOPERATIVE_SHARE: Fraction(1)})
        lot = LotShare(
            lot_id=one.lot_id,
            quantity=1,
            contributions=[Contribution(HouseholdId(SOMEBODY), 1)],
            cooperative_code=SOMEBODY,
            village_code=SOMEBODY,
            logistics_code=SOMEBODY,
        )
        line = LineShare(
            order_line_id=0,
            gross_minor=one.gross_minor,
            contract_version_id=version_id,
            terms=agreed,
            lots=[lot],
        )
        for share in attribution.attribute(line):
            minor[share.party_kind] = minor.get(share.party_kind, 0) + share.minor
    return minor
