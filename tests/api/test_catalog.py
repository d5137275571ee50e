"""The catalogue for programs."""

from datetime import date

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import Lot
from tests.builders.api import a_shop_of_today
from tests.builders.catalog import a_lot, a_product, a_sku
from tests.builders.sales import a_world

API = "/api/v1"


def test_products_come_in_pages_that_follow_each_other(
    session: Session, client: FlaskClient
) -> None:
    codes = {a_sku(session).product_code for _ in range(5)}

    first = client.get(f"{API}/products?limit=3").get_json()
    second = client.get(f"{API}/products?limit=3&after={first['next']}").get_json()

    assert len(first["rows"]) == 3
    assert {row["code"] for row in first["rows"] + second["rows"]} == codes
    assert second["next"] is None


def test_a_list_keeps_to_category_township_and_text(
    session: Session, client: FlaskClient
) -> None:
    tea = a_product(session, category_code="tea", name="春茶")
    a_sku(session, tea)
    a_sku(session, a_product(session, category_code="meat", name="山羊"))

    def found(query: str) -> list[str]:
        answer = client.get(f"{API}/products?{query}").get_json()
        return [row["code"] for row in answer["rows"]]

    assert found("category=tea") == [tea]
    assert found("q=春茶") == [tea]
    assert len(found("township=500156204")) == 2
    assert found("township=500156999") == []


def test_a_product_tells_its_offers_lots_and_certificates(
    session: Session, client: FlaskClient
) -> None:
    sku = a_sku(session, price_minor=5_000)
    lot = a_lot(session, sku, on_hand=7, best_before=None)

    answer = client.get(f"{API}/products/{sku.product_code}")

    assert answer.status_code == 200
    (offer,) = answer.get_json()["offers"]
    assert (offer["price_minor"], offer["available"]) == (5_000, 7)
    assert [shelf["code"] for shelf in offer["lots"]] == [lot]


def test_a_product_nobody_sells_is_a_problem_with_a_code(client: FlaskClient) -> None:
    answer = client.get(f"{API}/products/NOWHERE")

    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert answer.get_json()["code"] == "product_not_found"


def test_a_trace_tells_the_lot_and_never_a_household(
    session: Session, client: FlaskClient
) -> None:
    world = a_shop_of_today(session)

    answer = client.get(f"{API}/lots/{world.lots[world.goat.code]}")

    body = answer.get_json()
    assert (body["received"], body["households"]) == (10, 10)
    assert "HX0" not in answer.get_data(as_text=True)


def test_few_households_are_not_counted_in_public(
    session: Session, client: FlaskClient
) -> None:
    world = a_world(session, households_each=9)

    body = client.get(f"{API}/lots/{world.lots[world.goat.code]}").get_json()

    assert body["households"] is None


def test_a_lot_that_is_sold_out_can_still_be_traced(
    session: Session, client: FlaskClient
) -> None:
    world = a_world(session)
    code = world.lots[world.goat.code]
    lot = session.scalars(select(Lot).where(Lot.code == code)).one()
    lot.best_before = date(2026, 1, 1)
    session.flush()

    assert client.get(f"{API}/lots/{code}").status_code == 200


def test_every_wrong_parameter_is_named_in_the_language_of_the_caller(
    client: FlaskClient,
) -> None:
    answer = client.get(f"{API}/products?limit=1_0&sort=best&colour=red&limit2=&lang=zh")

    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (422, "input_invalid")
    assert {place["parameter"]: place["detail"] for place in problem["errors"]} == {
        "limit": "应为整数。",
        "sort": "应为其中之一：recommended, newest, price, -price。",
        "colour": "未知字段。",
        "limit2": "未知字段。",
    }


def test_numbers_in_other_digits_are_no_numbers(client: FlaskClient) -> None:
    wrong = ("１２", "+1", "1.0", "01", "9" * 30, "", "1e3")

    statuses = {client.get(f"{API}/products", query_string={"limit": one}) for one in wrong}

    assert {answer.status_code for answer in statuses} == {422}


def test_a_parameter_given_twice_is_refused(client: FlaskClient) -> None:
    assert client.get(f"{API}/products?limit=1&limit=2").status_code == 422


def test_a_page_key_that_was_tampered_with_is_refused(client: FlaskClient) -> None:
    assert client.get(f"{API}/products?after=AAAA").status_code == 422
