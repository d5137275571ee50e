"""The basket says why goods cannot be bought, and offers what helps."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from catalog.models import Lot, Product, Sku
from kernel import clock
from parties.models import Organisation
from tests.builders.catalog import a_certificate
from tests.builders.sales import GOAT, World, a_world


@pytest.fixture
def world(session: Session, client: FlaskClient) -> World:
    made = a_world(session)
    today = clock.local_date(clock.now())
    session.execute(update(Lot).values(best_before=today + timedelta(days=9)))
    session.commit()
    client.post("/basket/lines", data={"sku": made.goat.code, "quantity": "3"})
    return made


def change(session: Session, world: World, why: str) -> None:
    """Let something happen to the goods while they are in the basket."""
    today = clock.local_date(clock.now())
    product = update(Product).where(Product.code == world.goat.product_code)
    if why == "seller":
        session.execute(
            update(Organisation)
            .where(Organisation.code == GOAT)
            .values(suspended_at=clock.now())
        )
    elif why == "listing":
        session.execute(update(Sku).where(Sku.id == world.goat.id).values(is_on_sale=False))
    elif why == "certificate":
        a_certificate(
            session,
            world.goat.product_code,
            valid_from=today - timedelta(days=400),
            valid_to=today - timedelta(days=1),
        )
    else:
        session.execute(update(Lot).values(best_before=today - timedelta(days=1)))
    if why == "season":
        over = [month for month in range(1, 13) if month != today.month]
        session.execute(product.values(is_year_round=False, season_months=over))
    session.commit()


@pytest.mark.parametrize(
    ("why", "sentence"),
    [
        ("seller", "商家已暂停营业"),
        ("listing", "商品已下架"),
        ("certificate", "商品证书已到期"),
        ("season", "本季已结束"),
        ("stock", "已售完"),
    ],
)
def test_it_stays_in_the_basket_and_says_why(
    session: Session, client: FlaskClient, world: World, why: str, sentence: str
) -> None:
    assert sentence not in client.get("/basket").text

    change(session, world, why)
    page = client.get("/basket").text

    assert world.goat.code in page
    assert sentence in page


def test_fewer_packs_are_offered_where_some_are_left(
    session: Session, client: FlaskClient, world: World
) -> None:
    session.execute(
        update(Lot)
        .where(Lot.code == world.lots[world.goat.code])
        .values(available=2, written_off=8)
    )
    session.commit()

    page = client.get("/basket").text
    client.post(f"/basket/lines/{world.goat.code}", data={"quantity": "2"})

    assert "改为 2 件" in page
    assert "改为" not in client.get("/basket").text
