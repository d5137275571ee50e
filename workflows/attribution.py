"""Bring a paid line's lots, their contributors and the seller's contract together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

from sqlalchemy.orm import Session

from catalog import queries as catalog_queries
from catalog.queries import LotOrigin
from catalog.service import LinePick
from households import queries as household_queries
from households import service as households
from households.rules import attribution
from households.rules.terms import COOPERATIVE_SHARE
from households.values import (
    ConsignmentTerms,
    Contribution,
    HouseholdId,
    LineShare,
    LotShare,
    Share,
)
from kernel.clock import local_date
from kernel.errors import ConflictError
from orders.values import LineHead


def expect(
    session: Session, lines: Sequence[LineHead], picks: Sequence[LinePick], *, at: datetime
) -> None:
    """Write who is expected to earn what from paid lines; repeating changes nothing.

    Raises `ConflictError` `sale_contract_missing` when a seller sells without a contract in
    force on the day of payment.
    """
    households.expect(session, plan(session, lines, picks, at=at), at=at)


def plan(
    session: Session, lines: Sequence[LineHead], picks: Sequence[LinePick], *, at: datetime
) -> list[Share]:
    """Return who would earn what from lines that take these packs; writes nothing."""
    sellers = sorted({line.seller_code for line in lines})
    terms = household_queries.find_terms(session, sellers, on=local_date(at))
    origins = catalog_queries.list_origins(session, sorted({pick.lot_id for pick in picks}))
    shares: list[Share] = []
    for line in lines:
        in_force = terms.get(line.seller_code)
        if in_force is None:
            raise ConflictError(
                "sale_contract_missing",
                f"{line.seller_code} has no sale contract in force",
                seller=line.seller_code,
            )
        lots = _lots(line, picks, origins)
        share = LineShare(
            order_line_id=line.line_id,
            gross_minor=line.gross_minor,
            contract_version_id=in_force.contract_version_id,
            terms=_terms_for(in_force.terms, lots),
            lots=lots,
        )
        shares.extend(attribution.attribute(share))
    return shares


def _terms_for(terms: ConsignmentTerms, lots: Sequence[LotShare]) -> ConsignmentTerms:
    """Leave the producers' part with the seller where nobody in the register contributed.

    Goods of sister districts and services have no contributors here; their seller pays its own
    suppliers. Fee and logistics stay as agreed.
    """
    if any(lot.contributions for lot in lots):
        return terms
    return replace(terms, ratios={COOPERATIVE_SHARE: Fraction(1)})


def _lots(
    line: LineHead, picks: Sequence[LinePick], origins: Mapping[int, LotOrigin]
) -> list[LotShare]:
    return [
        LotShare(
            lot_id=pick.lot_id,
            quantity=pick.quantity,
            contributions=[
                Contribution(HouseholdId(household_id), weight_g, grade_percent)
                for household_id, weight_g, grade_percent in origins[pick.lot_id].contributions
            ],
            cooperative_code=line.seller_code,
            village_code=origins[pick.lot_id].village_code or line.origin_village_code or "",
            logistics_code=line.carrier_code,
        )
        for pick in picks
        if pick.order_line_id == line.line_id
    ]
