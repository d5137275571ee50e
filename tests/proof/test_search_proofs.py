"""The bench and the experiment of the search, at a size for every day."""

from pathlib import Path
from random import Random

import pytest

from shop.proof.benches import search_speed
from shop.proof.experiments import search_crash
from shop.settings import Settings

pytestmark = pytest.mark.timeout(300)


def test_both_engines_are_measured_and_answer_alike(settings: Settings) -> None:
    size = search_speed.Size(goods=(600,), queries=40, seconds=0.3)
    outcome = search_speed.measure(settings, size)

    assert [line.split()[0] for line in outcome.details[:2]] == ["whoosh", "postgres"]
    assert outcome.details[-1] == "0 queries answered differently"


def test_a_killed_writer_leaves_no_half_and_the_control_fails(tmp_path: Path) -> None:
    outcome = search_crash.crash(tmp_path, search_crash.Size(kills=1), Random(1))  # noqa: S311 -- seeded

    assert outcome.figure.startswith("0 half and 0 stuck of 1 kills, 0 of ")
    assert not outcome.figure.endswith("control: 0 failed")
