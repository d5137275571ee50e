"""The other pages of officials: overview, map, benefited households, pairings."""

from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from catalog.models import Lot
from kernel import clock
from kernel.regions import Region
from pairing.models import AssistanceGroup, GroupMember, Pairing, Pledge
from pairing.values import PledgeKind
from parties.values import Role
from tests.builders.cold_chain import a_device
from tests.builders.people import a_browser, a_person
from tests.builders.places import TOWNSHIP, VILLAGE
from tests.builders.sales import a_paid_group, a_world
from tests.builders.trade import a_buyer, a_purchase
from workflows import order_delivered, order_shipped
from workflows.order_delivered import Receipt
from workflows.travel import HandOver

BUDGET = 6


def a_delivery(session: Session, *, households: int) -> None:
    world = a_world(session, households_each=households)
    at = clock.now() - timedelta(hours=2)
    session.execute(update(Lot).values(best_before=clock.local_date(at) + timedelta(days=9)))
    number = f"{a_paid_group(session, {world.shoots.code: 2}, at=at).number}-1"
    logger = a_device(session)
    order_shipped.pack(session, number, actor="person:1", at=at)
    order_shipped.ship(session, number, HandOver(actor="person:1", device_code=logger), at=at)
    receipt = Receipt("person:1", "guest")
    order_delivered.deliver(session, number, receipt, at=at + timedelta(hours=1))


def an_official(app: Flask, session: Session, region: str = "500156") -> FlaskClient:
    a_person(session, "official", (Role.OFFICIAL, region))
    session.commit()
    return a_browser(app, "official")


PAGES = (
    "",
    "volumes",
    "volumes/lines",
    "map",
    "households",
    "pairings",
    "pairings?part=villages",
    "pairings?part=groups",
)


@pytest.mark.parametrize("level", ["district", "township", "village"])
def test_every_page_opens_for_every_level(app: Flask, officials: None, level: str) -> None:
    client = a_browser(app, level)

    for page in PAGES:
        response = client.get(f"/oversight/{page}")
        assert (page, response.status_code) == (page, 200)
        assert "HX0" not in response.text


def test_every_page_stays_within_its_statements(
    district: FlaskClient, statements: list[str]
) -> None:
    spent = {}

    for page in PAGES:
        statements.clear()
        district.get(f"/oversight/{page}")
        spent[page] = len(statements)

    assert max(spent.values()) <= BUDGET


def test_the_overview_shows_this_year_and_this_month(app: Flask, session: Session) -> None:
    now = clock.now()
    a_purchase(session, 123_456, at=now - timedelta(minutes=1))
    a_purchase(session, 700, at=clock.at_local_midnight(date(now.year, 1, 1)))

    page = an_official(app, session).get("/oversight/").text

    assert "¥1,234.56" in page or "¥1,241.56" in page
    assert "¥1,241.56" in page


def test_reached_households_are_shown_when_they_are_many(app: Flask, session: Session) -> None:
    a_delivery(session, households=12)
    client = an_official(app, session)

    assert "12 户" in client.get("/oversight/").text
    assert "12 户" in client.get("/oversight/households").text


def test_few_households_are_never_shown(app: Flask, session: Session) -> None:
    a_delivery(session, households=4)
    client = an_official(app, session, VILLAGE)

    for page in ("", "households"):
        text = client.get(f"/oversight/{page}").text
        assert "未公布" in text
        assert "4 户" not in text


def test_only_whole_years_that_are_offered_are_counted(district: FlaskClient) -> None:
    for year in ("1999", "x", "9999"):
        assert district.get(f"/oversight/households?year={year}").status_code == 422


def test_the_map_places_townships_and_sums_to_the_total(app: Flask, session: Session) -> None:
    a_purchase(session, 5_000, at=clock.now() - timedelta(minutes=1))
    a_purchase(session, 700, origin=None, at=clock.now() - timedelta(minutes=1))
    session.execute(
        update(Region).where(Region.code == TOWNSHIP).values(latitude=29.4, longitude=107.9)
    )
    client = an_official(app, session)

    points = client.get("/oversight/map.json").get_json()["points"]
    page = client.get("/oversight/map").text

    assert [(point["code"], point["value"]) for point in points] == [(TOWNSHIP, 5_000)]
    assert "57.00" in page
    assert "7.00" in page
    assert "未能取得有授权的乡镇边界" in page


def test_a_township_is_one_point_because_villages_have_none(township: FlaskClient) -> None:
    page = township.get("/oversight/map?from=2026-05&to=2026-06").text

    assert "57.00" in page


def test_pairings_and_pledges_show_what_was_bought(app: Flask, session: Session) -> None:
    now = clock.now()
    buyer = a_buyer(session, "E01", name="锦程")
    a_purchase(session, 5_000, buyer=buyer, at=now - timedelta(minutes=1))
    session.add(Pairing(organisation_code=buyer, village_code=VILLAGE, since=date(2022, 1, 1)))
    session.add(
        Pledge(
            organisation_code=buyer,
            year=clock.local_date(now).year,
            kind=PledgeKind.PURCHASE,
            amount_minor=10_000,
        )
    )
    session.add(AssistanceGroup(sequence=1, name="甲", township_code=TOWNSHIP, lead_unit="乙"))
    session.flush()
    session.add(
        GroupMember(group_sequence=1, unit_name="乙", is_lead=True, is_double_assigned=False)
    )
    client = an_official(app, session)

    assert "100.00" in client.get("/oversight/pairings").text
    assert "50.00" in client.get("/oversight/pairings?part=villages").text
    assert "乙" in client.get("/oversight/pairings?part=groups").text
    assert client.get("/oversight/pairings?part=others").status_code == 422


def test_an_official_of_two_regions_may_turn_to_either(app: Flask, session: Session) -> None:
    a_purchase(session, 5_000)
    scopes = [(Role.OFFICIAL, TOWNSHIP), (Role.OFFICIAL, "500156204203")]
    a_person(session, "two", *scopes)
    session.commit()
    client = a_browser(app, "two")

    assert f"region={VILLAGE}" in client.get("/oversight/").text
    assert client.get(f"/oversight/?region={VILLAGE}").status_code == 200
    assert client.get("/oversight/?region=500156").status_code == 403
