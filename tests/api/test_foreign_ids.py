"""Every id a POST of the interface takes, replaced by another tenant's: refused, untold."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from catalog.models import Lot, Product, Sku
from cold_chain.models import Device
from kernel import clock
from orders import queries as order_queries
from orders import service as orders
from orders.models import OrderLine
from parties.models import Organisation
from parties.values import Role
from payments.service import titles
from payments.values.invoices import InvoiceForm, Title, TitleKind, TitleOwner
from shop.api.openapi import document
from tests.api.test_strict import parts
from tests.builders.api import a_key
from tests.builders.catalog import NOON
from tests.builders.claims import a_photo
from tests.builders.cold_chain import a_device
from tests.builders.command import Command
from tests.builders.commands import COMMANDS
from tests.builders.offers import a_coupon
from tests.builders.people import a_browser, a_person
from tests.builders.places import a_place
from tests.builders.purchases import a_purchase_contract
from tests.builders.sales import GOAT, SHOOTS, a_group, a_paid_group
from tests.builders.trade import a_buyer

ID = re.compile(
    r"(_id|_code|_number)$|^(number|code|contract|lot|sku|photos|takes_back|orders?)$"
    r"|^X-Device$"
)
OPEN = {
    ("place_order", "sku"): "anybody may buy what is on the shelf",
    ("quote_basket", "sku"): "anybody may ask what it costs",
    ("take_answers", "line_number"): "counts within the settlement of the address",
    ("file_certificate", "number"): "what its issuer wrote on it",
    ("keep_title", "tax_number"): "anybody may be named on an invoice",
}
"""Fields that name nothing of anybody's own, with the reason."""

Attack = Callable[[Session, Command], tuple[str, str, dict[str, Any], dict[str, str]]]
"""Returns who sends what where: login, address, body, further headers."""


def by_a_neighbour(session: Session, command: Command) -> Any:
    a_person(session, "neighbour", (Role.OFFICIAL, a_place(session, "500156999999")))
    return "neighbour", command.path, dict(command.body), {}


def of_another_staff(session: Session, command: Command) -> Any:
    a_person(session, "till", (Role.CASHIER, "C90"))
    return "till", command.path, dict(command.body), {}


def with_their_contract(session: Session, command: Command) -> Any:
    theirs = a_purchase_contract(session, "H9", seller=GOAT)
    return command.login, command.path, {**command.body, "contract": theirs}, {}


def with_their_household(session: Session, command: Command) -> Any:
    a_purchase_contract(session, "H9", seller=GOAT)
    return command.login, command.path, {**command.body, "household_id": "H9"}, {}


def their_goods(session: Session) -> Any:
    return session.execute(
        select(Lot.code, Sku.code.label("sku"))
        .join(Sku, Sku.id == Lot.sku_id)
        .where(Lot.seller_code == GOAT)
        .limit(1)
    ).one()


def with_their_lot(session: Session, command: Command) -> Any:
    body = {name: value for name, value in command.body.items() if name != "new_lot"}
    return command.login, command.path, body | {"lot": their_goods(session).code}, {}


def with_their_sku(session: Session, command: Command) -> Any:
    lot = command.body["new_lot"] | {"sku": their_goods(session).sku}
    return command.login, command.path, {**command.body, "new_lot": lot}, {}


def as_their_device(session: Session, command: Command) -> Any:
    theirs = a_device(session, "LOG-2")
    own_secret = update(Device).where(Device.code == theirs).values(hmac_secret="5" * 64)
    session.execute(own_secret)
    return "", command.path, command.body, {"X-Device": theirs}


def by_a_stranger(session: Session, command: Command) -> Any:
    a_person(session, "stranger", (Role.PACKER, SHOOTS))
    return "stranger", command.path, dict(command.body), {}


def with_their_pieces(session: Session, command: Command) -> Any:
    shoots = select(Sku.code).join(Product, Product.code == Sku.product_code)
    code = session.scalars(shoots.where(Product.seller_code == SHOOTS)).first()
    group = a_paid_group(session, {str(code): 1})
    line = select(OrderLine.id).where(OrderLine.order_number == f"{group.number}-1")
    (pieces,) = command.body["lines"]
    body = {"lines": [pieces | {"line_id": session.scalars(line).one()}]}
    return command.login, command.path, body, {}


def in_another_order(session: Session, command: Command) -> Any:
    theirs = a_paid_group(session, {their_goods(session).sku: 1}).number
    path = re.sub(r"/orders/[^/]+/", f"/orders/{theirs}/", command.path)
    return command.login, path, dict(command.body), {}


def of_a_strange_buyer(session: Session, command: Command) -> Any:
    a_person(session, "stranger")
    return "stranger", command.path, dict(command.body), {}


def with_their_part(session: Session, command: Command) -> Any:
    theirs = a_paid_group(session, {their_goods(session).sku: 1}).number
    return command.login, command.path, {**command.body, "order_number": f"{theirs}-1"}, {}


def with_their_line(session: Session, command: Command) -> Any:
    theirs = a_paid_group(session, {their_goods(session).sku: 1}).number
    (line,) = order_queries.list_line_heads(session, order_number=f"{theirs}-1")
    lines = [{"line_id": line.line_id, "packs": 1}]
    return command.login, command.path, {**command.body, "lines": lines}, {}


def with_their_photo(session: Session, command: Command) -> Any:
    theirs = a_paid_group(session, {their_goods(session).sku: 1}).number
    orders.keep_upload(session, theirs, "f" * 32, a_photo(), at=clock.now())
    return command.login, command.path, {**command.body, "photos": ["f" * 32]}, {}


def with_their_coupon(session: Session, command: Command) -> Any:
    at, theirs = clock.now(), a_person(session, "neighbour")
    code = a_coupon(session, "ONLY-THEIRS", at=at, is_given=True)
    orders.give_coupon(session, code, [theirs], at=at)
    return command.login, command.path, {"code": code}, {}


def for_their_organisation(session: Session, command: Command) -> Any:
    body = {**command.body, "organisation_code": a_buyer(session, "E09")}
    return command.login, command.path, body, {}


def with_their_title(session: Session, command: Command) -> Any:
    title = Title(TitleKind.PERSONAL, "别人", "", InvoiceForm.ORDINARY)
    owner = TitleOwner(a_person(session, "stranger"))
    theirs = titles.keep_title(session, owner, title, is_default=True, at=NOON)
    return command.login, command.path, {**command.body, "title_id": theirs}, {}


def with_their_orders(session: Session, command: Command) -> Any:
    sku = session.scalars(select(Sku.code).join(Lot, Lot.sku_id == Sku.id).limit(1)).one()
    theirs = a_paid_group(session, {sku: 1}).number
    return command.login, command.path, {**command.body, "orders": [theirs]}, {}


def with_their_order(session: Session, command: Command) -> Any:
    sku = session.scalars(select(Sku.code).join(Lot, Lot.sku_id == Sku.id).limit(1)).one()
    theirs = a_group(session, {sku: 1}, at=clock.now()).number
    return command.login, command.path, {**command.body, "order": theirs}, {}


ATTACKS: dict[tuple[str, str], Attack] = {
    ("open_explanation", "entitlement_id"): by_a_neighbour,
    ("take_coupon", "code"): with_their_coupon,
    ("take_answers", "code"): of_another_staff,
    ("record_receipt", "contract"): with_their_contract,
    ("record_receipt", "household_id"): with_their_household,
    ("record_receipt", "lot"): with_their_lot,
    ("record_receipt", "sku"): with_their_sku,
    ("record_weights", "order_number"): by_a_stranger,
    ("record_weights", "line_id"): with_their_pieces,
    ("take_readings", "X-Device"): as_their_device,
    ("take_senml", "X-Device"): as_their_device,
    ("take_thingsboard", "X-Device"): as_their_device,
    ("take_jt808", "X-Device"): as_their_device,
    ("take_table", "X-Device"): as_their_device,
    ("hand_in_photo", "number"): in_another_order,
    ("open_claim", "number"): of_a_strange_buyer,
    ("open_claim", "order_number"): with_their_part,
    ("open_claim", "line_id"): with_their_line,
    ("open_claim", "photos"): with_their_photo,
    ("step_claim", "number"): in_another_order,
    ("step_claim", "claim_id"): of_a_strange_buyer,
    ("keep_title", "organisation_code"): for_their_organisation,
    ("request_invoice", "title_id"): with_their_title,
    ("request_invoice", "orders"): with_their_orders,
    ("start_transfer", "order"): with_their_order,
    ("cancel_order", "number"): of_a_strange_buyer,
    ("begin_payment", "number"): of_a_strange_buyer,
}


def ids(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield every id a POST of the document takes: operation and field."""
    told = document(app)
    for methods in told["paths"].values():
        if (post := methods.get("post")) is None:
            continue
        names = {one["name"] for one in post["parameters"]}
        for body in post["requestBody"]["content"].values():
            for one in parts(body["schema"], told["components"]["schemas"]):
                names |= set(one.get("properties", {}))
        yield from ((post["operationId"], name) for name in sorted(names) if ID.search(name))


def test_every_id_of_the_document_is_attacked_or_open(built_app: Flask) -> None:
    assert set(ids(built_app)) == set(ATTACKS) | set(OPEN)


@pytest.mark.parametrize("target", sorted(ATTACKS), ids="-".join)
def test_another_tenant_s_id_is_refused_and_tells_nothing(
    app: Flask, session: Session, target: tuple[str, str]
) -> None:
    command = COMMANDS[target[0]](session)
    login, path, body, headers = ATTACKS[target](session, command)
    session.commit()
    theirs = session.scalar(select(Organisation.name).where(Organisation.code == GOAT))
    before = count(session, command)

    answer = send(app, command, login, path, body, headers)

    assert answer.status_code in {403, 404, 409, 422}, answer.text
    assert theirs is None or theirs not in answer.text
    assert count(session, command) == before
    own = send(app, command, command.login, command.path, command.body, {})
    assert own.status_code in {200, 201, 202}, own.text
    assert count(session, command) == before + 1


def send(
    app: Flask, command: Command, login: str, path: str, body: Any, headers: dict[str, str]
) -> Any:
    sent = command.written(body)
    client = a_browser(app, login) if login else app.test_client()
    return client.post(
        path,
        data=sent,
        headers={**a_key(), **command.prove(sent), **headers},
        content_type=command.media_type,
    )


def count(session: Session, command: Command) -> int:
    counted = text(f"SELECT count(*) FROM {command.table}")  # noqa: S608 -- a table of ours
    return int(session.execute(counted).scalar_one())
