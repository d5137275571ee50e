"""Events and blocks on the operator's desk: drafts, a look ahead, publishing, earlier ones."""

import io
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.models import EditorialStep, Piece, ProductPhoto, Revision
from catalog.service import drop_unused_photos
from kernel import clock
from kernel.clock import SHANGHAI
from tests.builders.editorial import an_event
from tests.builders.people import a_browser, a_person
from tests.console.conftest import Shop

EVENTS, BLOCKS = "/console/events", "/console/blocks"
NOW = clock.now()


def moment(days: float) -> str:
    return (NOW + timedelta(days=days)).astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")


def typed(shop: Shop, **changes: str) -> dict[str, str]:
    return {
        "code": "tea-season",
        "title": "采茶季",
        "title_en": "Tea season",
        "text": "<p>嫩芽</p>",
        "text_en": "<p>Buds</p>",
        "starts_at": moment(-1),
        "ends_at": moment(5),
        "picture_of": shop.world.goat.product_code,
        "section_0_products": f"{shop.world.goat.product_code}\n",
    } | changes


def words(**changes: str) -> dict[str, str]:
    return {
        "kind": "text",
        "title": "一段话",
        "title_en": "Words",
        "text": "第一段\n\n第二段",
        "text_en": "First",
    } | changes


def block_code(session: Session) -> str:
    return session.scalars(select(Piece.code)).one()


def test_an_event_is_drafted_looked_at_published_and_taken_back(
    operator: FlaskClient, client: FlaskClient, session: Session, shop: Shop
) -> None:
    assert operator.post(EVENTS, data=typed(shop)).status_code == 302
    assert client.get("/events/tea-season").status_code == 404
    page = operator.get(f"{EVENTS}/tea-season").text
    assert "还不能发布" not in page
    ahead = operator.get(f"{EVENTS}/tea-season/preview?at={moment(2)}")
    assert ahead.status_code == 200
    assert "只有您看得到" in ahead.text
    assert "采茶季" in ahead.text
    assert ahead.cache_control.no_store
    assert "ld+json" not in ahead.text

    answer = operator.post(f"{EVENTS}/tea-season/publish", data={"revision": "1"})

    assert answer.status_code == 302
    assert "采茶季" in client.get("/events/tea-season").text
    assert "进行中" in operator.get(EVENTS).text
    assert operator.post(f"{EVENTS}/tea-season/withdraw").status_code == 302
    assert client.get("/events/tea-season").status_code == 404
    assert session.scalar(select(func.count()).select_from(EditorialStep)) == 2


def test_a_preview_shows_the_first_page_at_the_moment_that_was_chosen(
    operator: FlaskClient, client: FlaskClient, session: Session
) -> None:
    given = words(starts_at=moment(1), ends_at=moment(3))
    assert operator.post(BLOCKS, data=given).status_code == 302
    here = f"{BLOCKS}/{block_code(session)}"

    seen = {
        days: "<p>第一段</p>" in operator.get(f"{here}/preview?at={moment(days)}").text
        for days in (0, 2, 4)
    }

    assert seen == {0: False, 2: True, 4: False}
    assert "第一段" not in client.get("/").text


def test_every_revision_stays_and_an_earlier_one_is_shown_again(
    operator: FlaskClient, client: FlaskClient, session: Session
) -> None:
    operator.post(BLOCKS, data=words())
    here = f"{BLOCKS}/{block_code(session)}"
    operator.post(here, data=words(title="第二次写的", based_on="1", revision="1"))
    for number, title in (("2", "第二次写的"), ("1", "一段话")):
        assert operator.post(f"{here}/publish", data={"revision": number}).status_code == 302
        assert f">{title}</h2>" in client.get("/").text

    page = operator.get(here).text

    assert "正在编辑第 2 版" in page
    assert "已发布第 1 版" in page
    assert 'value="一段话"' in operator.get(f"{here}?revision=1").text
    assert session.scalar(select(func.count()).select_from(Revision)) == 2


def test_two_who_write_at_once_do_not_lose_what_the_first_wrote(
    operator: FlaskClient, session: Session
) -> None:
    operator.post(BLOCKS, data=words())
    here = f"{BLOCKS}/{block_code(session)}"

    answers = [
        operator.post(here, data=words(title=title, based_on="1", revision="1")).status_code
        for title in ("先写的", "后写的")
    ]

    assert answers == [302, 409]
    assert session.scalar(select(func.max(Revision.number))) == 2


def test_what_is_written_is_cleaned_wherever_it_is_shown(
    operator: FlaskClient, client: FlaskClient, session: Session
) -> None:
    hostile = (
        "<p onclick=x>好<script>alert(1)</script><img src=//evil.example/x>"
        "<a href=//evil.example>去</a><style>p{}</style></p>"
    )
    operator.post(BLOCKS, data=words(text=hostile, title="<script>标题</script>"))
    code = block_code(session)
    kept = session.scalars(select(Revision.plan)).one()
    operator.post(f"{BLOCKS}/{code}/publish", data={"revision": "1"})

    page = client.get("/").text

    assert kept["text"] == "<p>好去</p>"
    assert "evil.example" not in page
    assert "<script>标题" not in page
    assert "&lt;script&gt;标题" in page


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"code": "Tea Season"}, 422),
        ({"code": "../admin"}, 422),
        ({"code": "茶季"}, 422),
        ({"starts_at": "2026-13-45T99:99"}, 422),
        ({"starts_at": "soon"}, 422),
        ({"ends_at": moment(-2)}, 422),
        ({"title": "长" * 61}, 422),
        ({"position": "-1"}, 422),
        ({"position": "٣"}, 422),
        ({"picture_of": "NOPE"}, 404),
        ({"section_0_products": " ".join(f"X{n}" for n in range(30))}, 422),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    operator: FlaskClient, session: Session, shop: Shop, changes: dict[str, str], status: int
) -> None:
    assert operator.post(EVENTS, data=typed(shop, **changes)).status_code == status
    assert session.scalar(select(func.count()).select_from(Piece)) == 0


def test_an_address_is_given_once_and_faults_are_told_before_publishing(
    operator: FlaskClient, session: Session, shop: Shop
) -> None:
    wrong = typed(shop, section_0_products="NOPE", campaigns="NONE", title_en="")
    assert operator.post(EVENTS, data=wrong).status_code == 302
    assert operator.post(EVENTS, data=typed(shop)).status_code == 409

    page = operator.get(f"{EVENTS}/tea-season").text

    assert "还不能发布" in page
    assert "<code>NOPE</code>" in page
    assert "<code>NONE</code>" in page
    answer = operator.post(f"{EVENTS}/tea-season/publish", data={"revision": "1"})
    assert answer.status_code == 422
    assert session.scalar(select(EditorialStep.id)) is None


def test_links_stay_inside_the_shop(operator: FlaskClient, session: Session) -> None:
    for link in ("//evil.example", "https://evil.example", "javascript:alert(1)", "/\\evil"):
        given = {
            "kind": "tiles",
            "title": "去",
            "tile_0_label": "去",
            "tile_0_label_en": "Go",
            "tile_0_link": link,
        }
        assert operator.post(BLOCKS, data=given).status_code == 422
    assert session.scalar(select(Piece.code)) is None


def test_what_there_is_not_is_not_found(operator: FlaskClient, session: Session) -> None:
    an_event(session, "tea-season", at=NOW)
    session.commit()

    found = {
        path: operator.get(path).status_code
        for path in (
            f"{EVENTS}/none",
            f"{BLOCKS}/tea-season",
            f"{EVENTS}/tea-season?revision=9",
            f"{EVENTS}/tea-season/preview?revision=99",
            f"{BLOCKS}/new?kind=event",
            f"{BLOCKS}/new?kind=nope",
            "/console/pieces",
        )
    }

    assert set(found.values()) == {404}, found
    for text in ("x", "٣", "-1", "9" * 12):
        answer = operator.get(f"{EVENTS}/tea-season/preview?revision={text}")
        assert answer.status_code == 422
    assert operator.get(f"{EVENTS}/tea-season/preview?at=never").status_code == 422
    assert operator.post(f"{EVENTS}/none/publish", data={"revision": "1"}).status_code == 404
    assert operator.post(f"{EVENTS}/none/withdraw").status_code == 404


def test_only_the_operator_enters(
    app: Flask, session: Session, shop: Shop, operator: FlaskClient
) -> None:
    del operator
    an_event(session, "tea-season", at=NOW)
    a_person(session, "nosy")
    session.commit()
    other = a_browser(app, "nosy")

    reads = [EVENTS, BLOCKS, f"{EVENTS}/new", f"{EVENTS}/tea-season"]
    reads.append(f"{EVENTS}/tea-season/preview")
    assert [other.get(path).status_code for path in reads] == [403] * len(reads)
    writes = [EVENTS, BLOCKS, f"{EVENTS}/tea-season"]
    writes += [f"{EVENTS}/tea-season/{verb}" for verb in ("publish", "withdraw")]
    assert [other.post(path, data=typed(shop)).status_code for path in writes] == [403] * 5


def test_a_photo_is_seen_by_everybody_only_once_it_is_published(
    operator: FlaskClient, client: FlaskClient, session: Session, shop: Shop
) -> None:
    target = io.BytesIO()
    Image.new("RGB", (600, 400), "green").save(target, "PNG")
    target.seek(0)
    given: dict[str, object] = {**typed(shop), "photo": (target, "tea.png")}
    assert operator.post(EVENTS, data=given).status_code == 302
    stem = session.scalars(select(ProductPhoto.stem)).one()
    address = f"/photos/{stem}-320.webp"
    assert client.get(address).status_code == 404
    assert operator.get(address).status_code == 200
    drop_unused_photos(session, before=NOW + timedelta(days=90))

    operator.post(f"{EVENTS}/tea-season/publish", data={"revision": "1"})

    assert client.get(address).status_code == 200
    assert stem in client.get("/events/tea-season").text


def test_a_file_that_is_no_photo_is_refused(
    operator: FlaskClient, session: Session, shop: Shop
) -> None:
    given: dict[str, object] = {
        **typed(shop),
        "photo": (io.BytesIO(b"<svg onload=x>"), "x.png"),
    }

    assert operator.post(EVENTS, data=given).status_code == 422
    assert session.scalar(select(Piece.code)) is None


def test_codes_are_offered_and_what_was_picked_stands_last(
    operator: FlaskClient, session: Session, shop: Shop
) -> None:
    goat, shoots = shop.world.goat.product_code, shop.world.shoots.product_code
    form = operator.get(f"{EVENTS}/new").text
    assert f'<option value="{shoots}">' in form
    assert 'list="pick-products"' in form

    picked = typed(shop, section_0_products_more=shoots, section_0_title="礼物")
    assert operator.post(EVENTS, data=picked).status_code == 302

    page = operator.get(f"{EVENTS}/tea-season").text
    assert f"{goat}\n{shoots}</textarea>" in page
    assert session.scalars(select(Piece.code)).one() == "tea-season"
