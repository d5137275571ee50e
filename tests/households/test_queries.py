"""Statements, trails and counts: net of refunds, in the month they happen, without names."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from households import queries, service
from households.queries.trail import Trail, TrailRow
from households.values import HouseholdId, IncomeClass, LinkageModel, PartyKind, Stage
from tests.builders.catalog import NOON
from tests.builders.households import SELLER, a_contract, a_line
from tests.builders.places import VILLAGE

JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)
IN_JULY = datetime(2026, 6, 30, 16, 30, tzinfo=UTC)
"""Half past midnight on the first of July in Shanghai."""
H1 = HouseholdId("H1")


def a_june_sale_partly_refunded_in_july(session: Session) -> int:
    a_contract(session)
    line = a_line(session)
    service.earn(session, [line.id], at=NOON)
    service.reverse_parts(session, {line.id: 3_333}, at=IN_JULY, refund_key="refund:1")
    a_line(session)
    return line.id


def test_a_refund_counts_in_the_month_it_happens(session: Session) -> None:
    a_june_sale_partly_refunded_in_july(session)

    months = queries.list_household_months(session, H1, since=JUNE, until=AUGUST)

    assert [(row.month, row.earned_minor, row.reversed_minor) for row in months] == [
        (JUNE, 2_975, 0),
        (JULY, 0, 992),
    ]
    assert [row.net_minor for row in months] == [2_975, -992]
    assert {(row.model, row.income_class) for row in months} == {
        (LinkageModel.CONSIGN, IncomeClass.OPERATING)
    }
    assert (
        queries.list_household_months(session, H1, since=AUGUST, until=date(2027, 1, 1)) == []
    )


def test_what_was_refunded_before_delivery_is_never_earned(session: Session) -> None:
    a_contract(session)
    line = a_line(session)
    service.reverse_parts(session, {line.id: 3_333}, at=NOON, refund_key="refund:1")
    service.earn(session, [line.id], at=NOON + timedelta(days=1))

    (month,) = queries.list_household_months(session, H1, since=JUNE, until=AUGUST)

    assert (month.earned_minor, month.reversed_minor) == (1_983, 0)


def test_a_household_sees_its_own_entitlements_newest_first(session: Session) -> None:
    a_contract(session)
    lines = [a_line(session, at=NOON + timedelta(hours=hour)) for hour in range(3)]
    service.earn(session, [lines[0].id], at=NOON + timedelta(days=1))

    first = queries.list_household_entitlements(session, H1, size=2)
    second = queries.list_household_entitlements(session, H1, key=first.next_key, size=2)

    seen = [row.order_line_id for page in (first, second) for row in page.rows]
    assert seen == [lines[2].id, lines[1].id, lines[0].id]
    assert [row.stage for row in second.rows] == [Stage.EARNED]
    assert second.next_key is None
    assert {row.amount_minor for row in (*first.rows, *second.rows)} == {2_975}


def test_a_village_and_a_cooperative_see_what_was_earned(session: Session) -> None:
    a_june_sale_partly_refunded_in_july(session)
    a_contract(session, seller="C91")

    village = queries.party_months(
        session, PartyKind.VILLAGE, VILLAGE, since=JUNE, until=AUGUST
    )
    cooperative = queries.cooperative_months(session, SELLER, since=JUNE, until=JULY)

    assert [(row.month, row.net_minor) for row in village] == [(JUNE, 425), (JULY, -141)]
    assert {row.party_kind: row.net_minor for row in cooperative} == {
        PartyKind.HOUSEHOLD: 5_949,
        PartyKind.COOPERATIVE: 1_700,
        PartyKind.VILLAGE: 850,
        PartyKind.PLATFORM: 300,
        PartyKind.LOGISTICS: 1_200,
    }
    assert queries.cooperative_months(session, "C91", since=JUNE, until=AUGUST) == []
    assert queries.count_cooperative_households(session, SELLER, since=JUNE, until=JULY) == 3


def test_a_trail_shows_each_lot_and_counts_households_once(
    session: Session, statements: list[str]
) -> None:
    a_contract(session)
    line = a_line(session, lots=[{"H1": 600, "H2": 400}, {"H1": 1_000}])
    a_line(session)
    statements.clear()

    trail = queries.trail_of_lines(session, [line.id])

    assert len(statements) == 1
    assert trail.households == 2
    assert [max(row.households for row in rows) for rows in trail.lots.values()] == [2, 1]
    assert sum(row.minor for row in trail.total) == 9_999
    assert sum(row.minor for rows in trail.lots.values() for row in rows) == 9_999
    assert set(trail.lots) == {share.lot_id for share in line.shares}


def test_a_trail_is_net_of_refunds(session: Session) -> None:
    line_id = a_june_sale_partly_refunded_in_july(session)

    trail = queries.trail_of_lines(session, [line_id])

    assert sum(row.minor for row in trail.total) == 6_666


def rows(lot_id: int | None, households: int, minor: int = 100) -> list[TrailRow]:
    return [
        TrailRow(lot_id, PartyKind.HOUSEHOLD, minor, households),
        TrailRow(lot_id, PartyKind.COOPERATIVE, 20, 0),
        TrailRow(lot_id, PartyKind.LOGISTICS, 5, 0),
    ]


def test_a_trail_of_enough_households_is_shown_whole() -> None:
    shown = queries.disclosed_trail(Trail({1: rows(1, 10)}, rows(None, 10)), minimum=10)

    assert shown.total.households == 10
    assert [share.minor for share in shown.lots[1].shares] == [100, 20, 5]


def test_a_trail_of_few_households_tells_only_of_their_place() -> None:
    shown = queries.disclosed_trail(Trail({1: rows(1, 9)}, rows(None, 9)), minimum=10)

    assert shown.total.households is None
    assert [(share.party_kind, share.minor) for share in shown.total.shares] == [
        (None, 120),
        (PartyKind.LOGISTICS, 5),
    ]


def test_one_small_lot_cannot_be_told_from_the_total_and_the_other_lots() -> None:
    trail = Trail({1: rows(1, 12), 2: rows(2, 3)}, rows(None, 14))

    shown = queries.disclosed_trail(trail, minimum=10)

    assert shown.total.households == 14
    assert {part.households for part in shown.lots.values()} == {None}


def test_lines_without_households_withhold_nothing() -> None:
    village = [TrailRow(1, PartyKind.VILLAGE, 7, 0)]

    shown = queries.disclosed_trail(Trail({1: village}, village), minimum=10)

    assert shown.total.households == 0
    assert Trail({}, []).households == 0
