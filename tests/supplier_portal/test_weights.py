"""A packer weighs pieces on a phone; what is typed wrong is asked for again."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from catalog.models import Lot
from kernel import clock
from orders import queries as order_queries
from orders.models import Order, Weighing
from orders.values import OrderState
from parties.values import Role
from tests.builders.cold_chain import a_device
from tests.builders.people import a_browser, a_person
from tests.builders.sales import GOAT, SHOOTS, a_paid_group, a_world
from tests.builders.weighing import by_the_piece


@pytest.fixture
def number(session: Session) -> str:
    world = a_world(session)
    leg = by_the_piece(session, world)
    today = clock.local_date(clock.now())
    session.execute(update(Lot).values(best_before=today + timedelta(days=9)))
    a_person(session, "packer", (Role.PACKER, GOAT))
    a_person(session, "shoots", (Role.CLERK, SHOOTS))
    group = a_paid_group(session, {leg.code: 2}, at=clock.now())
    session.commit()
    return f"{group.number}-1"


@pytest.fixture
def packer(app: Flask, number: str) -> FlaskClient:
    del number
    return a_browser(app, "packer")


def fields(session: Session, number: str, *grams: str) -> dict[str, str]:
    (line,) = order_queries.list_to_weigh(session, [number])
    return {f"g-{line.line_id}-{piece}": text for piece, text in enumerate(grams, 1)}


def weighed(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Weighing)) or 0


def test_pieces_are_weighed_packed_and_settled(
    session: Session, packer: FlaskClient, number: str
) -> None:
    logger = a_device(session, "LOG-7")
    session.commit()
    here = f"/supplier/orders/{number}"

    assert "未称重" in packer.get(here).text
    queue = packer.get("/supplier/parcels").text
    assert f"{here}/weights" in queue
    assert f"/supplier/parcels/{number}/1/pack" not in queue
    assert packer.post(f"{here}/pack").status_code == 409
    assert "第 2 块净重" in packer.get(f"{here}/weights").text
    packer.post(f"{here}/weights", data=fields(session, number, "1420", " 1533 "))
    assert f"/supplier/parcels/{number}/1/pack" in packer.get("/supplier/parcels").text
    sheet = packer.get(here).text
    assert "1.42 kg + 1.533 kg = 2.953 kg" in sheet
    assert sheet.count("2.953 kg") >= 2  # the pieces and the box
    packer.post(f"{here}/pack")
    packer.post(f"{here}/weights", data=fields(session, number, "1420", "1500"))
    packer.post(f"{here}/ship", data={"device": logger})

    page = packer.get(here).text
    assert "实重 2.92 kg" in page
    assert "286.16" in page
    assert "1420、1533" in packer.get(f"{here}/weights").text
    late = packer.post(f"{here}/weights", data=fields(session, number, "1400", "1500"))
    assert late.status_code == 409


@pytest.mark.parametrize(
    ("grams", "status"),
    [
        (("15000", "1500"), 422),
        (("1500", ""), 422),
        (("1500", "1.5"), 422),
        (("1500", "-1500"), 422),
        (("1500", "１５００"), 422),
        (("1500", "9" * 40), 422),
        (("1500", "1100"), 409),
    ],
)
def test_a_slip_of_the_hand_writes_nothing(
    session: Session, packer: FlaskClient, number: str, grams: tuple[str, ...], status: int
) -> None:
    form = fields(session, number, *grams)

    answer = packer.post(f"/supplier/orders/{number}/weights", data=form)

    assert answer.status_code == status
    assert weighed(session) == 0


def test_an_unusual_piece_is_confirmed_with_what_was_typed(
    session: Session, packer: FlaskClient, number: str
) -> None:
    form = fields(session, number, "1500", "1100")
    page = f"/supplier/orders/{number}/weights"

    asked = packer.post(page, data=form).text

    assert "复称无误，记下" in asked
    assert 'value="1100"' in asked
    assert packer.post(page, data=form | {"confirmed": "yes"}).status_code == 302
    assert weighed(session) == 1


def test_another_cooperative_weighs_nothing_here(
    app: Flask, session: Session, number: str
) -> None:
    shoots = a_browser(app, "shoots")
    page = f"/supplier/orders/{number}/weights"

    assert shoots.get(page).status_code == 404
    form = fields(session, number, "1500", "1500")
    assert shoots.post(page, data=form).status_code == 404
    assert weighed(session) == 0
    state = session.scalar(select(Order.state).where(Order.number == number))
    assert state is OrderState.PAID
