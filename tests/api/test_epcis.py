"""Partners' machines hand events in and ask for them, in the words of EPCIS 2.0."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from cold_chain import service
from cold_chain.epcis import hashing, reading
from kernel import clock
from shop.tasks import epcis as tasks
from tests.builders.epcis import OWN, a_document, a_warm_box, an_event
from tests.builders.places import a_place, a_seller

AT = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
BASE = "/api/epcis"
SGTIN = "urn:epc:id:sgtin:4012345.011111.9876"


def told(answer: TestResponse) -> dict[str, Any]:
    body: dict[str, Any] | None = answer.json
    assert body is not None
    return body


class Partner:
    """A machine with a key."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(BASE + path, headers=self.headers | headers)

    def post(self, path: str, body: Any, **headers: str) -> TestResponse:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Content-Type": "application/ld+json"} | self.headers | headers
        return self.client.post(BASE + path, data=data, headers=given)

    def work(self) -> None:
        """Let the worker read what was handed in."""
        with self.client.application.app_context():
            tasks.take_captures()

    def events(self, path: str) -> list[dict[str, Any]]:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = told(answer)["epcisBody"]["queryResults"]["resultsBody"][
            "eventList"
        ]
        return found


def a_key(session: Session, owner: str = "C01", *, may_capture: bool = True) -> str:
    a_place(session)
    a_seller(session, owner)
    token = service.give_client_key(
        session, owner, label="test", may_capture=may_capture, actor="person:1", at=AT
    )
    session.commit()
    return token


@pytest.fixture
def partner(client: FlaskClient, session: Session) -> Partner:
    return Partner(client, a_key(session))


def problem(answer: TestResponse, status: int, kind: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    body = told(answer)
    assert (body["type"], body["status"]) == (f"epcisException:{kind}", status)
    assert body["title"]
    return body


def alone(**fields: Any) -> dict[str, Any]:
    return {**an_event(**fields), "@context": a_document()["@context"]}


def test_the_service_says_what_it_answers(partner: Partner) -> None:
    answer = partner.get("/")

    assert answer.status_code == 200
    assert "/capture" in told(answer)["endpoints"]
    assert "/readPoints" in told(answer)["notImplemented"]
    assert answer.headers["GS1-EPCIS-Version"] == "2.0.0"
    assert answer.headers["GS1-CBV-Max"] == "2.0.0"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Bearer k-1.x", "Basic YTpi"])
def test_without_a_key_nothing_is_told(client: FlaskClient, header: str) -> None:
    answer = client.get(f"{BASE}/events", headers={"Authorization": header} if header else {})

    problem(answer, 401, "SecurityException")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_key_taken_back_opens_nothing(partner: Partner, session: Session) -> None:
    code = partner.headers["Authorization"].removeprefix("Bearer ").partition(".")[0]
    assert partner.get("/events").status_code == 200

    service.revoke_client_key(session, code, at=clock.now())
    session.commit()

    problem(partner.get("/events"), 401, "SecurityException")


def test_a_document_is_taken_read_and_told_of(partner: Partner) -> None:
    document = a_document(an_event(), a_warm_box())
    taken = partner.post("/capture", document)
    assert taken.status_code == 202
    assert taken.headers["GS1-Capture-Error-Behaviour"] == "rollback"
    place = taken.headers["Location"].removeprefix(BASE)
    assert (told(partner.get(place))["running"], told(partner.get(place))["success"]) == (
        True,
        True,
    )

    partner.work()

    found = told(partner.get(place))
    assert (found["running"], found["success"], found["stored"], found["errors"]) == (
        False, True, 2, [],
    )  # fmt: skip
    stored = partner.events("/events")
    assert {one["eventID"] for one in stored} == {
        hashing.hash_event(one, [OWN]) for one in document["epcisBody"]["eventList"]
    }


def test_what_is_handed_out_is_a_document_of_the_standard(partner: Partner) -> None:
    partner.post("/events", alone(**{"example:own": "1"}))

    answer = partner.get("/events")

    found = reading.read(answer.json)
    assert not found.problems
    (one,) = found.events
    assert (one.problems, one.doubts) == ((), ())
    assert hashing.hash_event(one.event, one.context) == one.event["eventID"]


def test_bad_events_are_refused_with_places(partner: Partner) -> None:
    answer = partner.post("/capture", a_document(an_event(), an_event(bizStep="slaughtering")))

    body = problem(answer, 400, "ValidationException")
    assert [one["pointer"] for one in body["errors"]] == ["/epcisBody/eventList/1/bizStep"]


def test_proceed_keeps_the_good_ones(partner: Partner) -> None:
    taken = partner.post(
        "/capture",
        a_document(an_event(), an_event(bizStep="slaughtering")),
        **{"GS1-Capture-Error-Behaviour": "proceed"},
    )
    partner.work()

    found = told(partner.get(taken.headers["Location"].removeprefix(BASE)))
    assert (found["running"], found["success"], found["stored"]) == (False, False, 1)
    assert found["errors"][0]["pointer"] == "/epcisBody/eventList/1/bizStep"


@pytest.mark.parametrize("running", [True, False])
@pytest.mark.parametrize("behaviour", ["rollback", "proceed"])
@pytest.mark.parametrize("fails", [True, False])
def test_a_capture_is_told_by_the_table_of_the_standard(
    partner: Partner, *, running: bool, behaviour: str, fails: bool
) -> None:
    named = {"eventID": "urn:uuid:404d95fc-9457-4a51-bd6a-0bba133845a8"}
    partner.post("/events", alone(action="ADD", **named))
    events = [an_event(), an_event(**named)] if fails else [an_event()]
    taken = partner.post(
        "/capture", a_document(*events), **{"GS1-Capture-Error-Behaviour": behaviour}
    )
    if not running:
        partner.work()

    found = told(partner.get(taken.headers["Location"].removeprefix(BASE)))

    # A document is read in one go, so that none is seen to fail while it is read.
    stored = 0 if running or (fails and behaviour == "rollback") else 1
    assert (found["running"], found["success"]) == (running, running or not fails)
    assert (found["captureErrorBehaviour"], found["stored"]) == (behaviour, stored)


@pytest.mark.parametrize(
    ("body", "media", "status", "kind"),
    [
        (b"{", "application/json", 400, "ValidationException"),
        (b"\xff", "application/json", 400, "ValidationException"),
        (b"[]", "application/json", 400, "ValidationException"),
        (b'{"type": "EPCISDocument"}', "application/ld+json", 400, "ValidationException"),
        (b"<epcis/>", "application/xml", 415, "UnsupportedMediaTypeException"),
        (
            b" " * (2 * 1024 * 1024 + 1),
            "application/json",
            413,
            "CaptureLimitExceededException",
        ),
    ],
)
@pytest.mark.parametrize("path", ["/capture", "/events"])
def test_what_is_no_document_is_refused(
    partner: Partner, path: str, *, body: bytes, media: str, status: int, kind: str
) -> None:
    problem(partner.post(path, body, **{"Content-Type": media}), status, kind)


def test_one_event_is_stored_at_once_and_once(partner: Partner) -> None:
    first = partner.post("/events", alone())
    again = partner.post("/events", alone())

    assert first.status_code == 201
    problem(again, 409, "ResourceAlreadyExistsException")
    assert again.headers["Location"] == first.headers["Location"]
    shown = partner.get(first.headers["Location"].removeprefix(BASE))
    assert shown.status_code == 200
    assert told(shown)["epcList"] == [SGTIN]
    assert told(shown)["@context"]
    problem(partner.get("/events/urn:none"), 404, "NoSuchResourceException")


def test_an_asking_key_hands_nothing_in(client: FlaskClient, session: Session) -> None:
    asking = Partner(client, a_key(session, may_capture=False))

    problem(asking.post("/capture", a_document(an_event())), 403, "SecurityException")
    problem(asking.post("/events", alone()), 403, "SecurityException")
    assert asking.events("/events") == []


def test_partners_see_nothing_of_each_other(
    client: FlaskClient, session: Session, partner: Partner
) -> None:
    other = Partner(client, a_key(session, "C02"))
    stored = partner.post("/events", alone())
    place = stored.headers["Location"].removeprefix(BASE)
    taken = partner.post("/capture", a_document(a_warm_box())).headers["Location"]

    assert other.events("/events") == []
    problem(other.get(place), 404, "NoSuchResourceException")
    problem(other.get(taken.removeprefix(BASE)), 404, "NoSuchResourceException")
    assert other.post("/events", alone()).status_code == 201


def test_events_are_asked_for_by_thing_and_place(partner: Partner) -> None:
    partner.post("/events", alone(bizLocation={"id": "urn:epc:id:sgln:4012345.00005.0"}))
    web = quote("https://id.gs1.org/01/04012345111118/21/9876", safe="")
    place = quote("https://id.gs1.org/414/4012345000054", safe="")

    assert len(partner.events(f"/epcs/{SGTIN}/events")) == 1
    assert len(partner.events(f"/epcs/{web}/events")) == 1
    assert len(partner.events(f"/bizLocations/{place}/events?EQ_action=OBSERVE")) == 1
    assert partner.events(f"/bizLocations/{place}/events?EQ_action=ADD") == []


def test_pages_lead_through_all_events_once(partner: Partner) -> None:
    for minute in range(7):
        partner.post("/events", alone(eventTime=f"2022-02-16T15:0{minute}:00Z"))
    path: str | None = "/events?perPage=3&orderBy=eventTime&orderDirection=ASC"
    seen = []
    while path is not None:
        answer = partner.get(path)
        seen += [
            one["eventTime"]
            for one in told(answer)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        ]
        link = answer.headers.get("Link")
        path = None if link is None else link.split(">")[0][1:].removeprefix(BASE)

    assert len(seen) == 7
    assert seen == sorted(seen)
    assert len(partner.events("/events?eventCountLimit=2")) == 2
    problem(partner.get("/events?maxEventCount=2"), 413, "QueryTooLargeException")


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/events?EQ_colour=red", 400, "QueryParameterException"),
        ("/events?perPage=none", 400, "QueryParameterException"),
        ("/events?nextPageToken=xx", 400, "QueryParameterException"),
        ("/events?WD_bizLocation=urn:a:b", 501, "NotImplementedException"),
        ("/events?MATCH_epc=" + "a" * 4100, 414, "URITooLongException"),
        ("/capture", 501, "NotImplementedException"),
        ("/readPoints", 501, "NotImplementedException"),
        ("/eventTypes/ObjectEvent/events", 501, "NotImplementedException"),
        ("/queries/none", 404, "NoSuchResourceException"),
        ("/queries/none/events", 404, "NoSuchResourceException"),
        ("/capture/none", 404, "NoSuchResourceException"),
    ],
)
def test_what_cannot_be_answered_is_said(
    partner: Partner, path: str, status: int, kind: str
) -> None:
    problem(partner.get(path), status, kind)


@pytest.mark.parametrize(
    ("header", "value", "kind"),
    [
        ("GS1-EPCIS-Version", "1.2", "UnsupportedVersionException"),
        ("GS1-EPC-Format", "Always_EPC_URN", "NotAcceptableException"),
        ("Accept", "application/xml", "NotAcceptableException"),
    ],
)
def test_another_speech_is_not_spoken(
    partner: Partner, header: str, value: str, kind: str
) -> None:
    problem(partner.get("/events", **{header: value}), 406, kind)


def test_a_question_is_named_asked_and_forgotten(partner: Partner) -> None:
    partner.post("/events", {**a_warm_box(), "@context": a_document()["@context"]})
    warm = {"name": "warm", "query": {"EQ_type": ["Temperature"], "GE_value_KEL": 299}}

    assert partner.post("/queries", warm).status_code == 201
    problem(partner.post("/queries", warm), 409, "ResourceAlreadyExistsException")
    assert told(partner.get("/queries"))["member"] == ["warm"]
    assert partner.get("/queries/warm").json == warm
    assert len(partner.events("/queries/warm/events")) == 1
    gone = partner.client.delete(f"{BASE}/queries/warm", headers=partner.headers)
    assert gone.status_code == 204
    problem(partner.get("/queries/warm"), 404, "NoSuchResourceException")
    problem(
        partner.post("/queries", {"name": "x", "query": {"EQ_colour": "red"}}),
        400,
        "QueryParameterException",
    )
