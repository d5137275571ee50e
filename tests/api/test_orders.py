"""Placing an order by a program, once however often it is sent, and looking at it."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from kernel.idempotency import CommandKey
from kernel.orm import Base
from orders.models import OrderGroup, OrderLine
from orders.queries import GroupCaller, get_group
from orders.values import Buyer
from parties import service as parties
from parties.models import Person
from tests.builders.api import RECIPIENT, a_key, a_shop_of_today, an_order_request
from tests.builders.catalog import NOON
from tests.builders.places import VILLAGE
from tests.builders.sales import a_paid_group, packs

API = "/api/v1"
LIMIT_PLACING = 12


def count_orders(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(OrderGroup)) or 0


def sign_in(client: FlaskClient, session: Session, login: str = "li") -> int:
    person_id = parties.register(
        session, login=login, display_name="李", password="long enough!", at=NOON
    )
    session.commit()
    epoch = session.scalar(select(Person.session_epoch).where(Person.id == person_id))
    with client.session_transaction() as browser:
        browser["_user_id"] = f"{person_id}:{epoch}"
        browser["_fresh"] = True
    return person_id


def test_a_guest_orders_and_gets_number_key_total_and_address(
    session: Session, client: FlaskClient
) -> None:
    world = a_shop_of_today(session)
    request = an_order_request({world.goat.code: 2, world.shoots.code: 1})

    answer = client.post(f"{API}/orders", json=request, headers=a_key())

    placed = answer.get_json()
    assert answer.status_code == 201
    assert placed["total_minor"] == 2 * 9_800 + 3_980 + 2 * 1_800
    assert placed["pay_url"].startswith("http://localhost/")
    assert placed["number"] in placed["pay_url"]
    assert packs(session, world.lots[world.goat.code]) == (8, 2, 0, 0)


def test_the_buyer_pays_at_the_address_that_was_given(
    session: Session, client: FlaskClient
) -> None:
    world = a_shop_of_today(session)
    request = an_order_request({world.goat.code: 1})
    placed = client.post(f"{API}/orders", json=request, headers=a_key()).get_json()
    number, key = placed["number"], placed["access_key"]
    browser = client.application.test_client()

    page = browser.get(placed["pay_url"])
    paid = browser.post(f"/pay/{number}/demo")

    assert (page.status_code, paid.status_code) == (200, 302)
    order = client.get(f"{API}/orders/{number}?key={key}").get_json()
    assert order["state"] == "paid"


def test_the_same_key_and_body_give_the_same_answer_and_one_order(
    session: Session, client: FlaskClient
) -> None:
    world = a_shop_of_today(session)
    request, key = an_order_request({world.goat.code: 1}), a_key()

    first = client.post(f"{API}/orders", json=request, headers=key)
    second = client.post(f"{API}/orders", json=request, headers=key)

    assert (first.status_code, first.get_json()) == (second.status_code, second.get_json())
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert count_orders(session) == 1


def test_the_same_key_with_another_body_is_refused(
    session: Session, client: FlaskClient
) -> None:
    world = a_shop_of_today(session)
    key = a_key()
    client.post(f"{API}/orders", json=an_order_request({world.goat.code: 1}), headers=key)

    other = client.post(
        f"{API}/orders", json=an_order_request({world.goat.code: 2}), headers=key
    )

    assert (other.status_code, other.get_json()["code"]) == (409, "idempotency_key_reused")
    assert count_orders(session) == 1


def test_a_key_of_somebody_else_gives_nothing_away(
    session: Session, client: FlaskClient
) -> None:
    world = a_shop_of_today(session)
    request, key = an_order_request({world.goat.code: 1}), a_key()
    guest = client.post(f"{API}/orders", json=request, headers=key).get_json()
    sign_in(client, session)

    person = client.post(f"{API}/orders", json=request, headers=key).get_json()

    assert guest["number"] != person["number"]
    assert count_orders(session) == 2


def test_the_remembered_answer_does_not_hold_the_access_key(
    session: Session, client: FlaskClient
) -> None:
    world = a_shop_of_today(session)
    request = an_order_request({world.goat.code: 1})

    placed = client.post(f"{API}/orders", json=request, headers=a_key()).get_json()

    kept = session.scalars(select(CommandKey.answer)).one()
    assert placed["access_key"] not in str(kept)


def test_a_refused_order_leaves_its_key_free(session: Session, client: FlaskClient) -> None:
    world = a_shop_of_today(session, on_hand=3)
    key = a_key()
    too_much = an_order_request({world.goat.code: 4})

    refused = client.post(f"{API}/orders", json=too_much, headers=key)
    placed = client.post(
        f"{API}/orders", json=an_order_request({world.goat.code: 3}), headers=key
    )

    assert (refused.status_code, refused.get_json()["code"]) == (409, "not_enough_stock")
    assert placed.status_code == 201


def test_another_total_than_agreed_is_refused(session: Session, client: FlaskClient) -> None:
    world = a_shop_of_today(session)
    request = an_order_request({world.goat.code: 1}, expected_total_minor=1)

    answer = client.post(f"{API}/orders", json=request, headers=a_key())

    assert (answer.status_code, answer.get_json()["code"]) == (409, "quote_changed")


def test_a_signed_in_order_belongs_to_the_person(session: Session, client: FlaskClient) -> None:
    world = a_shop_of_today(session)
    person_id = sign_in(client, session)

    placed = client.post(
        f"{API}/orders", json=an_order_request({world.goat.code: 1}), headers=a_key()
    ).get_json()

    buyer = session.scalar(
        select(OrderGroup.buyer_person_id).where(OrderGroup.number == placed["number"])
    )
    assert buyer == person_id


def test_a_cookie_without_form_token_orders_nothing(
    session: Session, client: FlaskClient
) -> None:
    world = a_shop_of_today(session)
    sign_in(client, session)
    request = an_order_request({world.goat.code: 1})
    client.application.config["WTF_CSRF_ENABLED"] = True
    try:
        answer = client.post(f"{API}/orders", json=request, headers=a_key())
    finally:
        client.application.config["WTF_CSRF_ENABLED"] = False

    assert (answer.status_code, answer.get_json()["code"]) == (400, "form_expired")
    assert count_orders(session) == 0


def test_a_guest_needs_no_form_token(session: Session, client: FlaskClient) -> None:
    world = a_shop_of_today(session)
    request = an_order_request({world.goat.code: 1})
    client.application.config["WTF_CSRF_ENABLED"] = True
    try:
        answer = client.post(f"{API}/orders", json=request, headers=a_key())
    finally:
        client.application.config["WTF_CSRF_ENABLED"] = False

    assert answer.status_code == 201


def test_placing_an_order_takes_few_statements(
    session: Session, client: FlaskClient, statements: list[str]
) -> None:
    world = a_shop_of_today(session)
    sign_in(client, session)
    request = an_order_request({world.goat.code: 1, world.shoots.code: 1})
    statements.clear()

    client.post(f"{API}/orders", json=request, headers=a_key())

    assert len(statements) <= LIMIT_PLACING


WRONG: dict[str, tuple[Any, str]] = {
    "true is no quantity": ({"lines": [{"sku": "A", "quantity": True}]}, "/lines/0/quantity"),
    "1.0 is no quantity": ({"lines": [{"sku": "A", "quantity": 1.0}]}, "/lines/0/quantity"),
    "text is no quantity": ({"lines": [{"sku": "A", "quantity": "1"}]}, "/lines/0/quantity"),
    "nothing": ({"lines": [{"sku": "A", "quantity": 0}]}, "/lines/0/quantity"),
    "too many": ({"lines": [{"sku": "A", "quantity": 10_000}]}, "/lines/0/quantity"),
    "no lines": ({"lines": []}, "/lines"),
    "one SKU twice": ({"lines": [{"sku": "A", "quantity": 1}] * 2}, "/lines/1/sku"),
    "an SKU with a slash": ({"lines": [{"sku": "A/B", "quantity": 1}]}, "/lines/0/sku"),
    "a line feed": ({"recipient": RECIPIENT | {"name": "王\n"}}, "/recipient/name"),
    "a blank name": ({"recipient": RECIPIENT | {"name": " "}}, "/recipient/name"),
    "no phone": ({"recipient": RECIPIENT | {"phone": "ring me"}}, "/recipient/phone"),
    "a mail address with a header": (
        {"recipient": RECIPIENT | {"email": "a@b.cn\nBcc: c@d.cn"}},
        "/recipient/email",
    ),
    "a column nobody may set": ({"state": "paid"}, "/state"),
    "a price of one's own": (
        {"lines": [{"sku": "A", "quantity": 1, "unit_price_minor": 1}]},
        "/lines/0/unit_price_minor",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_input_is_refused_where_it_stands(client: FlaskClient, wrong: str) -> None:
    changes, place = WRONG[wrong]

    answer = client.post(
        f"{API}/orders", json=an_order_request({"A": 1}) | changes, headers=a_key()
    )

    assert answer.status_code == 422
    assert place in [error["pointer"] for error in answer.get_json()["errors"]]


def test_no_column_of_any_table_can_be_set_from_outside(client: FlaskClient) -> None:
    known = {"lines", "recipient", "quantity", "name", "phone", "province", "city"}
    known |= {"district", "street", "email", "expected_total_minor", "sku"}
    columns = {column.name for table in Base.metadata.tables.values() for column in table.c}
    accepted = []
    for column in sorted(columns - known):
        for body in _with_everywhere(an_order_request({"A": 1}), column):
            answer = client.post(f"{API}/orders", json=body, headers=a_key())
            if answer.status_code != 422 or answer.get_json()["code"] != "input_invalid":
                accepted.append(column)

    assert len(columns) > 100
    assert accepted == []


def _with_everywhere(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the body with a field added at the top, in the recipient and in a line."""
    line = body["lines"][0]
    return [
        body | {name: 1},
        body | {"recipient": body["recipient"] | {name: 1}},
        body | {"lines": [line | {name: 1}]},
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"lines": NaN}', 400),
        (b'{"lines": 1' + b"0" * 30 + b"}", 400),
        (b'{"x": "\\u0000"}', 400),
        (b'{"x": "\\ud800"}', 400),
        (b"[" * 100_000, 400),
        (b"[]", 422),
        (b"null", 422),
    ],
)
def test_hostile_bodies_are_refused(client: FlaskClient, body: bytes, status: int) -> None:
    answer = client.post(
        f"{API}/orders", data=body, content_type="application/json", headers=a_key()
    )

    assert answer.status_code == status


def test_a_body_beyond_any_order_is_too_large(client: FlaskClient) -> None:
    answer = client.post(
        f"{API}/orders", data=b" " * 300_000, content_type="application/json", headers=a_key()
    )

    assert answer.status_code == 413


def test_a_form_is_not_json(client: FlaskClient) -> None:
    assert client.post(f"{API}/orders", data={"a": "b"}, headers=a_key()).status_code == 415


@pytest.mark.parametrize(
    "key", ["", "short", "x" * 65, "with a space in it!", "ключ-ключ-ключ-1"]
)
def test_a_key_that_is_none_is_refused(client: FlaskClient, key: str) -> None:
    answer = client.post(
        f"{API}/orders",
        json=an_order_request({"A": 1}),
        headers={"Idempotency-Key": key.encode().decode("latin-1")},
    )

    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["header"] == "Idempotency-Key"


def test_an_order_shows_where_each_fen_goes(session: Session, client: FlaskClient) -> None:
    world = a_shop_of_today(session)
    group = a_paid_group(session, {world.goat.code: 2})
    session.commit()

    answer = client.get(f"{API}/orders/{group.number}?key={group.access_key}")

    (part,) = answer.get_json()["orders"]
    assert answer.status_code == 200
    assert sum(one["minor"] for one in part["trail"]["parts"]) == part["goods_minor"]
    homes = [one for one in part["trail"]["parts"] if one["kind"] == "households"]
    assert [(one["name"], one["households"]) for one in homes] == [(f"village-{VILLAGE}", 10)]
    assert part["trail"]["bought"] == []
    assert [one["storage_class"] for one in part["shipments"]] == ["CHILL_MEAT"]
    assert RECIPIENT["phone"] not in answer.get_data(as_text=True)


@pytest.mark.parametrize("query", ["", "?key=wrong", "?key=WL"])
def test_an_order_of_somebody_else_does_not_exist(
    session: Session, client: FlaskClient, query: str
) -> None:
    world = a_shop_of_today(session)
    group = a_paid_group(session, {world.goat.code: 1})
    session.commit()

    theirs = client.get(f"{API}/orders/{group.number}{query}")
    nobodys = client.get(f"{API}/orders/WL260101-ZZZZZZZZ{query}")

    assert theirs.status_code == nobodys.status_code == 404
    assert _without_number(theirs.get_json()) == _without_number(nobodys.get_json())


def _without_number(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name != "request_id"}


def test_a_signed_in_buyer_needs_no_key(session: Session, client: FlaskClient) -> None:
    world = a_shop_of_today(session)
    person_id = sign_in(client, session)
    mine = a_paid_group(
        session, {world.goat.code: 1}, buyer=Buyer(person_id, None, "SHLL", "person")
    )
    other = a_paid_group(session, {world.goat.code: 1})
    session.commit()

    assert client.get(f"{API}/orders/{mine.number}").status_code == 200
    assert client.get(f"{API}/orders/{other.number}").status_code == 404


def test_what_a_program_ordered_is_what_it_asked_for(
    session: Session, client: FlaskClient
) -> None:
    world = a_shop_of_today(session)
    request = an_order_request(
        {world.goat.code: 3}, recipient=RECIPIENT | {"email": "wang@example.cn"}
    )

    placed = client.post(f"{API}/orders?lang=en", json=request, headers=a_key()).get_json()

    group = get_group(session, placed["number"], GroupCaller(key=placed["access_key"]))
    assert group.recipient.email == "wang@example.cn"
    assert session.scalars(select(OrderLine.quantity)).all() == [3]


def test_prices_are_todays(session: Session, client: FlaskClient) -> None:
    world = a_shop_of_today(session)
    session.execute(update(type(world.goat)).values(price_minor=10_000))
    session.commit()

    placed = client.post(
        f"{API}/orders", json=an_order_request({world.goat.code: 1}), headers=a_key()
    ).get_json()

    assert placed["total_minor"] == 10_000 + 1_800
