"""Every bench measures both sides; what a figure must reach is judged on a quiet machine."""

import re

import pytest

from shop.proof.benches import (
    ingest_rate,
    long_report,
    order_rate,
    pages,
    posting_rate,
    readings_rate,
    sample_load,
)
from shop.proof.ground.databases import Ground
from shop.settings import Settings

pytestmark = pytest.mark.timeout(300)


def test_pages_take_few_statements_and_are_compared_with_hello(ground: Ground) -> None:
    outcome = pages.measure(ground, pages.Size(orders=0, seconds=0.5, rounds=1))

    statements = {name: int(count) for name, count in _statements(outcome.figure)}
    assert statements["listing"] <= 3
    assert statements["search"] <= 3
    assert statements["product"] <= 10
    assert [line.split()[0] for line in outcome.details[1:5]] == [
        "hello", "listing", "search", "product",
    ]  # fmt: skip


def test_orders_are_compared_with_pgbench(ground: Ground) -> None:
    outcome = order_rate.measure(ground, order_rate.Size(seconds=1, rounds=1))

    assert re.fullmatch(r"placing \d+ %, placing and paying \d+ % of pgbench", outcome.figure)
    assert not [line for line in outcome.details if "does not hold" in line]


def test_postings_by_many_neither_deadlock_nor_unbalance(ground: Ground) -> None:
    outcome = posting_rate.measure(ground, posting_rate.Size(seconds=1, rounds=1))

    assert re.search(
        r"with 8 workers, 20 workers [\d.]+ × as fast, 0 deadlocks", outcome.figure
    )
    assert not [line for line in outcome.details if "trouble" in line or "not hold" in line]


def test_readings_are_compared_with_copy_row_by_row(ground: Ground) -> None:
    outcome = readings_rate.measure(ground, readings_rate.Size(batches=1, rounds=1))

    assert re.fullmatch(r"\d+ % of COPY in rows, \d+ % by processor time", outcome.figure)
    assert outcome.details[-1] == "  rows one side has and the other has not: 0"


def test_readings_sent_twice_stand_once(ground: Ground) -> None:
    outcome = ingest_rate.measure(ground, readings_rate.Size(batches=2, rounds=1))

    assert re.search(r"readings/s, 0 lost or double, \d+ % of COPY", outcome.figure)


def test_a_report_from_roll_ups_equals_every_reading(ground: Ground) -> None:
    outcome = long_report.measure(ground, long_report.Size(readings=5_000))

    assert outcome.holds, outcome.figure


def test_the_load_is_timed_by_stage(settings: Settings) -> None:
    outcome = sample_load.measure(settings, sample_load.Size(orders=20, seconds=600))

    assert outcome.holds, outcome.details
    assert len(outcome.details) == 4


def _statements(figure: str) -> list[tuple[str, str]]:
    return re.findall(r"(\w+) [\d.]+ × hello with (\d+) statements", figure)
