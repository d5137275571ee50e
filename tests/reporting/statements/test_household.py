"""A household's year keeps its figures apart and agrees with the ledger to the fen."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, select, text, update
from sqlalchemy.orm import Session

from catalog.models import Lot
from households import service as households
from households.models import Entitlement
from households.values import Baseline, HouseholdId, IncomeClass, LinkageModel
from orders.models import OrderLine
from reporting.statements import household
from reporting.statements.household import DeclaredCost
from reporting.statements.household_rows import divide_paid
from tests.builders.catalog import NOON
from tests.builders.cold_chain import a_device
from tests.builders.purchases import (
    LATER,
    a_purchase_contract,
    a_receipt,
    an_open_lot,
    goods_bought,
    receive,
)
from tests.builders.sales import SHOOTS, a_paid_group, a_world
from workflows import goods_received, order_cancelled, order_delivered, order_shipped
from workflows.order_cancelled import Refusal
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

OWN = "HX0003"
YEAR = NOON.year


@pytest.fixture
def order(session: Session) -> str:
    world = a_world(session)
    session.execute(update(Lot).values(best_before=NOON.date() + timedelta(days=60)))
    number = f"{a_paid_group(session, {world.goat.code: 2}, at=NOON).number}-1"
    logger = a_device(session)
    order_shipped.pack(session, number, actor="person:1", at=NOON)
    order_shipped.ship(session, number, HandOver(actor="person:1", device_code=logger), at=NOON)
    return number


@pytest.fixture(scope="module")
def sample(stocked_database_url: str) -> Iterator[Session]:
    engine = create_engine(stocked_database_url)
    with Session(engine) as opened:
        yield opened
    engine.dispose()


def deliver(session: Session, number: str) -> int:
    order_delivered.deliver(
        session, number, Receipt("person:1", "recipient"), at=NOON + timedelta(hours=6)
    )
    return session.scalars(
        select(Entitlement.amount_minor).where(Entitlement.household_id == OWN)
    ).one()


def test_what_is_on_its_way_is_expected_and_no_income(session: Session, order: str) -> None:
    told = household.read(session, OWN, YEAR)

    assert told.expected_minor > 0
    assert (told.recognised_minor, told.paid_minor) == (0, 0)


def test_what_was_delivered_is_income_in_its_class(session: Session, order: str) -> None:
    minor = deliver(session, order)

    told = household.read(session, OWN, YEAR)

    assert (told.expected_minor, told.recognised_minor) == (0, minor)
    assert told.of_class(IncomeClass.OPERATING).recognised_minor == minor
    assert told.of_class(IncomeClass.WAGE).recognised_minor == 0
    assert told.reckoning.ledger_minor == minor
    assert told.reckoning.difference_minor == 0


def test_a_refund_counts_in_its_own_month(session: Session, order: str) -> None:
    minor = deliver(session, order)
    later = NOON + timedelta(days=31)
    order_cancelled.refund_in_full(session, order, Refusal("person:1", "spoilt"), at=later)

    told = household.read(session, OWN, YEAR)

    newest, oldest = told.rows
    assert (newest.earned_minor, newest.taken_minor) == (0, minor)
    assert (oldest.earned_minor, oldest.taken_minor) == (minor, 0)
    assert newest.month > oldest.month
    assert told.recognised_minor == told.reckoning.difference_minor == 0


def test_gross_is_what_the_buyer_paid_for_the_household_s_goods(
    session: Session, order: str
) -> None:
    deliver(session, order)
    ids = session.scalars(
        select(Entitlement.household_id).where(Entitlement.household_id.is_not(None))
    ).all()

    told = [household.read(session, str(one), YEAR) for one in ids]

    paid = session.scalars(select(OrderLine.gross_minor)).one()
    assert sum(one.gross_minor for one in told) == paid
    assert all(one.gross_minor > one.recognised_minor > 0 for one in told)


def test_refunds_in_parts_take_gross_and_income_to_nothing(
    session: Session, order: str
) -> None:
    deliver(session, order)
    line = session.scalars(select(OrderLine)).one()
    third = line.gross_minor // 3
    left = []
    for number, minor in enumerate((third, third, line.gross_minor - 2 * third)):
        at = NOON + timedelta(days=31 * (number + 1))
        with session.begin_nested():
            households.reverse_parts(session, {line.id: minor}, refund_key=f"r{number}", at=at)
        told = household.read(session, OWN, YEAR)
        left.append((told.gross_minor, told.recognised_minor))

    assert all(gross >= own for gross, own in left)
    assert [gross for gross, _ in left] == sorted((gross for gross, _ in left), reverse=True)
    assert left[-1] == (0, 0)
    assert len({row.month for row in told.rows if row.gross_taken_minor}) == 3


@pytest.mark.parametrize(("grams", "pay_minor"), [(100_000, 120_000), (50_000, 0)])
def test_goods_weighed_count_before_inputs_are_withheld(
    session: Session, grams: int, pay_minor: int
) -> None:
    sku = goods_bought(session)
    contract = a_purchase_contract(session, "H1", model=LinkageModel.INKIND)
    lot = an_open_lot(session, sku)
    slip = a_receipt(lot, contract, "H1", grams)
    receive(session, slip)

    told = household.read(session, "H1", YEAR)
    goods_received.take_back(session, slip.code, seller_code=SHOOTS, actor="x", at=LATER)
    after = household.read(session, "H1", YEAR)

    assert told.gross_minor == grams * 42 // 10
    assert told.recognised_minor == pay_minor
    assert told.reckoning.difference_minor == 0
    assert (after.gross_minor, after.recognised_minor) == (0, 0)


def test_what_is_paid_falls_on_the_contracts_it_settles() -> None:
    assert divide_paid(100, {"K1": 60, "K2": 30}) == {"K1": 60, "K2": 30}
    assert divide_paid(60, {"K1": 60, "K2": 30}) == {"K1": 40, "K2": 20}


def test_net_income_takes_the_cost_declared_last(session: Session, order: str) -> None:
    minor = deliver(session, order)
    assert household.read(session, OWN, YEAR).net_minor is None
    for year, cost in ((YEAR - 2, 9_000), (YEAR, 4_000), (YEAR + 1, 1)):
        households.record_baseline(session, HouseholdId(OWN), a_baseline(year, cost))

    told = household.read(session, OWN, YEAR)

    assert told.declared == DeclaredCost(YEAR, 4_000, 10_000)
    assert told.cost_minor == (minor * 4 + 5) // 10
    assert told.net_minor == minor - told.cost_minor


def test_without_declared_income_no_rate_can_be_told() -> None:
    declared = DeclaredCost(2021, 0, 0)

    assert declared.of(0) == 0
    assert declared.of(1) is None


def test_every_household_of_the_sample_agrees_with_the_ledger(sample: Session) -> None:
    ids = sample.scalars(text("SELECT DISTINCT household_id FROM entitlements"))

    told = [household.read(sample, one, 2026) for one in ids if one]

    assert len(told) > 40
    rows = [row for one in told for row in one.rows]
    assert all(row.gross_earned_minor >= row.earned_minor for row in rows)
    assert all(row.gross_taken_minor >= row.taken_minor for row in rows)
    assert {row.income_class for row in rows if row.gross_minor} >= {"operating", "property"}
    assert sum(row.paid_minor for row in rows) > 0
    assert [one for one in told if one.paid_besides() < 0] == []
    assert [one.household_id for one in told if one.reckoning.difference_minor] == []
    assert all(one.recognised_minor == sum(classes(one)) for one in told)


def classes(told: household.HouseholdYear) -> Sequence[int]:
    return [told.of_class(one).recognised_minor for one in IncomeClass]


def a_baseline(year: int, cost_minor: int) -> Baseline:
    return Baseline(
        year=year,
        wage_minor=0,
        operating_gross_minor=10_000,
        operating_cost_minor=cost_minor,
        property_minor=0,
        transfer_minor=0,
    )
