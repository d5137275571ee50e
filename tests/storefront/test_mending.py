"""A refusal that belongs to a field comes back at it, with everything else as it was typed."""

import re
from io import BytesIO

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.models import Review
from orders.models import Claim
from tests.builders.claims import a_picture
from tests.builders.people import a_browser, a_person
from tests.storefront import test_claims, test_reviews
from tests.storefront.test_claims import TOKEN
from tests.storefront.test_reviews import Sold

order = test_claims.order
buyer = test_claims.buyer
sold = test_reviews.sold


def typed(order: dict[str, str]) -> dict[str, object]:
    form: dict[str, object] = {order["line"]: "1", "token": TOKEN, "percent": "50"}
    return form | {"words": "到货发臭"}


def no_photo() -> list[tuple[BytesIO, str]]:
    return [(BytesIO(b"GIF89a no picture"), "1.jpg")]


def a_photo() -> list[tuple[BytesIO, str]]:
    return [(BytesIO(a_picture()), "1.jpg")]


def message(page: str, name: str) -> str:
    """Return what stands at a field as wrong, and check that the summary leads there."""
    found = re.search(
        rf'<p class="field-error" id="{name}-error">(?:<svg.*?</svg>)?([^<]+)', page
    )
    assert found, f"nothing at {name}"
    assert f'href="#{name}"' in page
    assert f'id="{name}"' in page
    return found.group(1)


def test_a_review_without_stars_is_asked_for_them(
    client: FlaskClient, sold: Sold, session: Session
) -> None:
    answer = client.post(sold.with_key, data={"words": "汤很鲜，下次还买"})

    assert answer.status_code == 422
    assert message(answer.text, "rating") == "请选择一至五颗星。"
    assert "汤很鲜，下次还买</textarea>" in answer.text
    assert session.scalar(select(func.count()).select_from(Review)) == 0


def test_words_that_name_somebody_keep_their_stars(client: FlaskClient, sold: Sold) -> None:
    answer = client.post(sold.with_key, data={"rating": "4", "words": "打我电话 13812345678"})

    assert answer.status_code == 422
    assert "电话" in message(answer.text, "words")
    assert re.search(r'name="rating" value="4" required checked', answer.text)


def test_a_file_that_is_no_photo_is_named_at_the_photos(
    buyer: FlaskClient, order: dict[str, str], session: Session
) -> None:
    answer = buyer.post(order["form"], data=typed(order) | {"photos": no_photo()})

    assert answer.status_code == 422
    assert message(answer.text, "photos")
    assert 'name="percent" value="50" required checked' in answer.text
    assert session.scalar(select(func.count()).select_from(Claim)) == 0


def test_a_claim_without_packs_is_asked_for_them(
    buyer: FlaskClient, order: dict[str, str], session: Session
) -> None:
    form = typed(order) | {order["line"]: "0"}

    answer = buyer.post(order["form"], data=form)

    assert answer.status_code == 422
    assert message(answer.text, order["line"]) == "请至少选择一件商品。"
    assert "到货发臭</textarea>" in answer.text
    assert session.scalar(select(func.count()).select_from(Claim)) == 0


def test_more_packs_than_were_bought_are_told_at_the_field(
    buyer: FlaskClient, order: dict[str, str]
) -> None:
    answer = buyer.post(
        order["form"], data=typed(order) | {order["line"]: "99", "photos": a_photo()}
    )

    assert answer.status_code in {409, 422}
    assert message(answer.text, order["line"])


def test_a_refusal_of_no_field_is_a_page_of_its_own(
    buyer: FlaskClient, order: dict[str, str]
) -> None:
    form = typed(order) | {"packs-999999": "1", order["line"]: "0"}

    answer = buyer.post(order["form"], data=form | {"photos": a_photo()})

    assert answer.status_code == 422
    assert "field-error" not in answer.text


def test_a_wrong_password_and_an_empty_name_stand_at_their_fields(
    app: Flask, session: Session
) -> None:
    a_person(session, "reader")
    session.commit()
    browser = a_browser(app, "reader")

    wrong = browser.post("/account/rights/close", data={"password": "wrong"})
    empty = browser.post("/account/rights/name", data={"display_name": " "})

    assert wrong.status_code == 403
    assert 'id="password-error"' in wrong.text
    assert empty.status_code == 422
    assert 'id="display_name-error"' in empty.text


def test_an_invoice_over_no_order_asks_for_some(app: Flask, session: Session) -> None:
    a_person(session, "reader")
    session.commit()

    answer = a_browser(app, "reader").post("/account/invoices", data={})

    assert answer.status_code == 422
