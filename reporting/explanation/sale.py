"""Read the order line and the lot behind an entitlement, and work its amount out anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.models import Lot, LotContribution, Product, Sku
from households.models import ContractVersion, Entitlement, LinkageContract
from households.rules import attribution
from households.rules.explained import SplitPart
from households.rules.terms import COOPERATIVE_SHARE, HOUSEHOLD_POT, read_consignment
from households.values import ConsignmentTerms, LinkageModel, PartyKind
from orders.models import LotAllocation, OrderLine
from reporting.explanation import sums
from reporting.explanation.sums import LotPacks
from reporting.explanation.values import Delivery, Sale

BY_DEDUCTION = {PartyKind.PLATFORM: "fee", PartyKind.LOGISTICS: "logistics"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose part of which lot in which line, under which kind of contract."""

    order_line_id: int
    lot_id: int
    party_kind: PartyKind
    party_code: str
    model: LinkageModel


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lots:
    codes: Mapping[int, str]
    packs: Sequence[LotPacks]
    contributed: Mapping[str, int]
    """Grams times grade of what each household put into the wanted lot."""

    @property
    def whole_weight(self) -> int:
        """Return the weight of everything that came into the wanted lot."""
        return sum(self.contributed.values())

    def count_bought(self, shared: Mapping[str, int]) -> int:
        """Return how many households put in more than what is shared: that was bought."""
        return sum(1 for code, one in self.contributed.items() if one > shared.get(code, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    pot: SplitPart | None
    pot_code: str
    own: SplitPart | None
    minor: int


def read(session: Session, wanted: Wanted) -> Sale:
    """Return the sale behind an entitlement; six statements."""
    line, name, name_en, spec = session.execute(
        select(OrderLine, Product.name, Product.name_en, Sku.spec)
        .join(Sku, Sku.id == OrderLine.sku_id)
        .join(Product, Product.code == OrderLine.product_code)
        .where(OrderLine.id == wanted.order_line_id)
    ).one()
    lots = _lots(session, wanted)
    terms = _terms(session, wanted)
    weights = _weights(session, wanted)
    left = sums.lot_sum(line.gross_minor, lots.packs, wanted.lot_id, terms)
    shared = Fraction(sum(weights.values()), lots.whole_weight) if lots.whole_weight else 0
    bought = sums.halves(left.net_minor, 1 - Fraction(shared))
    ratios = terms.ratios if shared else {COOPERATIVE_SHARE: Fraction(1)}
    pots = _Pots(left.net_minor - bought.minor, bought.minor, ratios, weights)
    code = BY_DEDUCTION.get(wanted.party_kind, "")
    if wanted.model is LinkageModel.PREMIUM:
        code = "premium"
    result = _result(pots, wanted)
    if code:
        minor = next(taken.minor for taken in left.deductions if taken.code == code)
        result = _Result(pot=None, pot_code=code, own=None, minor=minor)
    return Sale(
        product_name=name,
        product_name_en=name_en,
        spec=spec,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        gross_minor=line.gross_minor,
        lot_code=lots.codes[wanted.lot_id],
        lot_packs=next(lot.packs for lot in lots.packs if lot.lot_id == wanted.lot_id),
        lots=len(lots.packs),
        lot=left.lot,
        deductions=left.deductions,
        net_minor=left.net_minor,
        bought_from=lots.count_bought(weights),
        bought_minor=bought.minor,
        terms={
            "fee_bp": terms.fee_bp,
            "logistics_bp": terms.logistics_bp,
            "ratios": {name: str(ratio) for name, ratio in terms.ratios.items()},
        },
        pot=result.pot,
        pot_code=result.pot_code,
        own=result.own,
        delivery=_delivery(session, wanted),
        computed_minor=result.minor,
    )


@dataclass(frozen=True, slots=True)
class _Pots:
    shared_minor: int
    bought_minor: int
    ratios: Mapping[str, Fraction]
    weights: Mapping[str, int]


def _lots(session: Session, wanted: Wanted) -> _Lots:
    """Return every lot of the line with its packs and the premium taken of it."""
    premium = (
        select(Entitlement.weight)
        .join(ContractVersion, ContractVersion.id == Entitlement.contract_version_id)
        .join(LinkageContract, LinkageContract.id == ContractVersion.contract_id)
        .where(
            Entitlement.order_line_id == LotAllocation.order_line_id,
            Entitlement.lot_id == LotAllocation.lot_id,
            LinkageContract.model_code == LinkageModel.PREMIUM,
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(Lot.id, Lot.code, LotAllocation.quantity, func.coalesce(premium, 0))
        .join(Lot, Lot.id == LotAllocation.lot_id)
        .where(LotAllocation.order_line_id == wanted.order_line_id)
        .order_by(Lot.id)
    ).all()
    contributed = session.execute(
        select(
            LotContribution.household_id,
            LotContribution.weight_g * LotContribution.grade_percent,
        ).where(LotContribution.lot_id == wanted.lot_id)
    )
    return _Lots(
        codes={row[0]: row[1] for row in rows},
        packs=[LotPacks(lot_id=row[0], packs=row[2], premium_bp=row[3]) for row in rows],
        contributed={str(row[0]): int(row[1]) for row in contributed},
    )


def _terms(session: Session, wanted: Wanted) -> ConsignmentTerms:
    """Return the share contract the line was divided by."""
    terms = session.scalars(
        select(ContractVersion.terms)
        .join(Entitlement, Entitlement.contract_version_id == ContractVersion.id)
        .join(LinkageContract, LinkageContract.id == ContractVersion.contract_id)
        .where(
            Entitlement.order_line_id == wanted.order_line_id,
            LinkageContract.model_code == LinkageModel.CONSIGN,
        )
        .limit(1)
    ).one()
    return read_consignment(terms)


def _weights(session: Session, wanted: Wanted) -> Mapping[str, int]:
    """Return the weights kept when the pot was divided; they never leave this package."""
    rows = session.execute(
        select(Entitlement.party_code, Entitlement.weight).where(
            Entitlement.order_line_id == wanted.order_line_id,
            Entitlement.lot_id == wanted.lot_id,
            Entitlement.party_kind == PartyKind.HOUSEHOLD,
        )
    )
    return {row.party_code: row.weight for row in rows}


def _result(pots: _Pots, wanted: Wanted) -> _Result:
    code = attribution.split_code(wanted.party_kind, wanted.party_code)
    if wanted.party_kind is PartyKind.HOUSEHOLD:
        pot = sums.pot_sum(pots.shared_minor, pots.ratios, HOUSEHOLD_POT)
        own = sums.own_sum(pot.minor, pots.weights, wanted.party_code)
        return _Result(pot=pot, pot_code=HOUSEHOLD_POT, own=own, minor=own.minor)
    extra = pots.bought_minor if wanted.party_kind is PartyKind.COOPERATIVE else 0
    if code not in pots.ratios:
        return _Result(pot=None, pot_code=code, own=None, minor=extra)
    pot = sums.pot_sum(pots.shared_minor, pots.ratios, code)
    return _Result(pot=pot, pot_code=code, own=None, minor=pot.minor + extra)


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
