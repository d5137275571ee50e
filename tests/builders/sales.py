"""A small world in which a sale can be carried from basket to delivery and back."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from catalog.models import Lot, Sku
from cold_chain.models import LimitProfile, LimitRule
from cold_chain.profile_catalogue import PROFILES, RULES
from households import service as households
from households.values import LinkageModel, NewContract
from kernel.policy import PolicyParam
from ledger.models import LedgerAccount, LedgerEntry
from orders.values import Buyer, Recipient
from parties.models import Channel, Organisation
from parties.values import OrganisationKind
from payments import demo_gateway
from payments import service as payments
from payments.values import Capture, Provider
from tests.builders.catalog import NOON, a_lot, a_product, a_sku
from tests.builders.cold_chain import CARRIER
from tests.builders.places import a_seller, once
from workflows import checkout, order_paid
from workflows.checkout import CheckoutRequest, PlacedGroup

GOAT, SHOOTS = "C05", "C03"
PARAMS = {
    "reservation_minutes": 15,
    "payment_session_minutes": 31,
    "payment_session_margin_minutes": 4,
    "payment_hold_max_minutes": 120,
    "payment_recheck_minutes": 15,
    "payment_inbox_days": 30,
    "payment_unmatched_minutes": 60,
    "shipping_ambient_minor": 800,
    "shipping_cold_minor": 1_800,
    "shipping_free_from_minor": 19_900,
    "disclosure_min_households": 10,
    "expiry_notice_days": 7,
    "default_carrier": CARRIER,
}
TERMS = {
    "fee_bp": 300,
    "logistics_bp": 800,
    "ratios": {"HHPOT": "15/20", "COOP": "4/20", "VILLAGE": "1/20"},
}
RECIPIENT = Recipient("王小姐", "13800000000", "重庆市", "重庆市", "渝中区", "解放碑一号")
GUEST = Buyer(None, None, "SHLL", "guest")


@dataclass(frozen=True, slots=True)
class World:
    """Two sellers with one SKU each and a lot that twelve households filled."""

    goat: Sku
    shoots: Sku
    lots: dict[str, str] = field(default_factory=dict)


def a_world(session: Session, *, on_hand: int = 10, households_each: int = 12) -> World:
    """Make everything a sale needs: sellers, contracts, goods, lots, terms and limits."""
    for code, value in PARAMS.items():
        once(
            session,
            PolicyParam,
            {
                "code": code,
                "value": value,
                "unit": "",
                "valid_from": date(2020, 1, 1),
                "basis": "test",
                "note": "",
            },
            key="code",
        )
    channel = {"code": "SHLL", "name": "社会力量", "name_en": "Social", "who": "", "counts": ""}
    once(session, Channel, channel | {"sort_order": 1}, key="code")
    carrier = {"code": CARRIER, "name": "承运", "kind": OrganisationKind.CARRIER}
    once(session, Organisation, carrier, key="code")
    session.execute(insert(LimitProfile).on_conflict_do_nothing(), list(PROFILES))
    session.execute(insert(LimitRule).on_conflict_do_nothing(), list(RULES))
    goat = _goods(session, GOAT, "CHILL_MEAT", 9_800)
    shoots = _goods(session, SHOOTS, "CHILL_VEG", 3_980)
    lots = {
        sku.code: a_lot(session, sku, on_hand=on_hand, households=households_each)
        for sku in (goat, shoots)
    }
    return World(goat, shoots, lots)


def _goods(session: Session, seller: str, storage_code: str, price_minor: int) -> Sku:
    a_seller(session, seller)
    contract = f"{seller}-CONSIGN"
    households.draw_up_contract(
        session,
        NewContract(code=contract, organisation_code=seller, model=LinkageModel.CONSIGN),
    )
    version = households.draw_up_version(
        session, contract, TERMS, effective_from=date(2025, 1, 1)
    )
    households.activate_version(session, version, at=NOON - timedelta(days=200))
    product = a_product(session, seller_code=seller, storage_code=storage_code)
    return a_sku(session, product, price_minor=price_minor, net_weight_g=1_000)


def a_group(
    session: Session,
    quantities: dict[str, int],
    *,
    buyer: Buyer = GUEST,
    at: datetime = NOON,
) -> PlacedGroup:
    """Place an order for packs by SKU code."""
    request = CheckoutRequest(buyer=buyer, recipient=RECIPIENT, quantities=quantities)
    return checkout.place(session, request, at=at)


def a_capture(
    session: Session,
    group: PlacedGroup,
    *,
    at: datetime = NOON,
    amount_minor: int | None = None,
) -> Capture:
    """Open the demo attempt of a group and return the provider's word that it was paid."""
    reference = demo_gateway.reference_of(group.number)
    payments.start(
        session,
        group_number=group.number,
        provider=Provider.DEMO,
        reference=reference,
        amount_minor=group.total_minor,
        at=at,
    )
    return Capture(
        provider=Provider.DEMO,
        reference=reference,
        group_number=group.number,
        amount_minor=group.total_minor if amount_minor is None else amount_minor,
        currency="CNY",
        at=at,
    )


def a_paid_group(
    session: Session,
    quantities: dict[str, int],
    *,
    buyer: Buyer = GUEST,
    at: datetime = NOON,
) -> PlacedGroup:
    """Place and pay an order."""
    group = a_group(session, quantities, buyer=buyer, at=at)
    order_paid.settle(session, a_capture(session, group, at=at))
    return group


def balances(session: Session) -> dict[str, int]:
    """Return every account's signed balance that is not zero."""
    rows = session.execute(
        select(LedgerAccount.code, func.sum(LedgerEntry.amount_minor))
        .join(LedgerEntry, LedgerEntry.account_id == LedgerAccount.id)
        .group_by(LedgerAccount.code)
        .having(func.sum(LedgerEntry.amount_minor) != 0)
    )
    return {row[0]: int(row[1]) for row in rows}


def packs(session: Session, lot_code: str) -> tuple[int, int, int, int]:
    """Return a lot's available, held, sold and written-off packs."""
    session.expire_all()
    lot = session.scalars(select(Lot).where(Lot.code == lot_code)).one()
    return lot.available, lot.held, lot.sold, lot.written_off
