"""The operator calls a lot back and sees order by order who was told; buyers see what to do."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.models import Lot
from orders.models import LotAllocation, LotNotice, OrderLine
from tests.console.conftest import Shop


def lot_of(session: Session, order: str) -> str:
    """Return the lot an order's packs came from."""
    return session.scalars(
        select(Lot.code)
        .join(LotAllocation, LotAllocation.lot_id == Lot.id)
        .join(OrderLine, OrderLine.id == LotAllocation.order_line_id)
        .where(OrderLine.order_number == order)
    ).one()


def test_a_recall_is_listed_down_to_each_order(
    operator: FlaskClient, session: Session, shop: Shop
) -> None:
    lot = lot_of(session, shop.paid)
    assert lot not in operator.get("/console/recalls").text

    for _again in range(2):
        answer = operator.post("/console/recalls", data={"lot": lot})
        assert answer.headers["Location"].endswith(f"/console/recalls/{lot}")

    told = session.scalar(select(func.count()).select_from(LotNotice))
    page = operator.get(f"/console/recalls/{lot}").text
    assert f"/console/orders/{shop.paid}" in page
    assert page.count("/console/orders/WL") == told
    assert lot in operator.get("/console/recalls").text


def test_the_buyer_reads_what_to_do_and_takes_it_back(
    operator: FlaskClient, app: Flask, session: Session, shop: Shop
) -> None:
    operator.post("/console/recalls", data={"lot": lot_of(session, shop.paid)})
    group = shop.paid[:-2]

    page = operator.get(f"/orders/{group}").text
    assert "已被召回" in page
    assert f"/orders/{group}/parts/{shop.paid}/step-back" in page
    back = operator.post(f"/orders/{group}/parts/{shop.paid}/step-back", follow_redirects=True)
    assert "这一部分已全额退款" in back.text
    assert app.test_client().get(f"/orders/{group}").status_code in {302, 401, 403, 404}


def test_a_lot_nobody_knows_is_refused(operator: FlaskClient) -> None:
    answer = operator.post("/console/recalls", data={"lot": "L-404"})
    assert answer.status_code == 422
    assert "L-404" in answer.text
    assert operator.get("/console/recalls/L-404").status_code == 404
