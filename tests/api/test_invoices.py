"""Invoices, their titles and bank transfers by programs, each for its own caller only."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from orders.values import Buyer
from parties.values import Role
from payments.rules import invoices as rules
from tests.builders.api import a_key, a_shop_of_today
from tests.builders.catalog import NOON
from tests.builders.invoices import some_rates
from tests.builders.people import a_browser, a_person
from tests.builders.sales import World, a_group, a_paid_group
from tests.builders.trade import a_buyer
from tests.builders.transfers import a_bank_row, some_transfer_params
from tests.builders.weighing import by_the_piece
from workflows import transfer_received

API = "/api/v1"
BODY = "91500000MA5U00000"
TAX_NUMBER = BODY + rules.check_sign(BODY)
FIRM = {
    "kind": "enterprise",
    "form": "special",
    "name": "示例科技有限公司",
    "tax_number": TAX_NUMBER,
    "address": "重庆市渝中区民权路28号",
    "phone": "023-63830000",
    "bank": "示例银行渝中支行",
    "account": "6222020200112233445",
}
MINE = {"kind": "personal", "form": "ordinary", "name": "王小姐"}


@pytest.fixture
def world(session: Session) -> World:
    world = a_shop_of_today(session)
    some_rates(session)
    some_transfer_params(session)
    a_buyer(session, "E01")
    a_person(session, "own", (Role.FINANCE, "E01"))
    a_person(session, "acceptor", (Role.ACCEPTOR, "E01"))
    a_person(session, "other")
    session.commit()
    return world


def post(client: FlaskClient, path: str, body: Any) -> Any:
    return client.post(f"{API}{path}", json=body, headers=a_key())


def test_titles_are_kept_changed_shared_and_removed(
    app: Flask, session: Session, world: World
) -> None:
    own, other = a_browser(app, "own"), a_browser(app, "other")
    kept = post(own, "/invoice-titles", FIRM | {"organisation_code": "E01"})
    assert kept.status_code == 201
    number = kept.get_json()["title_id"]
    assert kept.get_json()["account"] == FIRM["account"]

    (seen,) = a_browser(app, "acceptor").get(f"{API}/invoice-titles").get_json()["rows"]
    assert (seen["name"], seen["account"]) == (FIRM["name"], "****3445")
    assert other.get(f"{API}/invoice-titles").get_json() == {"rows": []}
    place = f"{API}/invoice-titles/{number}"
    for client in (other, a_browser(app, "acceptor")):
        assert client.put(place, json=MINE).status_code == 404
        assert client.delete(place).status_code == 404
    assert own.put(place, json=MINE | {"organisation_code": "E01"}).status_code == 422
    assert own.put(place, json=MINE | {"is_default": 1}).status_code == 422
    changed = own.put(place, json=MINE)
    assert (changed.status_code, changed.get_json()["name"]) == (200, "王小姐")
    assert own.delete(place).get_json() == {"title_id": number}
    assert own.delete(place).status_code == 404
    assert own.delete(f"{API}/invoice-titles/x").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"tax_number": BODY + ("0" if TAX_NUMBER[-1] != "0" else "1")},
        {"bank": None},
        {"account": "123"},
        {"kind": "other"},
        {"title": "x"},
        {"is_default": "true"},
    ],
)
def test_a_title_no_invoice_could_bear_is_refused(
    app: Flask, session: Session, world: World, wrong: dict[str, Any]
) -> None:
    own = a_browser(app, "own")
    body = {name: value for name, value in (FIRM | wrong).items() if value is not None}

    assert post(own, "/invoice-titles", body).status_code == 422
    assert own.get(f"{API}/invoice-titles").get_json() == {"rows": []}


def test_invoices_of_orders_are_asked_for_once_listed_and_read(
    app: Flask, session: Session, world: World
) -> None:
    buyer = Buyer(None, "E01", "SHLL", "person:1")
    goods = {world.goat.code: 1, by_the_piece(session, world).code: 2}
    first = a_paid_group(session, goods, buyer=buyer).number
    second = a_paid_group(session, {world.goat.code: 1}, buyer=buyer).number
    foreign = a_paid_group(session, {world.goat.code: 1}).number
    session.commit()
    own, other = a_browser(app, "own"), a_browser(app, "other")
    title = post(own, "/invoice-titles", MINE).get_json()["title_id"]
    body = {"title_id": title, "orders": [first, f"{second}-1"]}

    assert post(other, "/invoices", body).status_code == 404
    assert post(own, "/invoices", body | {"orders": [first, foreign]}).status_code == 404
    assert post(own, "/invoices", body | {"orders": []}).status_code == 422
    asked = post(own, "/invoices", body)
    assert asked.status_code == 201
    (told,) = asked.get_json()["rows"]
    assert (told["order"], told["organisation_code"]) == (None, "E01")
    assert post(own, "/invoices", body).status_code == 409

    page = own.get(f"{API}/invoices").get_json()
    assert ([row["id"] for row in page["rows"]], page["next"]) == ([told["id"]], None)
    assert other.get(f"{API}/invoices").get_json()["rows"] == []
    assert own.get(f"{API}/invoices?before={told['id']}").get_json()["rows"] == []
    whole = own.get(f"{API}/invoices/{told['id']}").get_json()
    assert sum(line["gross_minor"] for line in whole["lines"]) == told["gross_minor"]
    weighed = [line for line in whole["lines"] if line["weight_g"]]
    assert [(one["weight_g"], one["unit_price"]) for one in weighed] == [(3_300, "98.00")]
    assert own.get(told["pdf_url"]).status_code == 200
    for path in (f"{API}/invoices/{told['id']}", told["pdf_url"]):
        assert other.get(path).status_code == 404
    assert own.get(f"{API}/invoices/{told['id'] + 1}").status_code == 404


def test_guests_keep_no_titles_and_ask_for_no_invoices(
    client: FlaskClient, world: World
) -> None:
    for path in ("/invoice-titles", "/invoices", "/invoices/1"):
        assert client.get(f"{API}{path}").status_code == 401
    assert post(client, "/invoice-titles", MINE).status_code == 401


def test_a_transfer_is_chosen_with_the_order_s_key_and_told_until_it_is_paid(
    app: Flask, client: FlaskClient, session: Session, world: World
) -> None:
    group = a_group(session, {world.goat.code: 1}, at=NOON)
    session.commit()
    key = group.access_key
    where = f"{API}/transfers/{group.number}?key={key}"

    assert client.get(where).status_code == 404
    assert post(client, "/transfers", {"order": group.number}).status_code == 404
    started = post(client, "/transfers", {"order": group.number, "key": key})
    assert started.status_code == 201
    told = started.get_json()
    assert (told["state"], told["due_minor"]) == ("waiting", group.total_minor)
    assert told["account"]["number"] == "0000000000000001"
    assert client.get(where).get_json() == told
    assert a_browser(app, "other").get(f"{API}/transfers/{group.number}").status_code == 404

    code = told["code"]
    for reference, minor, state in (("B1", 1_000, "partly_paid"), ("B2", None, "paid")):
        row = a_bank_row(session, reference, minor or group.total_minor - 1_000, code)
        while transfer_received.match_by_code(session, row, at=NOON):
            pass
        session.commit()
        assert client.get(where).get_json()["state"] == state
    assert client.get(where).get_json()["due_minor"] == 0
