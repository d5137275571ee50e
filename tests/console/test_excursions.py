"""The console follows excursions and gaps up, and asks what other limits would do."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cold_chain import service
from cold_chain.models import Evaluation, ExcursionCase, GapCase, LimitProfile
from cold_chain.values import Arrival
from kernel.audit import AuditRow
from kernel.clock import local_date, now
from parties.models import Organisation
from parties.values import OrganisationKind, Role
from tests.builders.cold_chain import ACTOR, NOON, a_departed_shipment, an_upload
from tests.builders.people import a_browser, a_person
from tests.builders.places import DISTRICT, once

MONTH = "month=2026-06"


@pytest.fixture
def journey(session: Session) -> int:
    shipment_id = a_departed_shipment(session)
    warm = [2.0] * 6 + [6.0] * 8 + [2.0] * 6
    service.ingest_block(session, an_upload(warm))
    service.ingest_block(session, an_upload([3.5] * 18, first=180))
    arrived = NOON + timedelta(minutes=265)
    service.arrive(session, Arrival(shipment_id=shipment_id, at=arrived, actor=ACTOR))
    service.evaluate_dirty(session, at=arrived)
    platform = {"code": "PLATFORM", "name": "山集", "kind": OrganisationKind.PLATFORM}
    once(session, Organisation, platform, key="code")
    for name in ("keeper", "second"):
        a_person(session, name, (Role.OPERATOR, "PLATFORM"))
    session.commit()
    return shipment_id


def refreshed(session: Session, statement: object) -> object:
    session.expire_all()
    return session.scalar(statement)  # type: ignore[call-overload]


def test_an_excursion_is_taken_step_by_step(app: Flask, journey: int, session: Session) -> None:
    keeper = a_browser(app, "keeper")
    case = session.scalars(select(ExcursionCase).where(ExcursionCase.rule == "warm")).one()
    page = f"/console/excursions/{case.id}"

    listed = keeper.get("/console/excursions").get_data(as_text=True)
    assert page in listed
    assert keeper.post(f"{page}/assessed", data={"cause": "door"}).status_code == 422
    assert keeper.post(f"{page}/acknowledged").status_code == 302
    assert keeper.post(f"{page}/assessed", data={"cause": "nonsense"}).status_code == 422
    assert keeper.post(f"{page}/assessed", data={"cause": "door"}).status_code == 302
    assert keeper.post(f"{page}/resolved", data={"note": "<b>x</b>"}).status_code == 302
    assert "&lt;b&gt;x" in keeper.get(page).get_data(as_text=True)
    assert keeper.post(f"{page}/nonsense").status_code == 404
    assert keeper.get("/console/excursions/999999").status_code == 404
    acts = session.scalars(
        select(AuditRow.action).where(AuditRow.subject == f"excursion:{case.id}")
    ).all()
    assert set(acts) == {
        "excursion_acknowledged",
        "excursion_assessed",
        "excursion_resolved",
    }


def test_a_gap_takes_two_people(app: Flask, journey: int, session: Session) -> None:
    keeper, second = a_browser(app, "keeper"), a_browser(app, "second")
    gap = session.scalars(select(GapCase)).one()
    page = f"/console/gaps/{gap.id}"
    reason = {"note": "过隧道"}

    assert page in keeper.get("/console/excursions?queue=gaps").get_data(as_text=True)
    assert keeper.post(f"{page}/open", data=reason).status_code == 302
    assert keeper.post(f"{page}/accepted", data=reason).status_code == 422
    assert second.post(f"{page}/accepted", data=reason).status_code == 302
    assert refreshed(session, select(GapCase.state)) == "accepted"
    assert keeper.get("/console/excursions?queue=decided").status_code == 200


def test_the_report_tells_figures_life_and_holders(
    app: Flask, journey: int, session: Session
) -> None:
    page = a_browser(app, "keeper").get(f"/console/journeys/{journey}")
    text = page.get_data(as_text=True)

    assert page.status_code == 200
    for told in ("第 1 版", "zhilengw", "四种算法", "没有登记过证书"):
        assert told in text


def test_other_limits_are_tried_without_a_trace(
    app: Flask, journey: int, session: Session
) -> None:
    a_person(session, "official", (Role.OFFICIAL, DISTRICT))
    session.commit()
    before = session.scalar(select(func.count()).select_from(Evaluation))
    path = f"/limits/GOAT_CHILLED/what-if?{MONTH}&change=1&limit_warm=6.5&limit_warm_total=6.5"
    kept = a_browser(app, "keeper").get(f"/console{path}").get_data(as_text=True)
    seen = a_browser(app, "official").get(f"/oversight{path.replace('/what-if', '')}")

    assert f"/console/journeys/{journey}" in kept
    assert "gap_too_long" not in kept
    assert seen.status_code == 200
    assert f"/journeys/{journey}" not in seen.get_data(as_text=True)
    assert refreshed(session, select(func.count()).select_from(Evaluation)) == before


@pytest.mark.parametrize(
    "query",
    ["change=1&limit_warm=x&delay_warm=-1", "month=9999-12", "month=x", "base=0&version=9"],
)
def test_odd_questions_are_answered(app: Flask, journey: int, query: str) -> None:
    keeper = a_browser(app, "keeper")

    assert keeper.get(f"/console/limits/GOAT_CHILLED/what-if?{query}").status_code == 200
    assert keeper.get(f"/console/limits/NONE/what-if?{query}").status_code == 404


def test_a_new_version_names_its_standard_and_a_day_to_come(
    app: Flask, journey: int, session: Session
) -> None:
    keeper = a_browser(app, "keeper")
    path = "/console/limits/GOAT_CHILLED/versions"
    tomorrow = (local_date(now()) + timedelta(days=1)).isoformat()
    told = {"limit_warm": "3.5", "source": "GB 20799-2026", "clause": "2.2"}

    for lacking in (
        told | {"effective_from": "2020-01-01"},
        told | {"effective_from": "soon"},
        told | {"effective_from": tomorrow, "source": " "},
        told | {"effective_from": tomorrow, "limit_warm": "4"},
    ):
        assert keeper.post(path, data=lacking).status_code == 422
    assert keeper.post(path, data=told | {"effective_from": tomorrow}).status_code == 302

    versions = session.execute(
        select(LimitProfile.version, LimitProfile.effective_to)
        .where(LimitProfile.code == "GOAT_CHILLED")
        .order_by(LimitProfile.version)
    ).all()
    assert [tuple(row) for row in versions] == [(1, local_date(now())), (2, None)]


def test_only_the_operator_follows_up(app: Flask, journey: int, session: Session) -> None:
    a_person(session, "guest")
    session.commit()
    guest = a_browser(app, "guest")

    for path in ("/console/excursions", f"/console/journeys/{journey}", "/oversight/limits"):
        assert guest.get(path).status_code == 403


def test_a_certificate_is_entered_and_journeys_fall_due(
    app: Flask, journey: int, session: Session
) -> None:
    keeper = a_browser(app, "keeper")
    paper = {
        "device": "LOG-1",
        "channel": "t1",
        "certificate": "JL-1",
        "laboratory": "计量所",
        "valid_from": "2025-06-01",
        "valid_to": "2026-05-31",
        "offset": "-0.1",
        "uncertainty": "0,2",
    }

    assert "没有证书" in keeper.get("/console/calibrations").get_data(as_text=True)
    for lacking in (
        paper | {"device": "NONE"},
        paper | {"valid_to": "soon"},
        paper | {"valid_to": "9999-12-31"},
        paper | {"valid_to": "2025-01-01"},
        paper | {"offset": "x"},
        paper | {"certificate": " "},
    ):
        assert keeper.post("/console/calibrations", data=lacking).status_code in {404, 422}
    assert keeper.post("/console/calibrations", data=paper).status_code == 302
    service.evaluate_dirty(session, at=NOON + timedelta(days=1))
    session.commit()

    assert "已过期" in keeper.get("/console/calibrations?q=LOG-").get_data(as_text=True)
    assert "没有这样的探头" in keeper.get("/console/calibrations?q=%25").get_data(as_text=True)
    told = refreshed(session, select(Evaluation.reasons).where(Evaluation.version == 2))
    assert "calibration" in str(told)
