"""What a provider says comes to the same in any order, repeated, forged and at once."""

import pytest

from shop.proof.experiments import webhook_storm
from shop.proof.ground.databases import Ground

pytestmark = pytest.mark.timeout(300)


def test_a_storm_of_messages_ends_like_the_serial_run(ground: Ground) -> None:
    outcome = webhook_storm.rage(ground, webhook_storm.Size(orders=12))

    assert outcome.holds, outcome.details
    assert " 4 of 4 wrong ones queued" in outcome.figure
    assert [
        line for line in outcome.details if line.startswith("  control") and ": 0 of 4" in line
    ]
