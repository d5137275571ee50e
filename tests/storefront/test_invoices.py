"""A buyer asks for an invoice and carries it away; nobody else does; sellers note numbers."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from parties.values import Role
from payments.queries import invoices as queries
from shop import typesetting
from tests.builders.catalog import NOON
from tests.builders.invoices import some_rates
from tests.builders.people import a_browser, a_person
from tests.builders.sales import GOAT, a_paid_group, a_world

ASKED = {"kind": "personal", "name": "王小姐", "form": "ordinary"}


def test_the_buyer_and_nobody_else_carries_it_away(
    app: Flask, client: FlaskClient, session: Session
) -> None:
    world = a_world(session)
    some_rates(session)
    group = a_paid_group(session, {world.goat.code: 1}, at=NOON)
    a_person(session, "stranger")
    session.commit()
    where = f"/orders/{group.number}/invoices"
    stranger = a_browser(app, "stranger")
    client.get(f"/orders/{group.number}?key={group.access_key}")

    assert stranger.post(where, data=ASKED).status_code == 404
    assert client.post(where, data=ASKED | {"kind": "x"}).status_code == 422
    assert client.post(where, data=ASKED | {"name": ""}).status_code == 422
    assert client.post(where, data=ASKED).status_code == 302
    assert client.post(where, data=ASKED).status_code == 409
    (row,) = queries.list_of_group(session, group.number)
    assert row.code in client.get(where).text
    paper = client.get(f"{where}/{row.invoice_id}")
    assert paper.data.startswith(b"%PDF") is typesetting.is_offered()
    assert stranger.get(f"{where}/{row.invoice_id}").status_code == 404
    assert client.get(f"{where}/{row.invoice_id + 1}").status_code == 404


def test_only_its_seller_notes_the_official_number_once(
    app: Flask, client: FlaskClient, session: Session
) -> None:
    world = a_world(session)
    some_rates(session)
    group = a_paid_group(session, {world.goat.code: 1}, at=NOON)
    a_person(session, "clerk", (Role.CLERK, GOAT))
    a_person(session, "other", (Role.CLERK, "C03"))
    session.commit()
    client.get(f"/orders/{group.number}?key={group.access_key}")
    client.post(f"/orders/{group.number}/invoices", data=ASKED)
    (row,) = queries.list_of_group(session, group.number)
    where = f"/supplier/invoices/{row.invoice_id}/official"
    number = {"number": "25502000000012345678"}
    clerk = a_browser(app, "clerk")

    assert a_browser(app, "other").post(where, data=number).status_code == 404
    assert row.code in clerk.get("/supplier/invoices").text
    assert row.code not in a_browser(app, "other").get("/supplier/invoices").text
    assert clerk.post(where, data={"number": "号"}).status_code == 422
    assert clerk.post(where, data=number).status_code == 302
    assert clerk.post(where, data=number).status_code == 409
    assert number["number"] in client.get(f"/orders/{group.number}/invoices").text
