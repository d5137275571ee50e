"""Claims on pages: a buyer asks with a photo, the seller decides, the platform overrules."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from catalog.models import Lot
from kernel import clock
from kernel.errors import InvalidError
from orders import queries as order_queries
from orders.models import Claim, ClaimPhoto
from orders.values import ClaimState
from parties.models import Organisation
from parties.values import OrganisationKind, Role
from payments.values import Bearer
from shop import photos
from tests.builders.claims import a_picture, some_terms
from tests.builders.cold_chain import a_device
from tests.builders.people import a_browser, a_person
from tests.builders.places import once
from tests.builders.sales import GOAT, SHOOTS, a_paid_group, a_world
from workflows import order_delivered, order_shipped
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

TOKEN = "0123456789abcdef" * 2


@pytest.fixture
def order(session: Session) -> dict[str, str]:
    """Return the address of a delivered order of two packs of goat meat, and its key."""
    world = a_world(session)
    some_terms(session)
    at = clock.now() - timedelta(hours=4)
    session.execute(update(Lot).values(best_before=clock.local_date(at) + timedelta(days=9)))
    group = a_paid_group(session, {world.goat.code: 2}, at=at)
    number = f"{group.number}-1"
    logger = a_device(session)
    order_shipped.pack(session, number, actor="person:1", at=at)
    order_shipped.ship(session, number, HandOver(actor="person:1", device_code=logger), at=at)
    receipt = Receipt("person:1", "guest")
    order_delivered.deliver(session, number, receipt, at=at + timedelta(hours=1))
    platform = {"code": "PLATFORM", "name": "山集", "kind": OrganisationKind.PLATFORM}
    once(session, Organisation, platform, key="code")
    a_person(session, "goat", (Role.MANAGER, GOAT))
    a_person(session, "shoots", (Role.MANAGER, SHOOTS))
    a_person(session, "operator", (Role.OPERATOR, "PLATFORM"))
    a_person(session, "stranger")
    (line,) = order_queries.list_line_heads(session, order_number=number)
    session.commit()
    return {
        "home": f"/orders/{group.number}",
        "form": f"/orders/{group.number}/parts/{number}/claims/spoiled",
        "key": group.access_key,
        "line": f"packs-{line.line_id}",
    }


@pytest.fixture
def buyer(app: Flask, order: dict[str, str]) -> FlaskClient:
    client = app.test_client()
    assert client.get(f"{order['home']}?key={order['key']}").status_code == 200
    return client


def send(buyer: FlaskClient, order: dict[str, str], *photos: bytes, packs: str = "1") -> int:
    form = {
        "token": TOKEN,
        order["line"]: packs,
        "percent": "50",
        "words": "到货发臭",
        "photos": [(BytesIO(photo), f"{n}.jpg") for n, photo in enumerate(photos)],
    }
    return buyer.post(order["form"], data=form, content_type="multipart/form-data").status_code


def the_claim(session: Session) -> Claim:
    session.expire_all()
    return session.scalars(select(Claim)).one()


def test_a_claim_goes_from_photo_to_the_platforms_word(
    app: Flask, session: Session, buyer: FlaskClient, order: dict[str, str]
) -> None:
    assert order["form"] in buyer.get(order["home"]).text
    assert 'type="file"' in buyer.get(order["form"]).text

    assert [send(buyer, order, a_picture()) for _ in range(2)] == [302, 302]
    claim = the_claim(session)
    page = f"{order['home']}/claims/{claim.id}"
    photo = re.search(rf"{page}/photos/\d+", buyer.get(page).text)
    assert photo is not None
    assert buyer.get(photo[0]).mimetype == "image/jpeg"

    goat, desk = a_browser(app, "goat"), a_browser(app, "operator")
    at_seller, at_desk = f"/supplier/claims/{claim.id}", f"/console/claims/{claim.id}"
    assert at_seller in goat.get("/supplier/claims").text
    assert "到货发臭" in goat.get(at_seller).text
    assert 400 <= goat.post(f"{at_seller}/reject", data={"reason": ""}).status_code < 500
    assert goat.post(f"{at_seller}/reject", data={"reason": "完好"}).status_code == 302
    assert buyer.post(f"{page}/dispute", data={"reason": "看照片"}).status_code == 302
    assert at_desk in desk.get("/console/claims").text
    word = {"bearer": "platform", "percent": "80", "reason": "照片清楚"}
    assert desk.post(f"{at_desk}/uphold", data=word).status_code == 302

    claim = the_claim(session)
    assert (claim.state, claim.bearer, claim.percent) == (
        ClaimState.SETTLED,
        Bearer.PLATFORM,
        80,
    )
    shown = buyer.get(page).text
    assert "照片清楚" in shown
    assert "完好" in shown


def test_nobody_else_sees_a_claim_or_its_photo(
    app: Flask, session: Session, buyer: FlaskClient, order: dict[str, str]
) -> None:
    assert send(buyer, order, a_picture()) == 302
    claim = the_claim(session)
    photo = session.scalars(select(ClaimPhoto.id)).one()

    for client, base in (
        (app.test_client(), f"{order['home']}/claims"),
        (a_browser(app, "stranger"), f"{order['home']}/claims"),
        (a_browser(app, "shoots"), "/supplier/claims"),
    ):
        for tail in ("", f"/photos/{photo}"):
            assert client.get(f"{base}/{claim.id}{tail}").status_code == 404
        for step in ("withdraw", "dispute", "approve", "reject"):
            answer = client.post(f"{base}/{claim.id}/{step}", data={"reason": "x"})
            assert answer.status_code in {404, 405}
    assert a_browser(app, "goat").get("/console/claims").status_code == 403
    assert the_claim(session).state is ClaimState.REQUESTED


def test_a_hostile_photo_is_refused_and_nothing_is_written(
    session: Session, buyer: FlaskClient, order: dict[str, str]
) -> None:
    bomb = BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    gif = a_picture("GIF")
    cut = a_picture()[:60]
    for given in (
        (),
        (b"",),
        (b"<svg onload=alert(1)>",),
        (b"\xff\xd8\xff\xe0" + bytes(4_000),),
        (bomb.getvalue(),),
        (gif,),
        (cut,),
        (a_picture(),) * 5,
    ):
        assert 400 <= send(buyer, order, *given) < 500, len(given)
    too_much = buyer.post(
        order["form"],
        data=bytes(17 * 1024 * 1024),
        content_type="multipart/form-data; boundary=x",
    )
    assert too_much.status_code == 413
    for packs in ("3", "-1", "x", "9" * 30, "0"):
        assert 400 <= send(buyer, order, a_picture(), packs=packs) < 500
    assert session.scalars(select(Claim.id)).all() == []


def test_a_photo_keeps_nothing_of_where_it_was_taken(
    session: Session, buyer: FlaskClient, order: dict[str, str]
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Phone"
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    raw = BytesIO()
    Image.new("RGB", (2_400, 1_200), (9, 90, 9)).save(raw, "JPEG", exif=exif)

    assert send(buyer, order, raw.getvalue()) == 302

    kept = Image.open(BytesIO(session.scalars(select(ClaimPhoto.jpeg)).one()))
    assert dict(kept.getexif()) == {}
    assert kept.size == (800, 1_600)


def test_a_photo_that_is_too_large_is_not_unpacked() -> None:
    with pytest.raises(InvalidError) as refused:
        photos.clean(BytesIO(bytes(9 * 1024 * 1024)))
    assert refused.value.code == "photo_too_large"


def test_goods_go_back_step_by_step_on_pages(
    app: Flask, session: Session, buyer: FlaskClient, order: dict[str, str]
) -> None:
    tea = '{"category_code": "tea", "storage_code": "AMBIENT"}'
    session.execute(
        text("UPDATE order_lines SET snapshot = snapshot || CAST(:tea AS jsonb)"), {"tea": tea}
    )
    session.commit()
    form = order["form"].replace("spoiled", "return")
    assert 'name="cause"' in buyer.get(form).text
    asked = {"token": TOKEN, order["line"]: "1", "cause": "no_reason"}
    assert buyer.post(form, data=asked).status_code == 302
    claim = the_claim(session)
    page, at_seller = f"{order['home']}/claims/{claim.id}", f"/supplier/claims/{claim.id}"
    goat = a_browser(app, "goat")

    assert goat.post(f"{at_seller}/approve").status_code == 302
    assert 'name="waybill"' in buyer.get(page).text
    parcel = {"carrier": "顺丰速运", "waybill": "SF1234567890"}
    assert buyer.post(f"{page}/send-back", data=parcel | {"waybill": "1"}).status_code == 422
    assert buyer.post(f"{page}/send-back", data=parcel).status_code == 302
    assert "SF1234567890" in goat.get(at_seller).text
    assert goat.post(f"{at_seller}/receive").status_code == 302
    assert 'name="condition"' in goat.get(at_seller).text
    word = {"percent": "60", "reason": "包装已拆"}
    assert goat.post(f"{at_seller}/offer", data=word).status_code == 302
    assert "包装已拆" in buyer.get(page).text
    assert buyer.post(f"{page}/accept").status_code == 302
    assert the_claim(session).state is ClaimState.SETTLED
    for client, where in ((buyer, page), (buyer, order["home"]), (goat, at_seller)):
        assert client.get(where).status_code == 200


def test_goods_are_exchanged_on_pages(
    app: Flask, session: Session, buyer: FlaskClient, order: dict[str, str]
) -> None:
    form = order["form"].replace("spoiled", "exchange")
    assert 'value="wrong_goods"' in buyer.get(form).text
    asked = {
        "token": TOKEN,
        order["line"]: "1",
        "cause": "wrong_goods",
        "photos": [(BytesIO(a_picture()), "1.jpg")],
    }
    sent = buyer.post(form, data=asked, content_type="multipart/form-data")
    assert sent.status_code == 302
    claim = the_claim(session)
    at_seller = f"/supplier/claims/{claim.id}"
    goat = a_browser(app, "goat")
    assert goat.post(f"{at_seller}/approve").status_code == 302

    claim = the_claim(session)
    assert claim.state is ClaimState.EXCHANGED
    shown = buyer.get(f"{order['home']}/claims/{claim.id}").text
    assert f"/orders/{claim.replacement_number}" in shown
    assert f"{claim.replacement_number}-1" in goat.get(at_seller).text
    for place in (f"/orders/{claim.replacement_number}?key={order['key']}", order["home"]):
        assert buyer.get(place).status_code == 200
    desk = a_browser(app, "operator")
    assert desk.get(f"/console/claims/{claim.id}").status_code == 200
