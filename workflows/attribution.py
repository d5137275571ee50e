"""Bring a paid line's lots, their contributors and the seller's contract together."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from sqlalchemy.orm import Session

from catalog import queries as catalog_queries
from catalog.queries import LotOrigin
from catalog.service import LinePick
from households import queries as household_queries
from households import service as households
from households.queries.contracts import TermsInForce
from households.rules import attribution
from households.values import (
    Contribution,
    HouseholdId,
    LineShare,
    LotShare,
    Share,
)
from kernel.clock import local_date
from kernel.errors import ConflictError
from orders import queries as order_queries
from orders.values import LineHead


def expect(
    session: Session,
    lines: Sequence[LineHead],
    picks: Sequence[LinePick],
    *,
    placed_at: datetime,
    at: datetime,
) -> None:
    """Write who is expected to earn what from paid lines; repeating changes nothing.

    The contract in force on the day of payment counts; where it ended since the order was
    placed, the one in force then. Goods of a seller without either are not sold at all.
    """
    sellers = {line.seller_code for line in lines}
    terms = _terms_on(session, sellers, at)
    if missing := sellers - terms.keys():
        terms |= _terms_on(session, missing, placed_at)
    households.expect(session, _plan(session, lines, picks, terms), at=at)


def renew(
    session: Session, lines: Mapping[str, Sequence[int]], moments: Mapping[int, datetime]
) -> None:
    """Attribute lines anew whose contract changed before they were delivered.

    `lines` are by order number, the moments of their deliveries by line. A share contract
    counts from the day of delivery. Where no version is in force then, what was expected stays.
    """
    days = {line: local_date(at) for line, at in moments.items()}
    outdated = set(household_queries.list_outdated_lines(session, days))
    for order_number, ids in lines.items():
        if affected := outdated.intersection(ids):
            _renew_order(session, order_number, affected, at=moments[ids[0]])


def _renew_order(
    session: Session, order_number: str, outdated: Collection[int], *, at: datetime
) -> None:
    lines = order_queries.list_line_heads(session, order_number=order_number)
    affected = [line for line in lines if line.line_id in outdated]
    terms = _terms_on(session, {line.seller_code for line in affected}, at)
    picks = [
        LinePick(line_id, lot_id, quantity)
        for line_id, lot_id, quantity in order_queries.list_allocations(session, order_number)
    ]
    renewed = [line for line in affected if line.seller_code in terms]
    if renewed:
        households.reattribute(session, _plan(session, renewed, picks, terms), at=at)


def _terms_on(
    session: Session, sellers: Collection[str], at: datetime
) -> dict[str, TermsInForce]:
    return dict(household_queries.find_terms(session, sorted(sellers), on=local_date(at)))


def _plan(
    session: Session,
    lines: Sequence[LineHead],
    picks: Sequence[LinePick],
    terms: Mapping[str, TermsInForce],
) -> list[Share]:
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
        shares.extend(_shares_of(line, in_force, _lots(line, picks, origins)))
    return shares


def _shares_of(line: LineHead, in_force: TermsInForce, lots: Sequence[LotShare]) -> list[Share]:
    return attribution.attribute(
        LineShare(
            order_line_id=line.line_id,
            gross_minor=line.gross_minor,
            contract_version_id=in_force.contract_version_id,
            terms=in_force.terms,
            lots=lots,
        )
    )


def _lots(
    line: LineHead, picks: Sequence[LinePick], origins: Mapping[int, LotOrigin]
) -> list[LotShare]:
    return [
        _lot(line, pick, origins[pick.lot_id])
        for pick in picks
        if pick.order_line_id == line.line_id
    ]


def _lot(line: LineHead, pick: LinePick, origin: LotOrigin) -> LotShare:
    """Tell what of a lot is shared and what was bought, household by household.

    Goods that nobody in the register contributed stay with their seller: sister districts and
    services pay their own suppliers. Goods that were bought when they came in do, too; what
    their households got for them is told by the lot's cost.
    """
    whole = sum(grams * grade for _, grams, grade in origin.contributions)
    shared = [
        Contribution(HouseholdId(household_id), left, grade)
        for household_id, grams, grade in origin.contributions
        if (left := grams - origin.bought.get(household_id, 0)) > 0
    ]
    weight = sum(part.weight_g * part.grade_percent for part in shared)
    return LotShare(
        lot_id=pick.lot_id,
        quantity=pick.quantity,
        contributions=shared,
        cooperative_code=line.seller_code,
        village_code=origin.village_code or line.origin_village_code or "",
        logistics_code=line.carrier_code,
        bought=1 - Fraction(weight, whole) if whole else Fraction(1),
    )
