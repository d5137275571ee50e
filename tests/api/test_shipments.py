"""Temperature charts over the interface, for those who may see the order."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cold_chain import service as cold_chain
from tests.builders.api import a_shop_of_today
from tests.builders.catalog import NOON
from tests.builders.cold_chain import a_device, an_upload
from tests.builders.sales import a_paid_group
from workflows import order_shipped
from workflows.checkout import PlacedGroup
from workflows.travel import HandOver

API = "/api/v1"
ACTOR = "person:1"


@pytest.fixture
def shipped(session: Session) -> PlacedGroup:
    """A goat on its way: three readings in the band, then one far too warm."""
    world = a_shop_of_today(session)
    group = a_paid_group(session, {world.goat.code: 1})
    number = f"{group.number}-1"
    logger = a_device(session)
    order_shipped.pack(session, number, actor=ACTOR, at=NOON)
    order_shipped.ship(session, number, HandOver(actor=ACTOR, device_code=logger), at=NOON)
    cold_chain.ingest_block(session, an_upload([2.0, 2.5, 3.0, 12.0]))
    cold_chain.evaluate_dirty(session, at=NOON + timedelta(minutes=20))
    session.commit()
    return group


def test_a_chart_has_points_limits_and_excursions(
    client: FlaskClient, shipped: PlacedGroup
) -> None:
    address = f"{API}/shipments/{shipped.number}-1/chart?key={shipped.access_key}"

    answer = client.get(address)

    (chart,) = answer.get_json()["charts"]
    assert [point["centi"] for point in chart["points"]] == [200, 250, 300, 1200]
    assert chart["points"][0]["at"] == "2026-06-01T04:00:00+00:00"
    assert chart["limits"]
    assert {one["peak_centi"] for one in chart["excursions"]} == {1200}


@pytest.mark.parametrize("query", ["", "?key=wrong"])
def test_a_stranger_sees_no_chart(
    client: FlaskClient, shipped: PlacedGroup, query: str
) -> None:
    answer = client.get(f"{API}/shipments/{shipped.number}-1/chart{query}")

    assert (answer.status_code, answer.get_json()["code"]) == (404, "order_not_found")


def test_a_key_opens_no_other_part(client: FlaskClient, shipped: PlacedGroup) -> None:
    answer = client.get(f"{API}/shipments/{shipped.number}-2/chart?key={shipped.access_key}")

    assert answer.status_code == 404


def test_the_order_tells_the_verdict_so_far(client: FlaskClient, shipped: PlacedGroup) -> None:
    answer = client.get(f"{API}/orders/{shipped.number}?key={shipped.access_key}")

    (shipment,) = answer.get_json()["orders"][0]["shipments"]
    assert shipment["state"] == "in_transit"
    assert shipment["verdict"] in {"pass", "fail", "inconclusive"}
