"""Coupons in people's hands: there to be taken, kept by code, given by the operator."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from kernel import clock, vault
from kernel.errors import ConflictError
from orders import service as orders
from orders.errors import CouponNotFoundError
from orders.models import Coupon, CouponGrant
from parties.values import Role
from shop.settings import DEMO_VAULT_KEY
from tests.builders import offers
from tests.builders.catalog import NOON
from tests.builders.people import a_browser, a_person
from tests.builders.places import a_seller

TAKERS, THERE = 12, 5


def a_coupon(session: Session, code: str, **changes: object) -> str:
    return offers.a_coupon(session, code, at=clock.now(), **changes)


def holders(session: Session, code: str) -> int:
    count = select(func.count()).where(CouponGrant.coupon_code == code)
    return session.scalar(count) or 0


def test_guests_see_what_there_is_and_are_asked_to_sign_in(
    session: Session, client: FlaskClient
) -> None:
    a_coupon(session, "TAKE-ME", is_claimable=True)
    a_coupon(session, "SECRET")

    page = client.get("/coupons").get_data(as_text=True)

    assert "券TAKE-ME" in page
    assert "券SECRET" not in page
    assert "登录后领取" in page
    assert client.post("/coupons/TAKE-ME/take").status_code in {302, 401}
    assert holders(session, "TAKE-ME") == 0


def test_a_coupon_is_taken_once_and_stands_among_the_own(app: Flask, session: Session) -> None:
    a_person(session, "buyer")
    a_coupon(session, "TAKE-ME", is_claimable=True, claim_limit=1)
    client = a_browser(app, "buyer")

    answers = [client.post("/coupons/TAKE-ME/take").status_code for _ in range(2)]

    assert answers == [302, 302]
    claimed = session.scalar(select(Coupon.claimed).where(Coupon.code == "TAKE-ME"))
    assert (holders(session, "TAKE-ME"), claimed) == (1, 1)
    assert "券TAKE-ME" in client.get("/account/coupons").get_data(as_text=True)
    a_person(session, "other")
    assert a_browser(app, "other").post("/coupons/TAKE-ME/take").status_code == 409


@pytest.mark.parametrize(
    ("back", "place"),
    [
        ("/events/spring-tea", "/events/spring-tea"),
        ("//example.com", "/coupons"),
        ("https://example.com/events/x", "/coupons"),
        ("/events/../account", "/coupons"),
        ("/events/x\n", "/coupons"),
        ("", "/coupons"),
    ],
)
def test_a_coupon_of_an_event_leads_back_to_it_and_nowhere_else(
    app: Flask, session: Session, back: str, place: str
) -> None:
    a_person(session, "buyer")
    a_coupon(session, "TAKE-ME", is_claimable=True)
    client = a_browser(app, "buyer")

    answer = client.post("/coupons/TAKE-ME/take", data={"next": back})

    assert (answer.status_code, answer.location) == (302, place)


def test_a_code_is_kept_unless_it_is_only_given(app: Flask, session: Session) -> None:
    a_person(session, "buyer")
    a_coupon(session, "MOUNTAIN")
    a_coupon(session, "ONLY-GIVEN", is_given=True)
    a_coupon(session, "GONE", ends_at=clock.now() - timedelta(hours=1))
    client = a_browser(app, "buyer")

    answers = {
        code: client.post("/account/coupons", data={"code": f" {code.lower()} "}).status_code
        for code in ("MOUNTAIN", "ONLY-GIVEN", "GONE", "NOPE")
    }

    assert answers == {"MOUNTAIN": 302, "ONLY-GIVEN": 404, "GONE": 409, "NOPE": 404}
    page = client.get("/account/coupons").get_data(as_text=True)
    assert ("券MOUNTAIN" in page, "券ONLY-GIVEN" in page) == (True, False)


def test_ended_coupons_are_told_apart(app: Flask, session: Session) -> None:
    person = a_person(session, "buyer")
    now = clock.now()
    a_coupon(session, "OPEN")
    a_coupon(session, "LATER", starts_at=now + timedelta(days=1))
    a_coupon(session, "STOPPED")
    for code in ("OPEN", "LATER", "STOPPED"):
        orders.give_coupon(session, code, [person], at=now)
    orders.stop_coupon(session, "STOPPED", seller_code=None, at=now)

    page = a_browser(app, "buyer").get("/account/coupons").get_data(as_text=True)

    order = [page.index(code) for code in ("券OPEN", "还没有开始", "券LATER", "券STOPPED")]
    assert order == sorted(order)


def test_the_operator_gives_a_coupon_to_people_and_organisations(
    app: Flask, session: Session
) -> None:
    a_person(session, "operator", (Role.OPERATOR, a_seller(session, "OP")))
    a_person(session, "one")
    a_person(session, "two", (Role.BUYER, a_seller(session, "E01")))
    a_coupon(session, "THANKS", is_given=True)
    client = a_browser(app, "operator")
    give = "/console/offers/coupons/THANKS/give"

    assert client.get("/console/offers/coupons/THANKS").status_code == 200
    assert client.post(give, data={"logins": "one\nnobody"}).status_code == 422
    assert holders(session, "THANKS") == 0
    assert client.post(give, data={}).status_code == 422
    for _ in range(2):
        data = {"logins": "One", "organisation": "E01"}
        assert client.post(give, data=data).status_code == 302
    assert holders(session, "THANKS") == 2
    assert client.get("/console/offers/coupons/NOPE").status_code == 404


def test_only_the_operator_gives(app: Flask, session: Session) -> None:
    a_person(session, "buyer")
    a_coupon(session, "THANKS", is_given=True)

    answer = a_browser(app, "buyer").post(
        "/console/offers/coupons/THANKS/give", data={"logins": "buyer"}
    )

    assert answer.status_code in {302, 403, 404}
    assert holders(session, "THANKS") == 0


def test_no_more_are_taken_than_there_are(fresh_database_url: str) -> None:
    vault.use_key(DEMO_VAULT_KEY)
    engine = create_engine(fresh_database_url, pool_size=TAKERS)
    with Session(engine) as session:
        people = [a_person(session, f"buyer-{number}") for number in range(TAKERS)]
        terms = {"is_claimable": True, "claim_limit": THERE, "starts_at": NOON - timedelta(1)}
        a_coupon(session, "SCARCE", **terms)
        session.commit()

    def take(person: int) -> str:
        with Session(engine) as session:
            try:
                orders.take_coupon(session, "SCARCE", person, at=NOON)
                session.commit()
            except ConflictError as refusal:
                return refusal.code
            return "taken"

    with ThreadPoolExecutor(TAKERS) as pool:
        answers = list(pool.map(take, people))
    with Session(engine) as session:
        count = holders(session, "SCARCE")
        claimed = session.scalar(select(Coupon.claimed))
    engine.dispose()

    assert sorted(answers) == ["coupon_gone"] * (TAKERS - THERE) + ["taken"] * THERE
    assert (count, claimed) == (THERE, THERE)


def test_what_is_not_there_to_be_taken_is_not_found(session: Session) -> None:
    person = a_person(session, "buyer")
    a_coupon(session, "SECRET")

    with pytest.raises(CouponNotFoundError):
        orders.take_coupon(session, "SECRET", person, at=clock.now())
