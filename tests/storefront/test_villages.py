"""Townships and villages: goods, sellers, figures, and never a household."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kernel import clock
from pairing.models import AssistanceGroup, GroupMember
from tests.builders.api import a_shop_of_today
from tests.builders.catalog import a_product, a_sku
from tests.builders.deliveries import a_delivered_sale
from tests.builders.places import TOWNSHIP, VILLAGE, a_place
from tests.builders.sales import World


@pytest.fixture
def world(session: Session) -> World:
    a_place(session, TOWNSHIP, name="沧沟乡", short_name="沧沟乡", pinyin="cang gou")
    a_place(session, VILLAGE, name="大田村", short_name="大田村", focus_tier="10")
    return a_shop_of_today(session)


def a_group(session: Session) -> None:
    session.add(
        AssistanceGroup(
            sequence=1,
            name="区委办公室帮扶集团",
            township_code=TOWNSHIP,
            focus_village_code=VILLAGE,
            lead_unit="区委办公室",
        )
    )
    session.flush()
    for unit in ("区委办公室", "区档案馆"):
        session.add(
            GroupMember(
                group_sequence=1,
                unit_name=unit,
                is_lead=unit == "区委办公室",
                is_double_assigned=False,
            )
        )
    session.commit()


def test_villages_stand_under_their_township_with_marks_and_group(
    client: FlaskClient, session: Session, world: World
) -> None:
    a_group(session)

    page = client.get("/villages").text

    assert "1 个乡镇街道，1 个村和社区" in page
    assert f'href="/villages/{VILLAGE}"' in page
    assert "区级重点帮扶村" in page
    assert "区委办公室帮扶集团" in page
    assert "2 种商品" in page


def test_a_village_shows_its_goods_sellers_and_helpers(
    client: FlaskClient, session: Session, world: World
) -> None:
    a_group(session)

    page = client.get(f"/villages/{VILLAGE}").text

    assert f"商品{world.goat.product_code}</a>" in page
    assert "合作社C05" in page
    assert "，驻本地" in page
    assert "牵头单位：区委办公室" in page
    assert "成员单位 2 家" in page


def test_a_village_tells_what_it_sold_and_how_many_it_reached(
    client: FlaskClient, session: Session, world: World
) -> None:
    a_delivered_sale(session, world.goat.code, at=clock.now(), quantity=2)
    session.commit()

    page = client.get(f"/villages/{VILLAGE}").text

    assert "¥196.00" in page
    assert "10 户" in page
    assert "供各地批次共得 ¥130.83" in page
    assert "HX" not in page


def test_too_few_households_are_not_told(client: FlaskClient, session: Session) -> None:
    world = a_shop_of_today(session, households_each=9)
    a_delivered_sale(session, world.goat.code, at=clock.now(), quantity=2)
    session.commit()

    for address in (f"/villages/{VILLAGE}", f"/townships/{TOWNSHIP}"):
        page = client.get(address).text
        assert "少于 10 户" in page
        assert "130.83" not in page
        assert "9 户" not in page


def test_a_village_without_goods_leads_to_its_township(
    client: FlaskClient, session: Session
) -> None:
    a_place(session, VILLAGE)
    session.commit()

    page = client.get(f"/villages/{VILLAGE}").text

    assert "这个村现在没有在售的商品" in page
    assert f'href="/townships/{TOWNSHIP}"' in page


def test_a_township_shows_its_villages_and_goods(
    client: FlaskClient, session: Session, world: World
) -> None:
    a_sku(session, a_product(session, "ELSEWHERE", origin_township_code="500156104"))
    session.commit()

    page = client.get(f"/townships/{TOWNSHIP}").text

    assert "沧沟乡" in page
    assert "大田村" in page
    assert f"商品{world.goat.product_code}</a>" in page
    assert "ELSEWHERE" not in page


def test_a_township_without_goods_says_so(client: FlaskClient, session: Session) -> None:
    a_place(session, TOWNSHIP)
    session.commit()

    assert "这里现在没有在售的商品" in client.get(f"/townships/{TOWNSHIP}").text


@pytest.mark.parametrize(
    "address", [f"/villages/{TOWNSHIP}", f"/townships/{VILLAGE}", "/villages/x"]
)
def test_a_place_of_another_kind_is_not_found(
    client: FlaskClient, world: World, address: str
) -> None:
    assert client.get(address).status_code == 404


def test_readers_of_english_read_pinyin(client: FlaskClient, world: World) -> None:
    assert "Canggou" in client.get("/villages?lang=en").text
    assert client.get(f"/villages/{VILLAGE}").status_code == 200
    assert client.get(f"/townships/{TOWNSHIP}").status_code == 200
