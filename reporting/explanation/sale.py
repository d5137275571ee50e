"""Read the order line and the lot behind an entitlement, and work its amount out anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from catalog.models import Lot, LotContribution, Product, Sku
from households.models import Entitlement
from households.rules import attribution
from households.rules.explained import SplitPart
from households.rules.terms import COOPERATIVE_SHARE, HOUSEHOLD_POT, read_consignment
from households.values import PartyKind
from kernel.rows import fill_all
from orders.models import LotAllocation, OrderLine
from reporting.explanation import sums
from reporting.explanation.sums import LotPacks, LotSum
from reporting.explanation.values import Delivery, Sale

BY_DEDUCTION = {PartyKind.PLATFORM: "fee", PartyKind.LOGISTICS: "logistics"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose part of which lot in which line."""

    order_line_id: int
    lot_id: int
    party_kind: PartyKind
    party_code: str
    terms: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Pick:
    lot_id: int
    lot_code: str
    packs: int
    is_shared: bool


@dataclass(frozen=True, slots=True)
class _Result:
    pot: SplitPart | None
    pot_code: str
    own: SplitPart | None
    minor: int


def read(session: Session, wanted: Wanted) -> Sale:
    """Return the sale behind an entitlement; four statements."""
    line, name, name_en, spec = session.execute(
        select(OrderLine, Product.name, Product.name_en, Sku.spec)
        .join(Sku, Sku.id == OrderLine.sku_id)
        .join(Product, Product.code == OrderLine.product_code)
        .where(OrderLine.id == wanted.order_line_id)
    ).one()
    picks = _picks(session, wanted.order_line_id)
    pick = next(one for one in picks if one.lot_id == wanted.lot_id)
    lots = [
        LotPacks(lot_id=one.lot_id, packs=one.packs, is_shared=one.is_shared) for one in picks
    ]
    terms = read_consignment(wanted.terms)
    left = sums.lot_sum(line.gross_minor, lots, wanted.lot_id, terms)
    ratios = terms.ratios if pick.is_shared else {COOPERATIVE_SHARE: Fraction(1)}
    result = _result(left, ratios, wanted, _weights(session, wanted))
    return Sale(
        product_name=name,
        product_name_en=name_en,
        spec=spec,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        gross_minor=line.gross_minor,
        lot_code=pick.lot_code,
        lot_packs=pick.packs,
        lots=len(picks),
        shared_minor=left.shared_minor,
        lot=left.lot,
        deductions=left.deductions,
        net_minor=left.net_minor,
        pot=result.pot,
        pot_code=result.pot_code,
        own=result.own,
        delivery=_delivery(session, wanted),
        computed_minor=result.minor,
    )


def _picks(session: Session, order_line_id: int) -> Sequence[_Pick]:
    contributed = exists().where(LotContribution.lot_id == Lot.id)
    rows = session.execute(
        select(Lot.id, Lot.code, LotAllocation.quantity, contributed)
        .join(Lot, Lot.id == LotAllocation.lot_id)
        .where(LotAllocation.order_line_id == order_line_id)
        .order_by(Lot.id)
    )
    return fill_all(_Pick, rows)


def _weights(session: Session, wanted: Wanted) -> Mapping[str, int]:
    """Return the weights kept when the pot was divided; they never leave this package."""
    if wanted.party_kind is not PartyKind.HOUSEHOLD:
        return {}
    rows = session.execute(
        select(Entitlement.party_code, Entitlement.weight).where(
            Entitlement.order_line_id == wanted.order_line_id,
            Entitlement.lot_id == wanted.lot_id,
            Entitlement.party_kind == PartyKind.HOUSEHOLD,
        )
    )
    return {row.party_code: row.weight for row in rows}


def _result(
    left: LotSum, ratios: Mapping[str, Fraction], wanted: Wanted, weights: Mapping[str, int]
) -> _Result:
    if wanted.party_kind in BY_DEDUCTION:
        code = BY_DEDUCTION[wanted.party_kind]
        minor = next(taken.minor for taken in left.deductions if taken.code == code)
        return _Result(None, code, None, minor)
    if wanted.party_kind is PartyKind.HOUSEHOLD:
        pot = sums.pot_sum(left.net_minor, ratios, HOUSEHOLD_POT)
        own = sums.own_sum(pot.minor, weights, wanted.party_code)
        return _Result(pot, HOUSEHOLD_POT, own, own.minor)
    code = attribution.split_code(wanted.party_kind, wanted.party_code)
    pot = sums.pot_sum(left.net_minor, ratios, code)
    return _Result(pot, code, None, pot.minor)


def _delivery(session: Session, wanted: Wanted) -> Delivery | None:
    if wanted.party_kind is not PartyKind.HOUSEHOLD:
        return None
    row = session.execute(
        select(
            LotContribution.weight_g,
            LotContribution.grade_percent,
            Lot.weight_g,
            Lot.received_at,
        )
        .join(Lot, Lot.id == LotContribution.lot_id)
        .where(
            LotContribution.lot_id == wanted.lot_id,
            LotContribution.household_id == wanted.party_code,
        )
    ).one_or_none()
    if row is None:
        return None
    own_g, grade, lot_g, at = row
    return Delivery(weight_g=own_g, grade_percent=grade, lot_weight_g=lot_g, received_at=at)
