"""Handing certificates in, and who sees them: seller, operator, everybody."""

from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image, ImageDraw
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.models import CertificatePaper, Document
from kernel import clock
from parties.values import Role
from tests.builders.catalog import a_lot, a_product, a_sku
from tests.builders.papers import a_type, paper_policies
from tests.builders.people import a_browser, a_person
from tests.builders.places import a_seller

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF"


def a_picture(quality: int = 90) -> bytes:
    """Return a drawn page as a JPEG."""
    page = Image.new("RGB", (500, 700), "white")
    pen = ImageDraw.Draw(page)
    for line in range(20):
        pen.rectangle((40, 30 * line, 60 + 20 * (line % 7) + 40, 30 * line + 12), fill="black")
    target = BytesIO()
    page.save(target, "JPEG", quality=quality)
    return target.getvalue()


@pytest.fixture
def world(app: Flask, session: Session) -> dict[str, FlaskClient]:
    """Two sellers, one with goods, and an operator."""
    paper_policies(session)
    a_type(session)
    a_type(session, "LAB")
    for seller in ("C90", "C91"):
        a_seller(session, seller)
        a_person(session, f"m{seller}".lower(), (Role.MANAGER, seller))
    a_seller(session, "PLATFORM")
    a_person(session, "operator", (Role.OPERATOR, "PLATFORM"))
    product = a_product(session, "P1", seller_code="C90")
    a_lot(session, a_sku(session, product), on_hand=3, code="LOT1")
    session.commit()
    return {name: a_browser(app, name) for name in ("mc90", "mc91", "operator")}


def hand_in(client: FlaskClient, scan: bytes = PDF, **changes: str) -> str:
    """Send the form; return where the answer leads, or its text."""
    today = clock.local_date(clock.now())
    form = {
        "type": "GREEN",
        "number": "LB-1",
        "issuer": "中心",
        "valid_from": str(today),
        "valid_to": str(today + timedelta(days=90)),
        "products": "P1",
    }
    data = form | changes | {"scan": (BytesIO(scan), "scan.bin")}
    answer = client.post(
        "/supplier/certificates", data=data, content_type="multipart/form-data"
    )
    return answer.headers.get("Location", "") or answer.text


def code_of(location: str) -> str:
    """Return the public code at the end of an address."""
    return location.rpartition("/")[2]


def test_a_paper_is_handed_in_reviewed_and_looked_up(
    world: dict[str, FlaskClient], client: FlaskClient
) -> None:
    code = code_of(hand_in(world["mc90"]))
    before = client.get(f"/certificates/{code}").text
    assert "这份证书还在审核" in before

    answer = world["operator"].post(f"/console/certificates/{code}/accepted")

    assert answer.status_code == 302
    page = client.get(f"/certificates/{code}")
    assert "这份证书现在有效" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert client.get(f"/certificates/{code}/qr.svg").mimetype == "image/svg+xml"
    assert f"/certificates/{code}" in client.get("/products/P1").text
    for login, face in (("mc90", "supplier"), ("operator", "console")):
        scan = world[login].get(f"/{face}/certificates/{code}/scan")
        assert scan.data == PDF
        assert scan.headers["Content-Disposition"].startswith("attachment")
        assert scan.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"/console/certificates/{code}/scan").status_code in {302, 401}


def test_another_seller_sees_nothing_of_it(world: dict[str, FlaskClient]) -> None:
    code = code_of(hand_in(world["mc90"]))

    for path in ("", "/scan"):
        assert world["mc91"].get(f"/supplier/certificates/{code}{path}").status_code == 404
    assert "没有找到该商品" in hand_in(world["mc91"], number="LB-2")
    assert "LB-1" not in world["mc91"].get("/supplier/certificates").text


def test_a_failed_test_stops_the_lot_and_lists_what_was_sold(
    world: dict[str, FlaskClient],
) -> None:
    location = hand_in(world["mc90"], type="LAB", products="", lots="LOT1", result="fail")

    page = world["mc90"].get(location).text
    assert "检测不合格" in page
    assert "这些批次还没有售出" in page
    released = world["mc90"].post("/supplier/lots/LOT1/release", follow_redirects=True)
    assert "检测不合格，不能恢复销售" in released.text


def test_the_same_picture_saved_again_is_flagged(world: dict[str, FlaskClient]) -> None:
    hand_in(world["mc90"], a_picture())
    code = code_of(hand_in(world["mc90"], a_picture(35), number="LB-2"))

    page = world["operator"].get(f"/console/certificates/{code}").text

    assert "相似图片" in page
    assert "LB-1" in page


def test_pictures_are_written_anew(world: dict[str, FlaskClient], session: Session) -> None:
    hand_in(world["mc90"], a_picture() + b"left behind")

    document = session.scalars(select(Document)).one()
    assert document.media_type == "image/jpeg"


@pytest.mark.parametrize(
    "scan",
    [
        b"",
        b"no picture at all",
        PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>"),
        PDF.replace(b"/Catalog", b"/Catalog/#4aS(1)"),
    ],
    ids=["empty", "noise", "script", "escaped script"],
)
def test_what_is_no_scan_is_refused(
    world: dict[str, FlaskClient], session: Session, scan: bytes
) -> None:
    answer = hand_in(world["mc90"], scan)

    assert "请先改正以下内容" in answer
    assert session.scalars(select(CertificatePaper)).all() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": ""},
        {"valid_to": "2001-01-01"},
        {"valid_from": "gestern"},
        {"products": ""},
        {"products": "P404"},
        {"type": "NONE"},
        {"type": "RECOGNITION"},
        {"type": "LAB"},
        {"sources": "abc"},
    ],
    ids=str,
)
def test_a_form_that_makes_no_sense_is_refused(
    world: dict[str, FlaskClient], session: Session, wrong: dict[str, str]
) -> None:
    answer = hand_in(world["mc90"], PDF, **wrong)

    assert "请先改正以下内容" in answer
    assert session.scalars(select(CertificatePaper)).all() == []


def test_an_unknown_code_is_not_found(
    world: dict[str, FlaskClient], client: FlaskClient
) -> None:
    assert world
    for path in ("", "/qr.svg"):
        assert client.get(f"/certificates/{'0' * 24}{path}").status_code == 404


def test_a_sheet_of_codes_leads_to_what_the_paper_is_worth(
    world: dict[str, FlaskClient],
) -> None:
    code = code_of(hand_in(world["mc90"]))

    sheet = world["mc90"].get(f"/supplier/certificates/{code}/label").text

    assert sheet.count(f"/certificates/{code}/qr.svg") == 6
    assert f"/certificates/{code}</p>" in sheet
    assert "这份证书现在不作数" in sheet
    assert world["mc91"].get(f"/supplier/certificates/{code}/label").status_code == 404
