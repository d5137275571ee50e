"""Listings on pages: written on a phone, looked at by the operator, seen by buyers."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage, MultiDict

from catalog.listing import changes
from catalog.models import Product, ProductChange, ProductPhoto
from catalog.values import ChangeState
from parties.values import Role
from supplier_portal.listing_forms import clean_story
from tests.builders.listings import some_words
from tests.builders.people import a_browser, a_person
from tests.builders.places import VILLAGE, a_seller

Enter = Callable[[str], FlaskClient]


@pytest.fixture
def enter(app: Flask, session: Session) -> Enter:
    """Sign in as staff of two sellers, or as one of two operators."""
    some_words(session)
    a_seller(session, "S1")
    a_seller(session, "S2")
    a_seller(session, "SHOP")
    for login, role, of in [
        ("clerk", Role.CLERK, "S1"),
        ("packer", Role.PACKER, "S1"),
        ("other", Role.CLERK, "S2"),
        ("operator", Role.OPERATOR, "SHOP"),
    ]:
        a_person(session, login, (role, of))
    return lambda login: a_browser(app, login)


def a_photo(name: str = "IMG.jpg") -> FileStorage:
    target = BytesIO()
    Image.new("RGB", (900, 700), "darkgreen").save(target, "JPEG")
    return FileStorage(BytesIO(target.getvalue()), name)


def a_form(**changes: object) -> MultiDict[str, object]:
    fields: dict[str, object] = {
        "name": "白马山红茶",
        "category": "tea/black",
        "description": "白马山高海拔茶园手采，汤色红亮。",
        "story": "第一段\n\n第二段<不是标签",
        "place": VILLAGE,
        "storage": "COOL",
        "shelf_life": "720",
        "months": ["3", "4", "13"],
        "is_grade": "top",
        "sku_spec_0": "100g/罐",
        "sku_price_0": "98.00",
        "sku_weight_0": "0.1",
        "new_photos": a_photo(),
    }
    return MultiDict({**fields, **changes})


def begin(client: FlaskClient, **fields: str) -> str:
    """Open a draft; return the address it is kept at."""
    answer = client.post("/supplier/listings", data=fields)
    assert answer.status_code == 302
    return str(answer.location).removesuffix("/edit")


def the_change(session: Session) -> ProductChange:
    session.expire_all()
    return session.scalars(select(ProductChange)).one()


def test_a_product_goes_from_the_phone_to_the_shop(session: Session, enter: Enter) -> None:
    clerk, operator = enter("clerk"), enter("operator")
    address = begin(clerk)
    sent = clerk.post(address, data=a_form(send="yes"))
    assert sent.status_code == 302, sent.text
    assert "审核中" in clerk.get(address).text
    stem = session.scalars(select(ProductPhoto.stem)).one()
    guest = clerk.application.test_client()
    assert guest.get(f"/photos/{stem}-320.webp").status_code == 404
    assert enter("other").get(f"/photos/{stem}-320.webp").status_code == 404
    shown = operator.get(f"/photos/{stem}-320.webp")
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")

    number = the_change(session).id
    assert "白马山红茶" in operator.get("/console/listings").text
    assert operator.get(f"/console/listings/{number}").status_code == 200
    decided = operator.post(f"/console/listings/{number}", data={"decision": "approved"})
    assert decided.status_code == 302
    product = session.scalars(select(Product)).one()
    page = guest.get(f"/products/{product.code}")
    assert page.status_code == 200
    assert "<p>第一段</p><p>第二段&lt;不是标签</p>" in page.text
    photo = guest.get(f"/photos/{stem}-960.webp")
    assert "immutable" in photo.headers["Cache-Control"]
    with Image.open(BytesIO(photo.data)) as image:
        assert (image.format, image.size) == ("WEBP", (960, 960))


def test_a_draft_keeps_everything_and_says_what_is_missing(
    session: Session, enter: Enter
) -> None:
    clerk = enter("clerk")
    address = begin(clerk)
    refused = clerk.post(address, data=a_form(send="yes", description="短", sku_price_0="x"))
    assert refused.status_code == 422
    assert "一句话介绍为 10 到 400 个字。" in refused.text
    assert "请填写大于零的价格（元）。" in refused.text
    change = changes.get_change(session, the_change(session).id)
    plan = change.head.plan
    assert change.head.state is ChangeState.DRAFT
    assert (plan.name, plan.description, plan.season_months) == ("白马山红茶", "短", (3, 4))
    assert (plan.category_code, plan.kind_code, plan.village_code) == ("tea", "black", VILLAGE)
    assert len(plan.photos) == 1


def test_photos_are_put_in_order_and_taken_away(session: Session, enter: Enter) -> None:
    clerk = enter("clerk")
    address = begin(clerk)
    clerk.post(address, data=a_form(new_photos=[a_photo("1.jpg"), a_photo("2.jpg"), a_photo()]))
    first, second, third = changes.get_change(session, the_change(session).id).head.plan.photos
    form = a_form(**{f"place_{first}": "2", f"place_{third}": "1", f"drop_{second}": "yes"})
    del form["new_photos"]
    clerk.post(address, data=form)
    session.expire_all()
    assert changes.get_change(session, the_change(session).id).head.plan.photos == (
        third,
        first,
    )


def test_what_is_no_photo_is_refused_and_nothing_is_lost(
    session: Session, enter: Enter
) -> None:
    clerk = enter("clerk")
    address = begin(clerk)
    clerk.post(address, data=a_form())
    answer = clerk.post(
        address, data=a_form(new_photos=FileStorage(BytesIO(b"<svg/>"), "x.jpg"))
    )
    assert answer.status_code == 422
    assert changes.get_change(session, the_change(session).id).head.plan.name == "白马山红茶"


def test_others_neither_see_nor_write_it(session: Session, enter: Enter) -> None:
    address = begin(enter("clerk"))
    other, packer = enter("other"), enter("packer")
    assert other.get(address).status_code == 404
    assert other.get(f"{address}/edit").status_code == 404
    assert other.post(address, data=a_form()).status_code == 404
    assert other.post(f"{address}/withdraw").status_code == 404
    assert packer.get(address).status_code == 200
    assert packer.post(address, data=a_form()).status_code == 403
    assert the_change(session).state is ChangeState.DRAFT
    assert enter("clerk").get(f"/console/listings/{the_change(session).id}").status_code == 403


def test_what_is_returned_says_why(session: Session, enter: Enter) -> None:
    clerk, operator = enter("clerk"), enter("operator")
    address = begin(clerk)
    clerk.post(address, data=a_form(send="yes"))
    review = f"/console/listings/{the_change(session).id}"
    assert operator.post(review, data={"decision": "returned"}).status_code == 422
    assert operator.post(review, data={"decision": "bogus"}).status_code == 422
    operator.post(review, data={"decision": "returned", "note": "照片太暗"})
    assert "照片太暗" in clerk.get(address).text
    assert clerk.post(f"{address}/withdraw").status_code == 302
    assert the_change(session).state is ChangeState.WITHDRAWN


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("<p onclick=x>a<script>b</script></p>", "<p>a</p>"),
        ('<a href="https://x.example">c</a><img src=y>', "<p>c</p>"),
        ("a\nb\n\nc", "<p>a<br>b</p><p>c</p>"),
        ("<style>p{}</style><strong>d</strong>", "<strong>d</strong>"),
        ("  ", ""),
    ],
)
def test_a_story_is_of_few_tags(told: str, kept: str) -> None:
    assert clean_story(told) == kept
    assert clean_story(clean_story(told)) == kept
