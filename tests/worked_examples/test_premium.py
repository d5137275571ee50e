"""A seller gives one percent of every line to a fund that the village of origin holds.

The premium is taken of the line's amount before the shares, half up for each line. It is not
anybody's income: it waits on the village's account until a published decision distributes it.
"""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from households import queries as household_queries
from households import service as households
from households.models import Entitlement
from households.rules import attribution
from households.values import (
    ConsignmentTerms,
    ContractVersionId,
    Contribution,
    HouseholdId,
    LineShare,
    LinkageModel,
    LotShare,
    NewContract,
    PartyKind,
    PremiumInForce,
    Share,
)
from kernel.money import round_half_up
from tests.builders.catalog import NOON
from tests.builders.cold_chain import a_device
from tests.builders.places import VILLAGE
from tests.builders.sales import GOAT, a_paid_group, a_world, balances
from workflows import order_cancelled, order_delivered, order_shipped
from workflows.order_cancelled import Refusal
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

FUND = f"L:payable:village:{VILLAGE}.fund"
LATER = NOON + timedelta(days=2)
SHARES = ConsignmentTerms(
    300,
    0,
    {"HHPOT": Fraction(3, 4), "COOP": Fraction(1, 4)},
    premium=PremiumInForce(100, ContractVersionId(8)),
)


def a_premium(session: Session, *, effective_from: date, fund_bp: int = 100) -> None:
    code = f"{GOAT}-PREMIUM"
    if not household_queries.find_contract(session, code):
        contract = NewContract(code=code, organisation_code=GOAT, model=LinkageModel.PREMIUM)
        households.draw_up_contract(session, contract)
    version = households.draw_up_version(
        session, code, {"fund_bp": fund_bp}, effective_from=effective_from
    )
    households.activate_version(session, version, at=NOON)


def deliver(session: Session, number: str) -> None:
    order_shipped.pack(session, number, actor="person:1", at=NOON)
    logger = a_device(session, f"LOG-{number}")
    hand_over = HandOver(actor="person:1", device_code=logger)
    order_shipped.ship(session, number, hand_over, at=NOON)
    order_delivered.deliver(session, number, Receipt("person:1", "recipient"), at=LATER)


def lines(gross: int, *lots: LotShare) -> list[Share]:
    return attribution.attribute(
        LineShare(
            order_line_id=1,
            gross_minor=gross,
            contract_version_id=ContractVersionId(1),
            terms=SHARES,
            lots=lots,
        )
    )


def a_lot(lot_id: int, quantity: int, village: str = "V1") -> LotShare:
    return LotShare(
        lot_id=lot_id,
        quantity=quantity,
        contributions=[Contribution(HouseholdId("H1"), 1)],
        cooperative_code="C1",
        village_code=village,
        logistics_code="K1",
    )


def test_one_percent_of_a_line_is_owed_to_the_fund_before_anything_is_shared(
    session: Session,
) -> None:
    world = a_world(session)
    a_premium(session, effective_from=date(2025, 1, 1))
    number = f"{a_paid_group(session, {world.goat.code: 1}).number}-1"

    deliver(session, number)

    found = balances(session)
    premium, *others = session.scalars(
        select(Entitlement).where(Entitlement.party_code == f"{VILLAGE}.fund")
    ).all()
    version, *_ = household_queries.find_contract(session, f"{GOAT}-PREMIUM")
    assert found[FUND] == -98
    assert others == []
    assert (premium.party_kind, premium.amount_minor, premium.weight) == (
        PartyKind.VILLAGE,
        98,
        100,
    )
    assert premium.contract_version_id == version.version_id
    assert sum(part.amount_minor for part in session.scalars(select(Entitlement))) == 9_800


def test_a_refund_takes_the_premium_back_to_the_fen(session: Session) -> None:
    world = a_world(session)
    a_premium(session, effective_from=date(2025, 1, 1))
    number = f"{a_paid_group(session, {world.goat.code: 2}).number}-1"
    deliver(session, number)

    order_cancelled.refund_in_full(session, number, Refusal("person:1", "test"), at=LATER)

    assert FUND not in balances(session)


def test_a_premium_agreed_before_delivery_counts_from_then(session: Session) -> None:
    world = a_world(session)
    number = f"{a_paid_group(session, {world.goat.code: 1}).number}-1"
    a_premium(session, effective_from=NOON.date())

    deliver(session, number)

    assert balances(session)[FUND] == -98


def test_a_premium_that_ended_before_delivery_is_not_taken(session: Session) -> None:
    world = a_world(session)
    a_premium(session, effective_from=date(2025, 1, 1))
    number = f"{a_paid_group(session, {world.goat.code: 1}).number}-1"
    (row,) = household_queries.find_contract(session, f"{GOAT}-PREMIUM")
    assert row.version_id is not None
    households.end_version(session, row.version_id, last_day=NOON.date())

    deliver(session, number)

    assert FUND not in balances(session)


def test_the_premium_comes_with_the_terms_in_one_statement(
    session: Session, statements: list[str]
) -> None:
    a_world(session)
    a_premium(session, effective_from=date(2025, 1, 1), fund_bp=150)
    statements.clear()

    terms = household_queries.find_terms(session, [GOAT], on=NOON.date())

    assert len(statements) == 1
    premium = terms[GOAT].terms.premium
    assert premium is not None
    assert premium.fund_bp == 150


def test_goods_without_a_village_bear_no_premium() -> None:
    shares = lines(10_000, a_lot(1, 1), a_lot(2, 1, village=""))

    funds = [share for share in shares if share.party_kind is PartyKind.VILLAGE]

    assert [(share.lot_id, share.minor) for share in funds] == [(1, 50)]
    assert sum(share.minor for share in shares) == 10_000


@settings(max_examples=300, deadline=None, database=None)
@given(st.integers(0, 500_000), st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_the_premium_is_rounded_half_up_once_for_a_line_over_any_lots(
    gross: int, packs: list[int]
) -> None:
    shares = lines(gross, *(a_lot(number, count) for number, count in enumerate(packs)))

    fund = sum(share.minor for share in shares if share.party_kind is PartyKind.VILLAGE)

    assert fund == round_half_up(Fraction(gross, 100))
    assert sum(share.minor for share in shares) == gross
