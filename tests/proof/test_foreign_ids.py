"""Foreign ids are refused everywhere, and the run sees where one would not be."""

import pytest

from orders import queries
from orders.queries import GroupCaller
from shop.proof.experiments import foreign_ids
from shop.proof.ground import foreign_cases, foreign_forms
from shop.proof.ground.databases import Ground

pytestmark = pytest.mark.timeout(300)


def test_every_foreign_id_is_refused_untold_and_unwritten(ground: Ground) -> None:
    outcome = foreign_ids.replace_all(ground)

    assert outcome.holds, outcome.details


def test_a_door_that_stands_open_and_an_id_without_an_example_are_seen(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    get_group = queries.get_group
    monkeypatch.setattr(
        queries,
        "get_group",
        lambda session, number, _caller: get_group(
            session, number, GroupCaller(may_see_all=True)
        ),
    )
    monkeypatch.setattr(foreign_cases, "_of_households", lambda *_: ())
    rows = {
        name: row for name, row in foreign_forms.ROWS.items() if "supplier_lots" not in name
    }
    monkeypatch.setattr(foreign_forms, "ROWS", rows)

    outcome = foreign_ids.replace_all(ground)

    assert not outcome.holds
    assert "open_explanation.entitlement_id: no example" in outcome.details
    assert any(line.startswith("show_order.number: 200") for line in outcome.details)
    assert any("wrote ['claim_uploads'" in line for line in outcome.details)
    assert any(
        line.startswith("storefront_orders.cancel by enterprise: 302")
        for line in outcome.details
    )
    assert "supplier_lots.recall: no example" in outcome.details
