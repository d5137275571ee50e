"""Gift boxes of a seller, their money lot by lot, and campaigns seen before they begin."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from catalog.models import BundlePart, Campaign, Lot, Product, Sku
from households.models import Entitlement, PurchasedLot
from kernel import clock
from orders.models import LotAllocation, OrderLine
from parties.values import Role
from tests.builders.catalog import a_category, a_lot, a_sku
from tests.builders.people import a_browser, a_person
from tests.builders.sales import GOAT, SHOOTS, World, a_capture, a_group, a_world
from workflows import order_paid


def a_desk(app: Flask, session: Session) -> tuple[FlaskClient, World, Sku]:
    world = a_world(session, on_hand=20)
    a_category(session, "gift")
    ribs = a_sku(session, world.goat.product_code, price_minor=5_001, net_weight_g=500)
    a_lot(session, ribs, on_hand=7)
    best_before = clock.local_date(clock.now()) + timedelta(days=9)
    session.execute(update(Lot).values(best_before=best_before))
    a_person(session, "seller", (Role.MANAGER, GOAT))
    return a_browser(app, "seller"), world, ribs


def a_form(world: World, ribs: Sku, **changes: str) -> dict[str, str]:
    return {
        "name": "羊肉礼盒",
        "name_en": "Goat box",
        "description": "羊腿和羊排",
        "spec": "1 盒",
        "price": "180.00",
        "picture": "gift-pack",
        f"packs-{world.goat.code}": "1",
        f"packs-{ribs.code}": "2",
        "on_sale": "yes",
    } | changes


def the_box(session: Session) -> Sku:
    return session.scalars(
        select(Sku).where(Sku.id.in_(select(BundlePart.bundle_sku_id)))
    ).one()


def test_a_box_is_made_changed_and_taken_off(app: Flask, session: Session) -> None:
    client, world, ribs = a_desk(app, session)

    assert client.get("/supplier/boxes/new").status_code == 200
    assert client.post("/supplier/boxes", data=a_form(world, ribs)).status_code == 302
    box = the_box(session)
    product = session.get_one(Product, box.product_code)
    assert (box.price_minor, box.net_weight_g, product.seller_code) == (18_000, 2_000, GOAT)
    page = client.get("/supplier/boxes").get_data(as_text=True)
    assert "可装 3 盒" in page
    changed = a_form(world, ribs, price="140", **{f"packs-{ribs.code}": "1"})
    changed.pop("on_sale")
    assert client.post(f"/supplier/boxes/{box.code}", data=changed).status_code == 302
    session.refresh(box)
    assert (box.price_minor, box.is_on_sale) == (14_000, False)
    assert client.get(f"/supplier/boxes/{box.code}").status_code == 200


def test_boxes_that_cannot_be_are_refused_and_nothing_is_written(
    app: Flask, session: Session
) -> None:
    client, world, ribs = a_desk(app, session)
    zero = {f"packs-{world.goat.code}": "0", f"packs-{ribs.code}": ""}
    wrong = (
        {"price": "999"},
        {"price": "0"},
        {"name": " "},
        {"picture": "../secret"},
        {f"packs-{ribs.code}": "1000"},
        {f"packs-{ribs.code}": "-1"},
        {f"packs-{world.shoots.code}": "1"},
        zero,
    )

    answers = [
        client.post("/supplier/boxes", data=a_form(world, ribs, **one)).status_code
        for one in wrong
    ]

    assert all(400 <= answer < 500 for answer in answers), answers
    assert session.scalar(select(func.count()).select_from(BundlePart)) == 0
    assert session.scalar(select(Product.code).where(Product.category_code == "gift")) is None


def test_nobody_changes_the_box_of_another_seller(app: Flask, session: Session) -> None:
    client, world, ribs = a_desk(app, session)
    client.post("/supplier/boxes", data=a_form(world, ribs))
    box = the_box(session)
    a_person(session, "other", (Role.MANAGER, SHOOTS))
    other = a_browser(app, "other")

    assert other.get(f"/supplier/boxes/{box.code}").status_code == 404
    answer = other.post(f"/supplier/boxes/{box.code}", data=a_form(world, ribs, price="1"))
    assert answer.status_code == 404
    session.refresh(box)
    assert box.price_minor == 18_000


def test_the_money_of_a_box_falls_to_the_lots_of_its_parts(
    app: Flask, session: Session
) -> None:
    client, world, ribs = a_desk(app, session)
    client.post("/supplier/boxes", data=a_form(world, ribs, price="170.01"))
    box = the_box(session)

    group = a_group(session, {box.code: 3}, at=clock.now())
    order_paid.settle(session, a_capture(session, group, at=clock.now()))

    lines = session.scalars(select(OrderLine)).all()
    assert {line.sku_id: line.quantity for line in lines} == {world.goat.id: 3, ribs.id: 6}
    assert sum(line.gross_minor for line in lines) == 3 * 17_001
    for line in lines:
        shares = select(func.sum(Entitlement.amount_minor)).where(
            Entitlement.order_line_id == line.id
        )
        assert session.scalar(shares) == line.gross_minor
        packs = select(func.sum(LotAllocation.quantity)).where(
            LotAllocation.order_line_id == line.id
        )
        assert session.scalar(packs) == line.quantity
    left = dict(
        session.execute(select(Lot.sku_id, func.sum(Lot.available)).group_by(Lot.sku_id)).all()
    )
    assert (left[world.goat.id], left[ribs.id]) == (17, 1)
    number = lines[0].order_number
    page = client.get(f"/supplier/orders/{number}").get_data(as_text=True)
    assert "羊肉礼盒 × 3 盒" in page
    shown = app.test_client().get(f"/products/{box.product_code}")
    assert shown.status_code == 200
    assert "售罄" in shown.get_data(as_text=True)


def a_campaign(world: World, **changes: str) -> dict[str, str]:
    today = clock.local_date(clock.now())
    return {
        "campaign_code": "WARM",
        "campaign_name": "暖冬",
        "campaign_percent": "80",
        "campaign_starts_on": f"{today}",
        "campaign_ends_on": f"{today + timedelta(days=3)}",
        "skus": world.goat.code,
    } | changes


def test_a_campaign_is_seen_before_it_is_published(app: Flask, session: Session) -> None:
    client, world, _ = a_desk(app, session)

    page = client.post("/supplier/offers/campaigns/preview", data=a_campaign(world))

    told = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "78<" in told
    # 78.40 less 3 % and 8 %: 69.78, of which fifteen twentieths fall to households.
    assert "¥52.33" in told
    assert "¥65.42" in told
    assert session.scalar(select(Campaign.code)) is None
    wrong = a_campaign(world, campaign_percent="100")
    assert client.post("/supplier/offers/campaigns/preview", data=wrong).status_code == 422
    foreign = a_campaign(world, skus=world.shoots.code)
    assert client.post("/supplier/offers/campaigns/preview", data=foreign).status_code == 404


def test_a_campaign_below_what_goods_were_bought_for_is_refused(
    app: Flask, session: Session
) -> None:
    client, world, _ = a_desk(app, session)
    lot = session.scalar(select(Lot.id).where(Lot.sku_id == world.goat.id))
    session.add(PurchasedLot(lot_id=lot, packs=20, cost_minor=160_001, pay_minor=160_001))
    session.flush()

    page = client.post("/supplier/offers/campaigns/preview", data=a_campaign(world))
    answer = client.post("/supplier/offers/campaigns", data=a_campaign(world))

    assert "低于成本 ¥80.01" in page.get_data(as_text=True)
    assert answer.status_code == 422
    dear = a_campaign(world, campaign_percent="82")
    assert client.post("/supplier/offers/campaigns", data=dear).status_code == 302


def test_buyers_see_what_is_inside_with_lot_and_origin(app: Flask, session: Session) -> None:
    client, world, ribs = a_desk(app, session)
    client.post("/supplier/boxes", data=a_form(world, ribs))
    box = the_box(session)
    session.commit()

    page = app.test_client().get(f"/products/{box.product_code}").get_data(as_text=True)

    assert "盒里有什么" in page
    lots = session.scalars(select(Lot.code).where(Lot.sku_id.in_([world.goat.id, ribs.id])))
    for lot in lots:
        assert f'href="/trace/{lot}"' in page
    assert "× 2" in page
    alone = app.test_client().get(f"/products/{world.goat.product_code}")
    assert "盒里有什么" not in alone.get_data(as_text=True)
