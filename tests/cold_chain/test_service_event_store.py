"""Events are stored once, come back whole, and are found by those who may read them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cold_chain import queries, service
from cold_chain.epcis import hashing, questions
from cold_chain.epcis.errors import DocumentRefusedError
from cold_chain.models import EpcisCapture, EpcisEvent
from cold_chain.queries.epcis import EventRow, Viewer
from cold_chain.values.epcis import Checks, ErrorBehaviour, HandedIn, NewEvent
from tests.builders.epcis import OWN, a_document, a_warm_box, an_event
from tests.builders.places import a_place, a_seller

AT = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
MINE = Viewer(frozenset({"C01"}))


@pytest.fixture
def owners(session: Session) -> None:
    a_place(session)
    a_seller(session, "C01")
    a_seller(session, "C02")


def store(session: Session, *events: dict[str, Any], owner: str = "C01") -> list[Any]:
    return service.store_events(
        session,
        *(NewEvent(owner_code=owner, event=one, context=[OWN]) for one in events),
        at=AT,
    )


def ask(session: Session, viewer: Viewer = MINE, **given: Any) -> list[EventRow]:
    return queries.list_events(session, questions.read(given), viewer, limit=50)


@pytest.mark.usefixtures("owners")
def test_an_event_comes_back_whole_with_the_same_hash(session: Session) -> None:
    own = {"example:own": {"example:deep": ["1", 2, True, 26.0, 1e-7]}}
    event = a_warm_box() | own

    store(session, event)
    session.expire_all()

    (row,) = ask(session)
    assert row.body == event
    assert row.event_id == hashing.hash_event(event, [OWN])
    assert hashing.hash_event(row.body, row.context) == hashing.hash_event(event, [OWN])


@pytest.mark.usefixtures("owners")
def test_the_same_event_is_stored_once_however_it_is_written(session: Session) -> None:
    first, again = store(
        session, an_event(), an_event(eventTime="2022-02-16T14:00:00Z", bizStep="inspecting")
    )

    assert (first.is_new, again.is_new, again.conflicts) == (True, False, False)
    assert not store(session, an_event())[0].is_new


@pytest.mark.usefixtures("owners")
def test_another_event_under_a_taken_id_is_a_conflict(session: Session) -> None:
    named = {"eventID": "urn:uuid:404d95fc-9457-4a51-bd6a-0bba133845a8"}
    store(session, an_event(**named))

    (other,) = store(session, an_event(action="ADD", **named))
    (declared,) = store(
        session, an_event(errorDeclaration={"declarationTime": "2022-03-01T00:00:00Z"}, **named)
    )
    (foreign,) = store(session, an_event(action="ADD", **named), owner="C02")

    assert other.conflicts
    assert declared.is_new
    assert foreign.is_new
    assert [row.body["action"] for row in ask(session, EQ_action="ADD")] == []


@pytest.mark.usefixtures("owners")
def test_events_are_read_by_whom_they_concern(session: Session) -> None:
    store(session, an_event())
    store(session, an_event(action="ADD"), owner="C02")

    assert [row.body["action"] for row in ask(session)] == ["OBSERVE"]
    assert len(ask(session, Viewer(sees_all=True))) == 2
    assert ask(session, Viewer()) == []


SGTIN = "urn:epc:id:sgtin:4012345.011111.9876"


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"GE_value_CEL": "26.2", "EQ_type": "Temperature"}, True),
        ({"GE_value_KEL": 299.35, "EQ_type": "Temperature"}, True),
        ({"EQ_value_KEL": "299.15"}, True),
        ({"GT_value_KEL": "299.35", "EQ_type": "Temperature"}, False),
        ({"GE_value_FAH": "79.15"}, True),
        ({"EQ_value_CEL": "800"}, False),
        ({"EQ_deviceID": "https://id.gs1.org/8004/4000001111"}, True),
        ({"EQ_deviceID": "urn:epc:id:giai:4000001.112"}, False),
        ({"EXISTS_sensorElementList": ""}, True),
        ({"EXISTS_sensorElementList": False}, False),
        ({"GE_startTime": "2022-02-16T14:55:00+01:00"}, True),
        ({"LT_endTime": "2022-02-16T14:05:00+01:00"}, False),
        ({"MATCH_epc": [SGTIN]}, True),
        ({"MATCH_anyEPC": "https://id.gs1.org/01/04012345111118/21/9876"}, True),
        ({"MATCH_epc": "urn:epc:idpat:sgtin:4012345.011111.*"}, True),
        ({"MATCH_epc": "urn:epc:idpat:sgtin:4012345.011112.*"}, False),
        ({"MATCH_parentID": SGTIN}, False),
        ({"EQ_bizStep": "packing|inspecting"}, True),
        ({"EQ_bizStep": "https://ref.gs1.org/cbv/BizStep-inspecting"}, True),
        ({"EQ_readPoint": "https://example.org/gln/4012345000054"}, True),
        ({"eventType": "AggregationEvent"}, False),
        ({"eventType": ["ObjectEvent"], "LT_eventTime": "2022-02-16T14:00:00Z"}, False),
        (
            {"GE_eventTime": "2022-02-16T14:00:00Z", "GE_recordTime": "2026-06-01T04:00:00Z"},
            True,
        ),
        ({"EXISTS_errorDeclaration": "true"}, False),
    ],
)
@pytest.mark.usefixtures("owners")
def test_a_question_finds_what_was_said_in_other_words(
    session: Session,
    *,
    given: dict[str, Any],
    found: bool,
) -> None:
    store(session, a_warm_box())

    assert bool(ask(session, **given)) is found


@pytest.mark.parametrize(
    ("given", "is_known"),
    [
        ({"EQ_colour": "red"}, False),
        ({"GE_eventTime": "yesterday"}, False),
        ({"eventType": "Party"}, False),
        ({"GE_value_CEL": "warm"}, False),
        ({"GE_value_CEL": "1e999999"}, False),
        ({"eventCountLimit": "0"}, False),
        ({"EQ_action": ["a"] * 500}, False),
        ({"WD_bizLocation": "urn:a:b"}, True),
        ({"EQ_bizTransaction_po": "urn:a:b"}, True),
    ],
)
def test_what_cannot_be_asked_is_said(*, given: dict[str, Any], is_known: bool) -> None:
    with pytest.raises(questions.QuestionError) as refused:
        questions.read(given)

    assert refused.value.parameter in given
    assert refused.value.is_known is is_known


def hand_in(session: Session, document: dict[str, Any], **fields: Any) -> str:
    return service.hand_in(
        session,
        HandedIn(owner_code="C01", actor="key:x", body=json.dumps(document).encode(), **fields),
        at=AT,
    )


def outcome(session: Session, code: str) -> tuple[bool, int, int, list[str]]:
    row = queries.find_capture(session, code, MINE)
    assert row is not None
    return (
        row.finished_at is not None,
        row.stored,
        row.known,
        [one["code"] for one in row.errors],
    )


BAD = an_event(bizStep="slaughtering")
NAMED = {"eventID": "urn:uuid:404d95fc-9457-4a51-bd6a-0bba133845a8"}
TAKEN = an_event(action="ADD", **NAMED)


@pytest.mark.usefixtures("owners")
def test_a_capture_waits_and_is_then_stored(session: Session) -> None:
    code = hand_in(session, a_document(an_event(), a_warm_box()))
    assert outcome(session, code) == (False, 0, 0, [])

    assert service.take_captures(session, at=AT) == 1

    assert outcome(session, code) == (True, 2, 0, [])
    again = hand_in(session, a_document(an_event()))
    service.take_captures(session, at=AT)
    assert outcome(session, again) == (True, 0, 1, [])
    assert service.take_captures(session, at=AT) == 0
    assert queries.find_capture(session, code, Viewer(frozenset({"C02"}))) is None


@pytest.mark.usefixtures("owners")
def test_rollback_stores_nothing_when_one_event_clashes(session: Session) -> None:
    store(session, an_event(**NAMED))
    code = hand_in(session, a_document(a_warm_box(), TAKEN))

    service.take_captures(session, at=AT)

    assert outcome(session, code) == (True, 0, 0, ["event_id_taken"])
    assert len(session.scalars(select(EpcisEvent)).all()) == 1


@pytest.mark.usefixtures("owners")
def test_proceed_stores_the_good_ones(session: Session) -> None:
    store(session, an_event(**NAMED))
    code = hand_in(
        session, a_document(BAD, a_warm_box(), TAKEN), error_behaviour=ErrorBehaviour.PROCEED
    )

    service.take_captures(session, at=AT)

    assert outcome(session, code) == (True, 1, 0, ["unknown_word", "event_id_taken"])


@pytest.mark.usefixtures("owners")
def test_a_bad_document_is_refused_at_once(session: Session) -> None:
    with pytest.raises(DocumentRefusedError) as refused:
        hand_in(session, a_document(an_event(), BAD))

    assert [one.pointer for one in refused.value.problems] == ["/epcisBody/eventList/1/bizStep"]
    assert session.scalars(select(EpcisCapture)).all() == []


@pytest.mark.usefixtures("owners")
def test_contradictions_are_refused_or_taken_with_their_doubts(session: Session) -> None:
    doubtful = a_document(an_event(epcList=["https://id.gs1.org/00/106141412345678907"]))
    with pytest.raises(DocumentRefusedError):
        hand_in(session, doubtful)

    code = hand_in(session, doubtful, checks=Checks.REPORT)
    service.take_captures(session, at=AT)

    assert outcome(session, code) == (True, 1, 0, [])
    (kept,) = session.scalars(select(EpcisCapture)).all()
    assert [one["code"] for one in kept.doubts] == ["check_digit_wrong"]


@pytest.mark.usefixtures("owners")
@pytest.mark.parametrize(
    "table", ["epcis_events", "epcis_event_things", "epcis_sensor_figures"]
)
def test_events_cannot_be_changed(session: Session, table: str) -> None:
    store(session, a_warm_box())

    with pytest.raises(IntegrityError, match="append-only"):
        session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 -- a table of this test
