"""A shipment is told once, moment by moment, and corrected where late data changes it."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from cold_chain import queries, service
from cold_chain.epcis import names, reading
from cold_chain.epcis.errors import Gs1NumbersUsedUpError, Gs1PrefixMissingError
from cold_chain.values import Acceptance, Arrival, HandOver, ShipmentId, ShipmentState
from cold_chain.values.epcis import KeyKind
from tests.builders.cold_chain import (
    ACTOR,
    CARRIER,
    NOON,
    SELLER,
    a_departed_shipment,
    an_upload,
)
from workflows import epcis_told

PREFIX = "9521234"
LOCATED = {KeyKind.GLN, KeyKind.PARTY}
"""Places and parties share their numbers."""


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


@pytest.fixture
def shipment(session: Session) -> ShipmentId:
    shipment_id = a_departed_shipment(session)
    a_prefix(session)
    return shipment_id


def a_prefix(session: Session, prefix: str = PREFIX) -> None:
    service.register_prefix(
        session, prefix, organisation_code=CARRIER, basis="test", valid_from=date(2020, 1, 1)
    )


def tell(session: Session, shipment: int, minute: float = 300) -> int:
    return epcis_told.tell(session, [shipment], at=at(minute))


def document(session: Session, shipment: int) -> dict[str, Any]:
    written = epcis_told.document(session, [shipment], at=at(400))
    found = reading.read(written)
    assert not found.problems
    assert [
        one.problems or one.doubts for one in found.events if one.problems or one.doubts
    ] == []
    return written


def events(session: Session, shipment: int, step: str = "") -> list[dict[str, Any]]:
    told = document(session, shipment)["epcisBody"]["eventList"]
    return [one for one in told if not step or one["bizStep"] == step]


def deliver(session: Session, shipment: ShipmentId, *, decide: ShipmentState) -> None:
    service.ingest_block(session, an_upload([2.0] * 24))
    service.hand_over(
        session,
        HandOver(
            shipment_id=shipment,
            at=at(60),
            holder_code=SELLER,
            given_by="person:1",
            taken_by="person:2",
        ),
    )
    service.arrive(session, Arrival(shipment_id=shipment, at=at(120), actor=ACTOR))
    service.evaluate_shipment(session, shipment, at=at(121))
    service.accept(
        session,
        Acceptance(
            shipment_id=shipment,
            at=at(130),
            actor=ACTOR,
            second_actor="person:2",
            decision=decide,
        ),
    )


def test_telling_twice_tells_nothing_new(session: Session, shipment: ShipmentId) -> None:
    assert queries.list_untold(session, limit=10) == [shipment]
    assert tell(session, shipment) > 0

    assert tell(session, shipment) == 0
    assert queries.list_untold(session, limit=10) == []


def test_a_journey_is_told_moment_by_moment(session: Session, shipment: ShipmentId) -> None:
    tell(session, shipment)
    assert [one["bizStep"] for one in events(session, shipment)] == [
        "loading", "assembling", "departing", "accepting",
    ]  # fmt: skip

    deliver(session, shipment, decide=ShipmentState.ACCEPTED)
    assert queries.list_untold(session, limit=10) == [shipment]
    tell(session, shipment)

    steps = [one["bizStep"] for one in events(session, shipment)]
    assert steps.count("accepting") == 2
    assert steps.count("sensor_reporting") == 2
    assert {"arriving", "receiving", "removing", "inspecting"} <= set(steps)


def test_each_holder_answers_for_what_was_measured_in_their_time(
    session: Session, shipment: ShipmentId
) -> None:
    deliver(session, shipment, decide=ShipmentState.ACCEPTED)
    tell(session, shipment)

    first, second = events(session, shipment, "sensor_reporting")
    assert (
        first["sensorElementList"][0]["sensorMetadata"]["endTime"]
        == second["sensorElementList"][0]["sensorMetadata"]["startTime"]
    )
    (report, kinetic, coverage) = first["sensorElementList"][0]["sensorReport"]
    assert (report["minValue"], report["meanValue"], report["sDev"]) == (2.0, 2.0, 0.0)
    assert kinetic["type"] == "wl:MeanKineticTemperature"
    assert kinetic["value"] == pytest.approx(2.0, abs=0.005)
    assert coverage["value"] == 100.0


def test_late_readings_correct_what_was_told(session: Session, shipment: ShipmentId) -> None:
    deliver(session, shipment, decide=ShipmentState.ACCEPTED)
    tell(session, shipment)
    (before,) = events(session, shipment, "inspecting")

    for minute in range(1, 5):
        service.ingest_block(session, an_upload([14.0] * 23, first=minute))
    service.evaluate_shipment(session, shipment, at=at(200))
    assert queries.list_untold(session, limit=10) == [shipment]
    tell(session, shipment)

    declared = [one for one in events(session, shipment) if "errorDeclaration" in one]
    judged = events(session, shipment, "inspecting")
    (now,) = [one for one in judged if one["wl:evaluationVersion"] == "2"]
    (old,) = [one for one in declared if one["bizStep"] == "inspecting"]
    assert (before["disposition"], now["disposition"]) == ("conformant", "non_conformant")
    assert old["eventID"] == before["eventID"]
    assert old["errorDeclaration"]["correctiveEventIDs"] == [now["eventID"]]
    assert tell(session, shipment) == 0


def test_nobody_is_named_without_a_prefix(session: Session) -> None:
    shipment_id = a_departed_shipment(session)

    with pytest.raises(Gs1PrefixMissingError):
        tell(session, shipment_id)


def test_keys_are_given_once_and_are_right(session: Session, shipment: ShipmentId) -> None:
    wanted = [(kind, f"thing:{number}") for kind in KeyKind for number in range(12)]

    given = service.give_keys(session, wanted, at=NOON)

    assert service.give_keys(session, [*reversed(wanted)], at=NOON) == given
    located = {number for (kind, _), number in given.items() if kind in LOCATED}
    assert len(located) == len(LOCATED) * 12
    assert len({(kind, number) for (kind, _), number in given.items()}) == len(wanted)
    paths = {KeyKind.GTIN: "01", KeyKind.GLN: "414", KeyKind.PARTY: "417", KeyKind.SSCC: "00",
             KeyKind.GRAI: "8003", KeyKind.GIAI: "8004"}  # fmt: skip
    for (kind, _), number in given.items():
        named = f"{names.ROOT}/{paths[kind]}/{number}"
        assert names.canonical(named) == named
        assert names.wrong_check_digit(named) is None


def test_a_prefix_runs_out_of_numbers(session: Session) -> None:
    a_departed_shipment(session)
    a_prefix(session, "95212345678")

    with pytest.raises(Gs1NumbersUsedUpError):
        service.give_keys(session, [(KeyKind.GLN, str(one)) for one in range(11)], at=NOON)
