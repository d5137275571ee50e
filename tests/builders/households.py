"""Short builders of contracts and of paid order lines with the lots behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from catalog.models import Lot
from households import queries, service
from households.rules import attribution
from households.values import (
    ContractVersionId,
    Contribution,
    HouseholdId,
    LineShare,
    LinkageModel,
    LotShare,
    NewContract,
    Share,
)
from orders.models import Order, OrderGroup, OrderLine
from orders.values import GroupState, OrderState
from parties.models import Channel, Organisation
from parties.values import OrganisationKind
from tests.builders.catalog import NOON, a_lot, a_product, a_sku
from tests.builders.places import DISTRICT, VILLAGE, a_seller, once

SELLER, CARRIER = "C90", "LOG90"
NUMBERS = count(1)
DEMIN = {
    "fee_bp": 300,
    "logistics_bp": 1_200,
    "ratios": {"HHPOT": "70/100", "COOP": "20/100", "POOR": "5/100", "VILLAGE": "5/100"},
}
"""The published 七二五五 shares of Demin village, with a fee and a logistics rate."""
THREE = {"H1": 12_500, "H2": 7_300, "H3": 5_200}
"""Grams of three households in one lot."""


@dataclass(frozen=True, slots=True)
class PaidLine:
    """An order line with the shares that are expected of it."""

    id: int
    shares: Sequence[Share]

    def minors(self) -> dict[str, int]:
        """Return the fen by the code a party has in a split, over every lot."""
        totals: dict[str, int] = {}
        for share in self.shares:
            code = attribution.split_code(share.party_kind, share.party_code)
            totals[code] = totals.get(code, 0) + share.minor
        return totals


def a_contract(
    session: Session,
    terms: Mapping[str, Any] | None = None,
    *,
    seller: str = SELLER,
    effective_from: date = date(2025, 1, 1),
) -> ContractVersionId:
    """Put consignment terms of a seller with all its producers into force."""
    a_seller(session, seller)
    code = f"{seller}-CONSIGN"
    if not queries.find_contract(session, code):
        contract = NewContract(code=code, organisation_code=seller, model=LinkageModel.CONSIGN)
        service.draw_up_contract(session, contract)
    version = service.draw_up_version(
        session, code, terms or DEMIN, effective_from=effective_from
    )
    service.activate_version(session, version, at=NOON)
    return version


def a_line(
    session: Session,
    gross_minor: int = 9_999,
    *,
    lots: Sequence[Mapping[str, int]] = (THREE,),
    at: datetime = NOON,
) -> PaidLine:
    """Make a paid line of one pack from each lot, expected under the seller's contract.

    `lots` are grams by household; all lots must weigh the same.
    """
    terms = queries.find_terms(session, [SELLER], on=at.date())[SELLER]
    line_id, lot_ids = _line_and_lots(session, gross_minor, lots)
    shares = attribution.attribute(
        LineShare(
            order_line_id=line_id,
            gross_minor=gross_minor,
            contract_version_id=terms.contract_version_id,
            terms=terms.terms,
            lots=[
                LotShare(
                    lot_id=lot_id,
                    quantity=1,
                    contributions=[
                        Contribution(HouseholdId(household), grams)
                        for household, grams in contributions.items()
                    ],
                    cooperative_code=SELLER,
                    village_code=VILLAGE,
                    logistics_code=CARRIER,
                )
                for lot_id, contributions in zip(lot_ids, lots, strict=True)
            ],
        )
    )
    service.expect(session, shares, at=at)
    return PaidLine(line_id, shares)


def _line_and_lots(
    session: Session, gross_minor: int, lots: Sequence[Mapping[str, int]]
) -> tuple[int, list[int]]:
    product = a_product(session, seller_code=a_seller(session, SELLER))
    weight_g = sum(lots[0].values())
    sku = a_sku(session, product, net_weight_g=weight_g, price_minor=gross_minor)
    codes = [a_lot(session, sku, on_hand=1, households=part) for part in lots]
    found = session.execute(select(Lot.code, Lot.id).where(Lot.code.in_(codes)))
    ids = {row.code: row.id for row in found}
    line = OrderLine(
        order_number=_an_order(session, gross_minor),
        sku_id=sku.id,
        product_code=product,
        quantity=1,
        unit_price_minor=gross_minor,
        gross_minor=gross_minor,
        origin_district_code=DISTRICT,
        snapshot={},
    )
    session.add(line)
    session.flush()
    return line.id, [ids[code] for code in codes]


def _an_order(session: Session, goods_minor: int) -> str:
    once(
        session,
        Organisation,
        {"code": CARRIER, "name": CARRIER, "kind": OrganisationKind.CARRIER},
        key="code",
    )
    channel = {"code": "SHLL", "name": "社会力量", "name_en": "Social", "who": "", "counts": ""}
    once(session, Channel, channel | {"sort_order": 1}, key="code")
    group = f"W{next(NUMBERS):06}"
    session.execute(
        insert(OrderGroup).values(
            number=group,
            access_hash=b"",
            channel_code="SHLL",
            state=GroupState.PAID,
            goods_minor=goods_minor,
            shipping_minor=0,
            total_minor=goods_minor,
            recipient="{}",
            city="重庆市",
            placed_at=NOON,
            expires_at=NOON,
            paid_at=NOON,
        )
    )
    session.execute(
        insert(Order).values(
            number=f"{group}-1",
            group_number=group,
            seller_code=SELLER,
            carrier_code=CARRIER,
            state=OrderState.PAID,
            goods_minor=goods_minor,
            shipping_minor=0,
            needs_cold_chain=False,
        )
    )
    return f"{group}-1"
