"""What a basket costs where it goes: parcels, days of leaving, and what arrives too late."""

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from catalog.models import Lot, Product
from kernel import clock
from tests.builders.api import a_shop_of_today
from tests.builders.catalog import a_transit_limit, a_way
from tests.builders.presales import a_presale
from tests.builders.sales import GOAT, SHOOTS, World

API = "/api/v1"
FAR = {"province": "四川", "city": "成都"}


def quoted(client: FlaskClient, world: World, **changes: Any) -> dict[str, Any]:
    lines = [{"sku": sku.code, "quantity": 1} for sku in (world.goat, world.shoots)]
    answer = client.post(f"{API}/quotes", json={"lines": lines} | changes)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def test_a_quote_tells_what_travels_together_and_what_that_costs(
    session: Session, client: FlaskClient
) -> None:
    world = a_shop_of_today(session)
    goat = Product.code == world.goat.product_code
    session.execute(update(Product).where(goat).values(seller_code=SHOOTS))
    session.execute(update(Lot).values(seller_code=SHOOTS))
    session.commit()

    (order,) = quoted(client, world)["orders"]

    parcels = order["parcels"]
    assert [one["number"] for one in parcels] == [1, 2]
    assert sum(one["shipping_minor"] for one in parcels) == order["shipping_minor"]
    carried = {sku: one["number"] for one in parcels for sku in one["skus"]}
    assert carried == {line["sku"]: line["parcel"] for line in order["lines"]}
    assert {one["temperature"] for one in parcels} == {"chilled"}


def test_a_line_that_cannot_arrive_in_time_is_refused_with_its_reason(
    session: Session, client: FlaskClient
) -> None:
    world = a_shop_of_today(session)
    a_transit_limit(session, 24, product_code=world.goat.product_code)
    a_way(session, 30, "四川省")
    session.commit()

    told = quoted(client, world, destination=FAR)
    nowhere = quoted(client, world)

    lines = {line["sku"]: line for order in told["orders"] for line in order["lines"]}
    late, fine = lines[world.goat.code], lines[world.shoots.code]
    assert told["destination"] == {"province": "四川省", "city": "成都市", "hours": 30}
    assert (late["refused"], late["limit_hours"]) == ("out_of_reach", 24)
    assert "成都市" in late["reason"]
    assert (fine["refused"], fine["reason"]) == (None, None)
    assert nowhere["destination"] is None
    assert {line["refused"] for order in nowhere["orders"] for line in order["lines"]} == {None}


def test_what_is_not_there_is_refused_too(session: Session, client: FlaskClient) -> None:
    world = a_shop_of_today(session)

    told = quoted(client, world, lines=[{"sku": world.goat.code, "quantity": 999}])

    (line,) = told["orders"][0]["lines"]
    assert line["refused"] == "not_enough_stock"
    assert str(line["available"]) in line["reason"]


def test_goods_of_the_next_harvest_say_by_when_they_leave(
    session: Session, client: FlaskClient
) -> None:
    world = a_shop_of_today(session)
    at = clock.now()
    a_presale(session, world.goat, seller=GOAT, at=at)
    session.commit()

    told = quoted(client, world)

    days = {order["lines"][0]["sku"]: order["ships_until"] for order in told["orders"]}
    assert days[world.shoots.code] is None
    assert days[world.goat.code] > clock.local_date(at).isoformat()


def test_a_destination_is_read_strictly(session: Session, client: FlaskClient) -> None:
    world = a_shop_of_today(session)
    lines = [{"sku": world.goat.code, "quantity": 1}]

    for wrong in ({"province": "四川"}, FAR | {"street": "x"}, "四川", FAR | {"city": 7}):
        answer = client.post(f"{API}/quotes", json={"lines": lines, "destination": wrong})
        assert answer.status_code == 422, wrong
