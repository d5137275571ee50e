"""Photos as they are sent: as AVIF to who takes it, cut wide, in the next width there is."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from catalog import service
from catalog.models import ProductPhoto
from kernel.pictures import Copy
from tests.builders.catalog import NOON
from tests.builders.places import a_seller

COPIES = (
    Copy(160, b"small", b"sm"),
    Copy(960, b"large"),
    Copy(480, b"wide", b"wi", is_wide=True),
)


@pytest.fixture
def stem(session: Session) -> str:
    seller = a_seller(session, "C90")
    kept = service.keep_photo(session, seller, COPIES, at=NOON)
    session.execute(update(ProductPhoto).values(is_public=True))
    session.commit()
    return kept


@pytest.mark.parametrize(
    ("accept", "body", "kind"),
    [
        ("image/avif,image/webp,*/*;q=0.8", b"sm", "image/avif"),
        ("image/webp,*/*;q=0.8", b"small", "image/webp"),
        ("*/*", b"small", "image/webp"),
        ("image/avif;q=0,image/webp", b"small", "image/webp"),
        ("", b"small", "image/webp"),
    ],
)
def test_avif_is_sent_to_who_takes_it(
    client: FlaskClient, stem: str, accept: str, body: bytes, kind: str
) -> None:
    answer = client.get(f"/photos/{stem}-160.webp", headers={"Accept": accept})

    assert (answer.data, answer.mimetype) == (body, kind)
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("place", "body"),
    [
        ("-1440.webp", b"large"),
        ("-480.webp", b"small"),
        ("-10.webp", b"small"),
        ("/wide-1440.webp", b"wide"),
    ],
)
def test_a_width_that_is_not_there_is_the_next_one(
    client: FlaskClient, stem: str, place: str, body: bytes
) -> None:
    assert client.get(f"/photos/{stem}{place}").data == body


def test_a_photo_never_cut_wide_is_square(client: FlaskClient, session: Session) -> None:
    kept = service.keep_photo(session, a_seller(session, "C91"), COPIES[:2], at=NOON)
    session.execute(update(ProductPhoto).values(is_public=True))
    session.commit()

    assert client.get(f"/photos/{kept}/wide-960.webp").data == b"large"


@pytest.mark.parametrize("pixels", ["0", "99999999999999999999", "-1"])
def test_odd_widths_are_no_fault(client: FlaskClient, stem: str, pixels: str) -> None:
    assert client.get(f"/photos/{stem}-{pixels}.webp").status_code in {200, 404}
    assert client.get(f"/photos/{stem}/wide-{pixels}.webp").status_code in {200, 404}
    assert client.get(f"/photos/photo-unknown/wide-{pixels}.webp").status_code == 404
