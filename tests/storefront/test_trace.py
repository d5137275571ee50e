"""The public trace of a lot and the QR code on its boxes."""

from datetime import timedelta
from xml.etree import ElementTree as ET

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from catalog import service
from kernel import clock
from tests.builders.api import a_shop_of_today
from tests.builders.catalog import a_lot, a_product, a_sku
from tests.builders.places import VILLAGE, a_place


def test_a_trace_tells_where_a_lot_comes_from(client: FlaskClient, session: Session) -> None:
    a_place(session, VILLAGE, name="大田村", short_name="大田村")
    world = a_shop_of_today(session, households_each=12)
    lot = world.lots[world.goat.code]

    page = client.get(f"/trace/{lot}").text

    assert lot in page
    assert "大田村" in page
    assert "10 件" in page
    assert "约 10 户" in page
    assert "HX" not in page
    assert f'src="/trace/{lot}/qr.svg"' in page
    assert f'href="/products/{world.goat.product_code}"' in page


def test_a_trace_hides_too_few_households(client: FlaskClient, session: Session) -> None:
    world = a_shop_of_today(session, households_each=9)

    page = client.get(f"/trace/{world.lots[world.goat.code]}").text

    assert "不公开" in page
    assert "9 户" not in page


def test_a_trace_hides_households_of_whom_one_gave_nearly_everything(
    client: FlaskClient, session: Session
) -> None:
    sku = a_sku(session, a_product(session))
    others = {f"HX{number:04}": 1 for number in range(1, 20)}
    lot = a_lot(session, sku, at=clock.now(), households={"HX0000": 4_981, **others})
    session.commit()

    assert "不公开" in client.get(f"/trace/{lot}").text
    assert client.get(f"/api/v1/lots/{lot}").get_json()["households"] is None
    assert "约 20 户" not in client.get(f"/products/{sku.product_code}").text


def test_a_lot_on_hold_says_so(client: FlaskClient, session: Session) -> None:
    world = a_shop_of_today(session)
    lot = world.lots[world.goat.code]
    service.quarantine(session, lot, at=clock.now())
    session.commit()

    assert "这一批已暂停销售" in client.get(f"/trace/{lot}").text


def test_a_lot_past_its_last_day_says_so(client: FlaskClient, session: Session) -> None:
    today = clock.local_date(clock.now())
    product = a_product(session, needs_batch_certificate=True)
    lot = a_lot(
        session,
        a_sku(session, product),
        best_before=today - timedelta(days=1),
        batch_certificate_number="证-7",
    )
    session.commit()

    page = client.get(f"/trace/{lot}").text

    assert "这一批已过保质期" in page
    assert "证-7" in page


def test_an_unknown_lot_is_not_found(client: FlaskClient) -> None:
    assert client.get("/trace/NONE").status_code == 404
    assert client.get("/trace/NONE/qr.svg").status_code == 404


def test_the_qr_code_is_a_drawing_that_may_be_kept(
    client: FlaskClient, session: Session
) -> None:
    world = a_shop_of_today(session)

    answer = client.get(f"/trace/{world.lots[world.goat.code]}/qr.svg")

    assert answer.mimetype == "image/svg+xml"
    assert answer.cache_control.max_age == 86_400
    assert ET.fromstring(answer.text).tag.endswith("svg")  # noqa: S314 -- drawn by ourselves


def test_a_typed_code_leads_to_its_trace(client: FlaskClient) -> None:
    answer = client.get("/trace?lot=+L1+")

    assert answer.status_code == 302
    assert answer.location == "/trace/L1"


def test_the_trace_is_explained(client: FlaskClient) -> None:
    page = client.get("/trace").text

    assert "一次采收，一个批次" in page
    assert 'name="lot"' in page
