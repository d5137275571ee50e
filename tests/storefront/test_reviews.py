"""Reviews: only of what was paid for and received, once a line, hidden only with a reason."""

import json
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog import service as catalog
from catalog.listing.reviews import ReviewSum
from catalog.models import Lot, Review, ReviewEvent, ReviewPhoto
from catalog.values.reviews import ReviewState
from kernel import clock
from kernel.policy import PolicyParam
from orders.models import Order, OrderLine
from orders.values import Buyer
from parties.models import Organisation
from parties.values import OrganisationKind, Role
from reporting import own_data
from tests.builders.claims import a_picture
from tests.builders.cold_chain import a_device
from tests.builders.people import a_browser, a_person
from tests.builders.places import once
from tests.builders.sales import GOAT, GUEST, SHOOTS, a_paid_group, a_world
from workflows import order_delivered, order_shipped
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

OPEN_DAYS, CHANGE_DAYS = 180, 30


@dataclass(frozen=True, slots=True)
class Sold:
    """A line of goat that somebody bought, and how to get to its review."""

    product: str
    line_id: int
    part: str
    form: str
    key: str

    @property
    def with_key(self) -> str:
        return f"{self.form}?key={self.key}"


def sell(session: Session, *, buyer: Buyer = GUEST, delivered: bool = True) -> Sold:
    world = a_world(session)
    for code, days in (
        ("review_open_days", OPEN_DAYS),
        ("review_change_days", CHANGE_DAYS),
    ):
        row = {"code": code, "value": days, "unit": "days", "valid_from": date(2020, 1, 1)}
        once(session, PolicyParam, row | {"basis": "test", "note": ""}, key="code")
    at = clock.now() - timedelta(hours=4)
    session.execute(update(Lot).values(best_before=None))
    group = a_paid_group(session, {world.goat.code: 1}, buyer=buyer, at=at)
    part = f"{group.number}-1"
    if delivered:
        logger = a_device(session, f"LOG-{part}")
        order_shipped.pack(session, part, actor="person:1", at=at)
        order_shipped.ship(session, part, HandOver(actor="person:1", device_code=logger), at=at)
        receipt = Receipt("person:1", "guest")
        order_delivered.deliver(session, part, receipt, at=at + timedelta(hours=1))
    line_id = session.scalar(select(OrderLine.id).where(OrderLine.order_number == part))
    session.commit()
    assert line_id is not None
    form = f"/orders/{group.number}/lines/{line_id}/review"
    return Sold(world.goat.product_code, line_id, part, form, group.access_key)


@pytest.fixture
def sold(session: Session) -> Sold:
    return sell(session)


def buying(person_id: int) -> Buyer:
    return replace(GUEST, person_id=person_id, guest_key=None)


def staff(session: Session) -> None:
    platform = {"code": "PLATFORM", "name": "山集", "kind": OrganisationKind.PLATFORM}
    once(session, Organisation, platform, key="code")
    a_person(session, "goat", (Role.MANAGER, GOAT))
    a_person(session, "shoots", (Role.MANAGER, SHOOTS))
    a_person(session, "operator", (Role.OPERATOR, "PLATFORM"))
    session.commit()


def say(client: FlaskClient, sold: Sold, rating: int = 5, words: str = "很鲜嫩") -> int:
    data = {"rating": str(rating), "words": words}
    return client.post(sold.with_key, data=data).status_code


def the_review(session: Session) -> Review:
    session.expire_all()
    return session.scalars(select(Review)).one()


def test_a_buyer_says_what_they_think_and_everybody_reads_it(
    client: FlaskClient, session: Session, sold: Sold
) -> None:
    assert say(client, sold, 4, "很鲜嫩，孩子爱吃") == 302

    page = client.get(f"/products/{sold.product}").text
    assert "很鲜嫩，孩子爱吃" in page
    assert "1 条评价" in page
    assert "4.0" in page
    assert "很鲜嫩" in client.get(f"/products/{sold.product}/reviews").text
    assert the_review(session).shown_as == ""


def test_the_name_is_kept_masked_only(app: Flask, session: Session) -> None:
    person_id = a_person(session, "zhangxiaoming")
    sold = sell(session, buyer=buying(person_id))
    browser = a_browser(app, "zhangxiaoming")

    assert browser.post(sold.form, data={"rating": "5", "words": "好"}).status_code == 302

    assert the_review(session).shown_as == "Z**"
    assert "Zhangxiaoming" not in app.test_client().get(f"/products/{sold.product}").text


@pytest.mark.parametrize("field", ["delivered", "paid"])
def test_what_was_not_received_is_not_reviewed(
    client: FlaskClient, session: Session, field: str
) -> None:
    sold = sell(session, delivered=field == "paid")
    if field == "paid":
        session.execute(update(Order).values(delivered_at=None))
        session.commit()

    assert say(client, sold) == 409

    assert session.scalar(select(func.count()).select_from(Review)) == 0
    assert "签收以后才能评价" in client.get(sold.with_key).text


def test_strangers_and_staff_do_not_speak_for_a_buyer(
    app: Flask, session: Session, sold: Sold
) -> None:
    staff(session)
    a_person(session, "stranger")
    session.commit()
    for login in ("stranger", "operator", "goat"):
        browser = a_browser(app, login)
        answer = browser.post(sold.form, data={"rating": "1", "words": "假"})
        assert answer.status_code == 404, login
        assert browser.post(f"{sold.form}/withdraw").status_code == 404, login
    assert app.test_client().post(sold.form, data={"rating": "1"}).status_code == 404


def test_a_line_has_one_review_and_the_second_word_changes_it(
    client: FlaskClient, session: Session, sold: Sold
) -> None:
    say(client, sold, 5, "好")
    say(client, sold, 2, "其实一般")

    review = the_review(session)
    assert (review.rating, review.words) == (2, "其实一般")
    assert review.changed_at is not None


def test_the_database_keeps_a_line_to_one_review(session: Session, sold: Sold) -> None:
    row = {
        "order_line_id": sold.line_id,
        "product_code": sold.product,
        "shown_as": "",
        "rating": 5,
        "words": "",
        "state": ReviewState.VISIBLE,
        "written_at": clock.now(),
    }
    session.add(Review(**row))
    session.flush()

    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(insert(Review).values(**row))


def test_time_ends_writing_and_changing_but_not_taking_back(
    client: FlaskClient, session: Session, sold: Sold
) -> None:
    say(client, sold)
    session.execute(
        update(Review).values(written_at=clock.now() - timedelta(days=CHANGE_DAYS + 1))
    )
    session.commit()

    assert say(client, sold, 1) == 409
    assert client.post(f"{sold.form}/withdraw?key={sold.key}").status_code == 302
    assert the_review(session).state is ReviewState.WITHDRAWN

    session.execute(
        update(Order).values(delivered_at=clock.now() - timedelta(days=OPEN_DAYS + 1))
    )
    session.commit()
    assert say(client, sold) == 409


@pytest.mark.parametrize(
    "words",
    [
        "打我电话 13812345678",
        "身份证 11010519491231002X",
        "mail a.b@example.com",
        "好" * 1001,
        "\x07",
    ],
)
def test_words_that_tell_who_somebody_is_are_refused(
    client: FlaskClient, session: Session, sold: Sold, words: str
) -> None:
    assert say(client, sold, 5, words) == 422
    assert session.scalar(select(func.count()).select_from(Review)) == 0


@pytest.mark.parametrize("rating", ["", "0", "6", "5.5", "五", "-1", "99999999999999999999"])
def test_other_than_one_to_five_stars_are_refused(
    client: FlaskClient, sold: Sold, rating: str
) -> None:
    assert client.post(sold.with_key, data={"rating": rating}).status_code == 422


def test_pictures_are_written_anew_in_two_sizes(
    client: FlaskClient, session: Session, sold: Sold
) -> None:
    data = {"rating": "5", "photos": [(BytesIO(a_picture(size=(2000, 1000))), "a.jpg")]}

    assert client.post(sold.with_key, data=data).status_code == 302

    photo = session.scalars(select(ReviewPhoto)).one()
    assert (photo.width, photo.height) == (1200, 600)
    large = client.get(f"/reviews/photos/{photo.id}.webp")
    small = client.get(f"/reviews/photos/{photo.id}.webp?size=thumb")
    assert large.mimetype == small.mimetype == "image/webp"
    assert Image.open(BytesIO(small.data)).size == (320, 160)


def test_what_is_no_picture_changes_nothing(
    client: FlaskClient, session: Session, sold: Sold
) -> None:
    data = {"rating": "5", "photos": [(BytesIO(b"<script>"), "a.jpg")]}

    assert client.post(sold.with_key, data=data).status_code == 422
    assert session.scalar(select(func.count()).select_from(Review)) == 0


def test_the_operator_hides_with_a_reason_and_shows_again(
    app: Flask, client: FlaskClient, session: Session, sold: Sold
) -> None:
    staff(session)
    data = {"rating": "1", "words": "骂人的话", "photos": [(BytesIO(a_picture()), "a.jpg")]}
    client.post(sold.with_key, data=data)
    review, photo = the_review(session).id, session.scalars(select(ReviewPhoto.id)).one()
    desk = a_browser(app, "operator")

    assert desk.post(f"/console/reviews/{review}/hide", data={"reason": " "}).status_code == 422
    assert (
        desk.post(f"/console/reviews/{review}/hide", data={"reason": "辱骂"}).status_code == 302
    )

    page = client.get(f"/products/{sold.product}").text
    assert "骂人的话" not in page
    assert "1 条评价" not in page
    assert client.get(f"/reviews/photos/{photo}.webp").status_code == 404
    assert desk.get(f"/reviews/photos/{photo}.webp").status_code == 200
    assert "辱骂" in client.get(sold.with_key).text
    say(client, sold, 1, "改了也还是藏着")
    assert the_review(session).state is ReviewState.HIDDEN

    desk.post(f"/console/reviews/{review}/show", data={"reason": "已改"})
    assert "改了也还是藏着" in client.get(f"/products/{sold.product}").text


def test_only_the_operator_hides(app: Flask, client: FlaskClient, session: Session) -> None:
    sold = sell(session)
    staff(session)
    say(client, sold)
    review = the_review(session).id

    answer = a_browser(app, "goat").post(
        f"/console/reviews/{review}/hide", data={"reason": "不喜欢"}
    )

    assert answer.status_code == 403
    assert the_review(session).state is ReviewState.VISIBLE


def test_the_seller_answers_once_and_nobody_elses_goods(
    app: Flask, client: FlaskClient, session: Session, sold: Sold
) -> None:
    staff(session)
    say(client, sold)
    path = f"/supplier/reviews/{the_review(session).id}/answer"

    assert a_browser(app, "shoots").post(path, data={"words": "谢谢"}).status_code == 404
    goat = a_browser(app, "goat")
    assert goat.post(path, data={"words": "谢谢您"}).status_code == 302
    assert goat.post(path, data={"words": "再说一句"}).status_code == 409

    assert "谢谢您" in client.get(f"/products/{sold.product}").text
    assert "再说一句" not in client.get(f"/products/{sold.product}").text
    assert "谢谢您" in goat.get("/supplier/reviews").text
    assert "很鲜嫩" not in a_browser(app, "shoots").get("/supplier/reviews").text


def test_taking_back_destroys_words_pictures_and_name(
    client: FlaskClient, session: Session, sold: Sold
) -> None:
    data = {"rating": "5", "words": "好", "photos": [(BytesIO(a_picture()), "a.jpg")]}
    client.post(sold.with_key, data=data)

    client.post(f"{sold.form}/withdraw?key={sold.key}")

    review = the_review(session)
    assert (review.words, review.shown_as, review.person_id) == ("", "", None)
    assert session.scalar(select(func.count()).select_from(ReviewPhoto)) == 0
    steps = session.scalars(select(ReviewEvent.step).order_by(ReviewEvent.id)).all()
    assert [step.value for step in steps] == ["written", "withdrawn"]
    assert say(client, sold) == 409


def test_a_person_takes_their_reviews_along_and_is_forgotten_with_them(
    app: Flask, session: Session
) -> None:
    person_id = a_person(session, "wang")
    sold = sell(session, buyer=buying(person_id))
    browser = a_browser(app, "wang")
    browser.post(sold.form, data={"rating": "5", "words": "带走这句"})
    browser.post(f"/products/{sold.product}/favourite", data={"keep": "1"})

    told = own_data.of_person(session, person_id)
    assert [row["words"] for row in told["reviews"]] == ["带走这句"]
    assert [row["product_code"] for row in told["favourites"]] == [sold.product]

    catalog.forget_person(session, person_id, by="task:erasure", at=clock.now())
    session.commit()
    told = own_data.of_person(session, person_id)
    assert (list(told["reviews"]), list(told["favourites"])) == ([], [])
    assert "带走这句" not in app.test_client().get(f"/products/{sold.product}").text


def test_the_average_is_rounded_half_up_in_tenths() -> None:
    assert ReviewSum((0, 0, 0, 0, 0)).tenths is None
    assert ReviewSum((1, 0, 0, 0, 1)).tenths == 30
    assert ReviewSum((0, 0, 0, 1, 3)).tenths == 48
    assert ReviewSum((0, 0, 0, 3, 1)).tenths == 43


def test_a_page_tells_search_engines_what_everybody_reads(
    client: FlaskClient, sold: Sold
) -> None:
    page = client.get(f"/products/{sold.product}").text
    assert "aggregateRating" not in page

    say(client, sold, 4, "</script><script>alert(1)</script>")

    page = client.get(f"/products/{sold.product}").text
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    product, crumbs = json.loads(found[1])["@graph"]
    assert product["aggregateRating"]["ratingValue"] == "4.0"
    assert product["offers"][0]["priceCurrency"] == "CNY"
    assert re.fullmatch(r"\d+\.\d\d", product["offers"][0]["price"])
    assert [item["position"] for item in crumbs["itemListElement"]] == [1, 2, 3]
    assert "<script>alert" not in page
    assert 'property="og:image" content="http' in page
