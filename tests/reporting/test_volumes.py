"""Purchase volume: paid less refunded, by month, place and channel, down to the lines."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from kernel.clock import SHANGHAI
from kernel.regions import RegionLevel
from reporting import volumes
from reporting.values import NOWHERE, Amounts, Part, VolumeFilter
from tests.builders.catalog import NOON
from tests.builders.trade import a_buyer, a_purchase

DISTRICT, TOWNSHIP, OTHER = "500156", "500156204", "500156104"
VILLAGE, NEIGHBOUR = "500156204203", "500156204204"
LATER = datetime(2026, 12, 1, tzinfo=UTC)
JUNE = VolumeFilter(scope=DISTRICT, since=date(2026, 6, 1), until=date(2026, 6, 1), as_of=LATER)
HALF_YEAR = replace(JUNE, since=date(2026, 1, 1))


def cells(session: Session, wanted: VolumeFilter) -> dict[tuple[str, str, str], int]:
    report = volumes.count(session, wanted)
    return {
        (f"{cell.month:%Y-%m}", cell.place, cell.channel): cell.amounts.net_minor
        for cell in report.cells
    }


def test_purchases_stand_by_month_place_and_channel(session: Session) -> None:
    a_purchase(session, 5_000, channel="SHLL")
    a_purchase(session, 700, channel="YSDW")
    a_purchase(session, 90, origin=f"{OTHER}201", at=NOON - timedelta(days=31))

    found = cells(session, HALF_YEAR)

    assert found == {
        ("2026-05", OTHER, "SHLL"): 90,
        ("2026-06", TOWNSHIP, "SHLL"): 5_000,
        ("2026-06", TOWNSHIP, "YSDW"): 700,
    }


def test_what_is_not_paid_is_not_counted(session: Session) -> None:
    a_purchase(session, 5_000, is_paid=False)

    assert volumes.count(session, JUNE).total == Amounts()


def test_a_refund_stands_in_its_own_month(session: Session) -> None:
    a_purchase(
        session,
        5_000,
        at=NOON - timedelta(days=31),
        refunds=[(NOON, 2_000), (NOON + timedelta(hours=1), 1_000)],
    )

    assert cells(session, HALF_YEAR) == {
        ("2026-05", TOWNSHIP, "SHLL"): 5_000,
        ("2026-06", TOWNSHIP, "SHLL"): -3_000,
    }


def test_months_turn_at_midnight_in_shanghai(session: Session) -> None:
    midnight = datetime(2026, 6, 1, tzinfo=SHANGHAI).astimezone(UTC)
    a_purchase(session, 100, at=midnight)
    a_purchase(session, 10, at=midnight - timedelta(microseconds=1))

    assert volumes.count(session, JUNE).total.net_minor == 100


def test_the_total_is_the_databases_own(session: Session) -> None:
    a_purchase(session, 5_000)
    a_purchase(session, 700, origin=None, refunds=[(NOON, 700)])

    report = volumes.count(session, JUNE)

    assert report.total == Amounts(5_700, -700)
    assert sum(cell.amounts.paid_minor for cell in report.cells) == 5_700


def test_goods_that_name_no_township_stand_nowhere(session: Session) -> None:
    a_purchase(session, 700, origin=None)

    assert cells(session, JUNE) == {("2026-06", NOWHERE, "SHLL"): 700}
    assert volumes.add_up(session, replace(JUNE, place=NOWHERE)) == Amounts(700)


def test_goods_of_other_districts_stand_apart(session: Session) -> None:
    a_purchase(session, 700)
    a_purchase(session, 40, district="500229", origin=None)

    assert volumes.count(session, JUNE).total.net_minor == 700
    outside = volumes.count(session, replace(JUNE, part=Part.OUTSIDE))
    assert {(cell.place, cell.amounts.net_minor) for cell in outside.cells} == {("500229", 40)}


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (DISTRICT, {TOWNSHIP: 5_700, OTHER: 90}),
        (TOWNSHIP, {VILLAGE: 5_000, NEIGHBOUR: 600, NOWHERE: 100}),
        (VILLAGE, {VILLAGE: 5_000}),
    ],
)
def test_a_scope_counts_its_own_goods_by_the_level_below(
    session: Session, scope: str, expected: dict[str, int]
) -> None:
    a_purchase(session, 5_000, origin=VILLAGE)
    a_purchase(session, 600, origin=NEIGHBOUR)
    a_purchase(session, 100, origin=TOWNSHIP)
    a_purchase(session, 90, origin=f"{OTHER}201")

    report = volumes.count(session, replace(JUNE, scope=scope))

    sums: dict[str, int] = {}
    for cell in report.cells:
        sums[cell.place] = sums.get(cell.place, 0) + cell.amounts.net_minor
    assert sums == expected


def test_a_narrower_place_is_broken_down_further(session: Session) -> None:
    a_purchase(session, 5_000, origin=VILLAGE)
    a_purchase(session, 90, origin=f"{OTHER}201")

    assert cells(session, replace(JUNE, place=TOWNSHIP)) == {
        ("2026-06", VILLAGE, "SHLL"): 5_000
    }


def test_the_same_filter_gives_the_same_figure_whatever_comes_later(session: Session) -> None:
    a_purchase(session, 5_000)
    then = replace(JUNE, as_of=NOON + timedelta(minutes=1))
    before = volumes.count(session, then)

    a_purchase(session, 700, at=NOON + timedelta(minutes=2))
    a_purchase(session, 300, refunds=[(NOON + timedelta(minutes=3), 300)])

    assert volumes.count(session, then).total.refunded_minor == before.total.refunded_minor
    assert volumes.count(session, replace(then, channel="SHLL")).total.paid_minor == 5_300
    assert volumes.count(session, JUNE).total == Amounts(6_000, -300)


def test_sample_data_is_told_apart(session: Session) -> None:
    a_purchase(session, 5_000)
    assert not volumes.count(session, JUNE).is_sample

    a_purchase(session, 5_000, is_sample=True)

    assert volumes.count(session, JUNE).is_sample
    assert volumes.has_sample(session, DISTRICT)


def test_lines_behind_a_figure_add_up_to_it(session: Session) -> None:
    buyer = a_buyer(session, "E01", name="锦程")
    a_purchase(session, 5_000, buyer=buyer)
    a_purchase(session, 700, refunds=[(NOON, 200), (NOON, 100)])

    lines = volumes.list_lines(session, JUNE, after=None, limit=50)

    assert sum(line.minor for line in lines) == volumes.add_up(session, JUNE).net_minor
    assert {line.buyer for line in lines} == {"锦程", None}
    # Two refunds of one line at one moment are one row, so that paging has a key.
    assert sorted(line.minor for line in lines) == [-300, 700, 5_000]


def test_paging_shows_every_line_once(session: Session) -> None:
    for step in range(7):
        at = NOON + timedelta(minutes=step // 3)
        a_purchase(session, 100 + step, at=at, refunds=[(at, 1)])
    seen: list[tuple[int, str, int]] = []
    key = None

    while rows := volumes.list_lines(session, JUNE, after=key, limit=4):
        seen.extend((row.order_line_id, row.kind, row.minor) for row in rows)
        key = (rows[-1].at, rows[-1].order_line_id, rows[-1].kind)

    assert len(seen) == len(set(seen)) == 14


def test_places_are_a_region_and_those_below_it(session: Session) -> None:
    a_purchase(session, 1, origin=VILLAGE)

    district = volumes.list_places(session, DISTRICT)
    village = volumes.list_places(session, VILLAGE)

    assert [place.code for place in district] == [DISTRICT, TOWNSHIP]
    assert [place.code for place in village] == [VILLAGE]
    assert district[1].name_en == "Township500156204"


@pytest.mark.parametrize(
    ("code", "level"),
    [
        (DISTRICT, RegionLevel.DISTRICT),
        (TOWNSHIP, RegionLevel.TOWNSHIP),
        (VILLAGE, RegionLevel.VILLAGE),
    ],
)
def test_the_length_of_a_code_tells_its_level(code: str, level: RegionLevel) -> None:
    assert volumes.level_of(code) is level
