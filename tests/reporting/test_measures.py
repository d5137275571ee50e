"""Five measures that are never added: each in its own month, people once, nothing twice."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from catalog.models import Lot
from households import service as households
from households.models import Entitlement
from households.values import Baseline, HouseholdId, PartyKind
from kernel.disclosure import DisclosurePolicy
from reporting import measures, volumes
from reporting.benefits import Year
from reporting.measure_facts import Measure
from reporting.measures import Income
from reporting.rules.disclosure import TOTAL
from tests.builders.catalog import NOON
from tests.builders.cold_chain import a_device
from tests.builders.places import DISTRICT
from tests.builders.sales import World, a_paid_group, a_world
from workflows import order_cancelled, order_delivered, order_shipped
from workflows.order_cancelled import Refusal
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

AS_OF = datetime(NOON.year, 12, 31, 4, tzinfo=UTC)
OPEN = DisclosurePolicy(minimum=1, dominance_percent=100)
STRICT = DisclosurePolicy(minimum=10, dominance_percent=85)
MONTH = f"{NOON:%Y-%m}"
LATER = NOON + timedelta(days=31)
NEXT_MONTH = f"{LATER:%Y-%m}"


@pytest.fixture
def world(session: Session) -> World:
    made = a_world(session)
    session.execute(update(Lot).values(best_before=NOON.date() + timedelta(days=90)))
    return made


def sell(session: Session, world: World, *, packs: int = 2) -> str:
    number = f"{a_paid_group(session, {world.goat.code: packs}, at=NOON).number}-1"
    logger = a_device(session)
    order_shipped.pack(session, number, actor="person:1", at=NOON)
    order_shipped.ship(session, number, HandOver(actor="person:1", device_code=logger), at=NOON)
    arrived = NOON + timedelta(hours=6)
    order_delivered.deliver(session, number, Receipt("person:1", "recipient"), at=arrived)
    return number


def counted(
    session: Session, *, shown: DisclosurePolicy = OPEN, known: datetime | None = None
) -> Income:
    session.flush()
    places = list(volumes.list_places(session, DISTRICT))
    year = Year(NOON.year, AS_OF)
    return measures.count(session, DISTRICT, year, places=places, shown=shown, known=known)


def minors(income: Income, month: str = TOTAL) -> list[int | None]:
    return [income.find(measure, TOTAL, month) for measure in Measure]


def of_households(session: Session) -> int:
    found = session.scalars(
        select(Entitlement.amount_minor).where(Entitlement.party_kind == PartyKind.HOUSEHOLD)
    )
    return sum(found)


def test_each_measure_counts_its_own(session: Session, world: World) -> None:
    sell(session, world)

    income = counted(session)

    earned = of_households(session)
    assert minors(income, MONTH) == [19_600, earned, earned, 0, 0]


def test_what_is_only_paid_is_a_sale_and_no_income(session: Session, world: World) -> None:
    a_paid_group(session, {world.goat.code: 2}, at=NOON)

    assert minors(counted(session)) == [19_600, 0, 0, 0, 0]


def test_the_village_s_share_is_nobody_s_income(session: Session, world: World) -> None:
    sell(session, world)

    income = counted(session)

    village = session.scalars(
        select(Entitlement.amount_minor).where(Entitlement.party_kind == PartyKind.VILLAGE)
    ).one()
    assert village > 0
    assert income.find(Measure.RECOGNISED, TOTAL, TOTAL) == of_households(session)


def test_people_are_counted_once_however_often_they_earn(
    session: Session, world: World
) -> None:
    sell(session, world, packs=1)
    sell(session, world, packs=1)

    income = counted(session)

    assert income.find_households(TOTAL, MONTH) == 12
    assert income.find_households(TOTAL, TOTAL) == 12


def test_a_refund_leaves_in_its_own_month_and_the_old_one_stays(
    session: Session, world: World
) -> None:
    number = sell(session, world)
    before = minors(counted(session), MONTH)
    order_cancelled.refund_in_full(session, number, Refusal("person:1", "spoilt"), at=LATER)

    income = counted(session)

    assert minors(income, MONTH) == before
    earned = of_households(session)
    assert minors(income, NEXT_MONTH) == [-19_600, -earned, -earned, 0, 0]
    assert minors(income) == [0, 0, 0, 0, 0]
    assert income.find_households(TOTAL, TOTAL) == 0


def test_net_income_leaves_out_who_declared_no_cost(session: Session, world: World) -> None:
    sell(session, world)
    own = session.execute(
        select(Entitlement.household_id, Entitlement.amount_minor)
        .where(Entitlement.party_kind == PartyKind.HOUSEHOLD)
        .order_by(Entitlement.household_id)
        .limit(1)
    ).one()
    baseline = Baseline(
        year=NOON.year,
        wage_minor=0,
        operating_gross_minor=10_000,
        operating_cost_minor=2_500,
        property_minor=0,
        transfer_minor=0,
    )
    households.record_baseline(session, HouseholdId(own.household_id), baseline)

    net = counted(session).find(Measure.NET, TOTAL, MONTH)

    assert net == own.amount_minor - (own.amount_minor * 25 + 50) // 100


def test_net_income_takes_the_costs_that_were_known(session: Session, world: World) -> None:
    sell(session, world)
    booked = datetime(NOON.year, 7, 1, tzinfo=UTC)
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text("UPDATE ledger_txs SET recorded_at = :at"), {"at": booked})
    session.execute(text("SET LOCAL session_replication_role = origin"))
    own = session.scalars(
        select(Entitlement.household_id).where(Entitlement.party_kind == PartyKind.HOUSEHOLD)
    ).first()
    for number, cost in enumerate((1_000, 9_000)):
        session.execute(
            text("""
                INSERT INTO household_baselines (household_id, year, wage_minor,
                    operating_gross_minor, operating_cost_minor, property_minor,
                    transfer_minor, recorded_at)
                VALUES (:own, :year, 0, 10000, :cost, 0, 0, :at)
            """),
            {
                "own": own,
                "year": NOON.year,
                "cost": cost,
                "at": booked + timedelta(days=10 * number - 5),
            },
        )

    def net(known: datetime | None) -> int:
        found = counted(session, known=known).find(Measure.NET, TOTAL, MONTH)
        assert found is not None
        return found

    before, after = net(booked + timedelta(days=1)), net(booked + timedelta(days=6))
    assert before > after == net(None) > 0


def test_only_what_the_bank_confirmed_is_paid(session: Session, world: World) -> None:
    sell(session, world)
    session.execute(text("SET LOCAL session_replication_role = replica"))  # no steps before it
    session.execute(
        text(
            """
            WITH period AS (
                INSERT INTO settlement_periods (code, kind, period_from, period_to, state,
                    opened_at, opened_by, closed_at)
                VALUES ('ST-1', 'regular', '2026-06-01', '2026-06-30', 'answered', :at, 1, :at)
                RETURNING id
            ), booked AS (
                INSERT INTO ledger_txs (book, posting_key, kind, effective_at, source,
                    request_hash)
                SELECT 'CNY', 'batch\\:ST-1\\:line\\:' || number || '\\:paid',
                    'payout_confirmed', :at, 'settlement\\:ST-1', '' FROM generate_series(1, 2)
                    AS number
            )
            INSERT INTO settlement_lines (period_id, number, account_code, payee_kind, owner,
                household_id, snapshot_minor, amount_minor, state, paid_at)
            SELECT (SELECT id FROM period), row_number() OVER (),
                'L\\:payable\\:hh\\:' || household_id, 'household', 'hh\\:' || household_id,
                household_id, 50, 50,
                CASE WHEN household_id = 'HX0003' THEN 'paid' ELSE 'inflight' END, :at
            FROM entitlements WHERE household_id IN ('HX0003', 'HX0004')
            """
        ),
        {"at": LATER},
    )
    session.execute(text("SET LOCAL session_replication_role = origin"))

    income = counted(session)

    assert income.find(Measure.PAID, TOTAL, MONTH) == 0
    assert income.find(Measure.PAID, TOTAL, NEXT_MONTH) == 50


def test_few_households_are_withheld_in_every_measure_but_sales(session: Session) -> None:
    world = a_world(session, households_each=5)
    session.execute(update(Lot).values(best_before=NOON.date() + timedelta(days=90)))
    sell(session, world)

    income = counted(session, shown=STRICT)

    assert minors(income, MONTH)[:3] == [19_600, None, None]
    assert income.find_households(TOTAL, MONTH) is None
    assert income.find(Measure.RECOGNISED, TOTAL, TOTAL) is None


def test_rows_add_up_to_the_total_where_all_are_shown(session: Session, world: World) -> None:
    sell(session, world)

    income = counted(session)

    for measure in Measure:
        for month in (*income.months, TOTAL):
            below = [income.find(measure, row, month) or 0 for row in income.tree[TOTAL]]
            assert sum(below) == income.find(measure, TOTAL, month)
