"""A household reads its own sheet, to the fen, and nobody else's."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalog.models import Lot
from households.models import Entitlement
from kernel import clock
from tests.builders.cold_chain import a_device
from tests.builders.people import a_browser, a_person
from tests.builders.sales import a_paid_group, a_world
from workflows import order_delivered, order_shipped
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

OWN, OTHER = "HX0003", "HX0004"


@pytest.fixture
def sold(session: Session) -> None:
    world = a_world(session)
    at = clock.now() - timedelta(hours=8)
    session.execute(update(Lot).values(best_before=clock.local_date(at) + timedelta(days=9)))
    number = f"{a_paid_group(session, {world.goat.code: 2}, at=at).number}-1"
    logger = a_device(session)
    order_shipped.pack(session, number, actor="person:1", at=at)
    order_shipped.ship(session, number, HandOver(actor="person:1", device_code=logger), at=at)
    receipt = Receipt("person:1", "recipient")
    order_delivered.deliver(session, number, receipt, at=at + timedelta(hours=1))
    a_person(session, "own", household_id=OWN)
    a_person(session, "consumer")
    session.commit()


def part_of(session: Session, household_id: str) -> Entitlement:
    return session.scalars(
        select(Entitlement).where(Entitlement.household_id == household_id)
    ).one()


def test_the_sheet_shows_what_was_earned(app: Flask, session: Session, sold: None) -> None:
    amount = part_of(session, OWN).amount_minor

    page = a_browser(app, "own").get("/household/").text

    assert f"¥{amount // 100}.{amount % 100:02d}" in page
    assert OTHER not in page


def test_an_amount_is_explained_step_by_step(app: Flask, session: Session, sold: None) -> None:
    part = part_of(session, OWN)

    page = a_browser(app, "own").get(f"/household/earnings/{part.id}").text

    assert "¥196.00" in page
    assert "其余 11 户合计" in page
    assert "重新计算与记录一致" in page
    assert OTHER not in page


def test_another_household_s_amount_is_not_there(
    app: Flask, session: Session, sold: None
) -> None:
    part = part_of(session, OTHER)

    assert a_browser(app, "own").get(f"/household/earnings/{part.id}").status_code == 404


def test_who_is_no_household_has_no_sheet(app: Flask, sold: None) -> None:
    assert a_browser(app, "consumer").get("/household/").status_code == 403
    assert app.test_client().get("/household/").status_code == 302
