"""The register's pages: they open, are put on record, and end at the border of the region."""

import re
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from households import service
from households.models import (
    HouseholdMeasure,
    HouseholdVisit,
    Procedure,
    ProcedureStep,
    VillageMeeting,
)
from households.values import HouseholdId, PriceFall
from kernel import clock
from kernel.audit import AuditRow
from parties.values import Role
from tests.builders.catalog import NOON, a_product
from tests.builders.people import a_browser, a_person
from tests.builders.places import TOWNSHIP, VILLAGE, a_seller
from tests.builders.register import a_registered, an_own_contract, the_numbers, the_terms

OTHER = "500156204204"
MINE, THEIRS, LIFTED = HouseholdId("H0001"), HouseholdId("H0002"), HouseholdId("H0003")
PAGES = (
    "register",
    "register?report=unlinked",
    "register?report=relocated",
    "register?report=unaided",
    "register?category=unstable_lifted&monitored=yes&relocated=no&linked=no&word=h0",
    "register/falling",
    "register/visits",
    f"register/visits?village={VILLAGE}&month=2026-05",
    "register/procedures",
    "register/warnings",
    "register/figures",
    "register/files",
    f"register/households/{MINE}",
)
SCOPES = {"district": "500156", "township": TOWNSHIP, "village": VILLAGE, "other": OTHER}


@pytest.fixture
def region(session: Session) -> None:
    """Two villages with a monitored household each, and officials of every level."""
    the_terms(session)
    the_numbers(session)
    a_registered(session, MINE, monitored=True)
    a_registered(session, THEIRS, monitored=True, village_code=OTHER, is_relocated=True)
    a_registered(session, LIFTED)
    an_own_contract(session, LIFTED)
    product = a_product(session, seller_code=a_seller(session, "C90"))
    fall = PriceFall(
        product_code=product,
        baseline_week=date(2026, 5, 4),
        baseline_minor=1_000,
        latest_week=date(2026, 5, 25),
        latest_minor=700,
        weeks=3,
    )
    service.raise_warning(session, fall, [MINE, THEIRS], at=NOON)
    for login, code in SCOPES.items():
        a_person(session, login, (Role.OFFICIAL, code))
    session.commit()


@pytest.fixture
def village(app: Flask, region: None) -> FlaskClient:
    return a_browser(app, "village")


def acts(session: Session) -> list[tuple[str, str]]:
    rows = session.execute(select(AuditRow.action, AuditRow.subject).order_by(AuditRow.id))
    return [(row.action, row.subject) for row in rows if row.action.startswith("register")]


@pytest.mark.parametrize("level", ["district", "township", "village"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_opens_for_every_level(
    app: Flask, region: None, level: str, language: str
) -> None:
    client = a_browser(app, level)

    for page in PAGES:
        response = client.get(f"/oversight/{page}{'&' if '?' in page else '?'}lang={language}")
        assert (page, response.status_code) == (page, 200)


def test_pages_stay_within_their_statements(
    app: Flask, region: None, statements: list[str]
) -> None:
    client = a_browser(app, "district")
    spent = {}

    for page in PAGES:
        statements.clear()
        client.get(f"/oversight/{page}")
        spent[page] = len(statements)

    assert max(count for page, count in spent.items() if "households" not in page) <= 12, spent
    assert spent[PAGES[-1]] <= 24


def test_a_village_sees_its_own_households_only(village: FlaskClient) -> None:
    for page in PAGES:
        text = village.get(f"/oversight/{page}").text
        assert (page, THEIRS in text) == (page, False)

    assert MINE in village.get("/oversight/register").text


def test_no_address_of_another_village_answers(
    app: Flask, region: None, session: Session
) -> None:
    """Each rule about a household, village or procedure not theirs, by every method."""
    client = a_browser(app, "village")
    own = a_browser(app, "other")
    own.post(
        f"/oversight/register/households/{THEIRS}/procedures", data={"kind": "elimination"}
    )
    procedure_id = session.scalars(select(Procedure.id)).one()
    tried = []
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/oversight/register") or not rule.arguments:
            continue
        address = rule.rule
        for name, value in {
            "household_id": THEIRS,
            "village_code": OTHER,
            "int:procedure_id": str(procedure_id),
            "int:measure_id": "1",
            "int:warning_id": "1",
        }.items():
            address = address.replace(f"<{name}>", value)
        for method in rule.methods - {"HEAD", "OPTIONS"}:  # type: ignore[operator]
            response = client.open(address, method=method)
            tried.append(address)
            is_warning = "warnings" in address
            assert is_warning or (address, response.status_code) == (address, 404)
            assert THEIRS not in response.text.replace(address, "")
    assert len(tried) >= 9


def test_regions_of_others_cannot_be_asked_for(village: FlaskClient) -> None:
    for page in ("register", "register/visits", "register/procedures", "register/warnings"):
        for question in (f"region={OTHER}", f"village={OTHER}"):
            response = village.get(f"/oversight/{page}?{question}")
            assert response.status_code == 403 or THEIRS not in response.text


def test_every_look_is_on_record(village: FlaskClient, session: Session) -> None:
    village.get("/oversight/register")
    village.get(f"/oversight/register/households/{MINE}")

    assert acts(session) == [
        ("register_listed", f"region:{VILLAGE}"),
        ("register_opened", f"household:{MINE}"),
    ]


def test_people_without_the_role_stay_outside(
    app: Flask, region: None, session: Session
) -> None:
    a_person(session, "clerk", (Role.CLERK, a_seller(session, "C90")))
    session.commit()
    client = a_browser(app, "clerk")

    for page in PAGES:
        assert client.get(f"/oversight/{page}").status_code == 403


def test_a_visit_takes_one_press_and_is_recorded_once(
    village: FlaskClient, session: Session
) -> None:
    listed = village.get("/oversight/register/visits").text
    assert f"/register/households/{MINE}/visits" in listed

    for _ in range(2):
        response = village.post(
            f"/oversight/register/households/{MINE}/visits",
            data={"role": "monitor", "back": "due"},
        )
        assert response.status_code == 302

    (visit,) = session.scalars(select(HouseholdVisit)).all()
    assert (visit.role, visit.visited_on) == ("monitor", clock.local_date(clock.now()))


def test_a_meeting_is_recorded(village: FlaskClient, session: Session) -> None:
    data = {"kind": "risk_review", "held_on": "2026-05-06", "paper": "村档案柜"}

    village.post(f"/oversight/register/villages/{VILLAGE}/meetings", data=data)

    assert session.scalars(select(VillageMeeting.kind)).all() == ["risk_review"]


def test_a_measure_begins_and_ends(village: FlaskClient, session: Session) -> None:
    address = f"/oversight/register/households/{MINE}/measures"
    village.post(address, data={"kind": "job", "since": "2026-05-06"})
    (measure,) = session.scalars(select(HouseholdMeasure)).all()
    village.post(f"{address}/{measure.id}/end", data={"on": "2026-05-20"})

    session.refresh(measure)
    assert measure.until == date(2026, 5, 20)


def test_a_procedure_walks_through_the_levels(
    app: Flask, region: None, session: Session
) -> None:
    clients = {level: a_browser(app, level) for level in ("village", "township", "district")}
    clients["village"].post(
        f"/oversight/register/households/{MINE}/procedures", data={"kind": "elimination"}
    )
    (procedure,) = session.scalars(select(Procedure.id)).all()
    by = ["village", "village", "village", "township", "district"]
    for number, level in enumerate(by, start=1):
        data = {
            "number": str(number),
            "done_on": f"2026-05-{number:02}",
            "done_by": "经办单位",
            "paper": "档案柜",
        }
        if number == 3:
            data["notice_until"] = "2026-05-04"
        address = f"/oversight/register/procedures/{procedure}/steps"
        if level != "village":
            assert clients["village"].post(address, data=data).status_code == 403
        assert clients[level].post(address, data=data).status_code == 302

    assert len(session.scalars(select(ProcedureStep.number)).all()) == 5
    assert session.scalar(select(Procedure.state)) == "completed"
    card = clients["village"].get(f"/oversight/register/households/{MINE}").text
    assert "2026-05-05" in card


@pytest.mark.parametrize(
    ("address", "data"),
    [
        (f"households/{MINE}/visits", {"role": "king"}),
        (f"households/{MINE}/visits", {"role": "monitor", "visited_on": "2999-01-01"}),
        (f"households/{MINE}/measures", {"kind": "job", "since": "soon"}),
        (f"households/{MINE}/procedures", {"kind": "recognition", "category": "rich"}),
        ("events", {"kind": "disaster", "happened_on": "2026-05-01", "note": "山洪"}),
        ("files/preview", {"kind": "register"}),
        ("files/apply", {"kind": "register", "content": ""}),
        ("files/export", {"form": "csv"}),
        ("files/export", {"form": "csv", "purpose": "看"}),
    ],
)
def test_bad_input_is_refused_with_a_sentence(
    village: FlaskClient, address: str, data: dict[str, str]
) -> None:
    response = village.post(f"/oversight/register/{address}", data=data)

    assert 400 <= response.status_code < 500
    assert re.search("[一-鿿]", response.text)


def test_a_warning_shows_each_village_its_own_part(app: Flask, region: None) -> None:
    village, township = a_browser(app, "village"), a_browser(app, "township")
    link = re.search(
        r"register/warnings/(\d+)", village.get("/oversight/register/warnings").text
    )
    assert link is not None
    address = f"/oversight/register/warnings/{link.group(1)}"

    assert THEIRS not in village.get(address).text
    assert THEIRS in township.get(address).text
    village.post(f"{address}/notes", data={"note": "已联系收购商"})
    assert "已联系收购商" in township.get("/oversight/register/warnings").text
    assert (
        "已联系收购商" not in a_browser(app, "other").get("/oversight/register/warnings").text
    )


def test_an_event_names_villages_of_the_region_only(village: FlaskClient) -> None:
    data = {"kind": "disaster", "happened_on": "2026-05-01", "note": "山洪冲毁茶园"}

    refused = village.post("/oversight/register/events", data=data | {"villages": OTHER})
    village.post("/oversight/register/events", data=data | {"villages": VILLAGE})

    assert refused.status_code == 404
    assert "山洪冲毁茶园" in village.get("/oversight/register/warnings").text


def test_few_households_are_never_published(village: FlaskClient) -> None:
    text = village.get("/oversight/register/figures").text

    assert "未公布" in text
