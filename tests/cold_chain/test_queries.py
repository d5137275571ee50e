"""Reads: orders, boards, timelines, charts, devices and invariants."""

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from cold_chain import queries, service
from cold_chain.errors import ShipmentNotFoundError
from cold_chain.queries.invariants import CHECKS
from cold_chain.values import (
    Acceptance,
    Arrival,
    DeviceHealth,
    HandOver,
    PlannedParcel,
    ShipmentState,
    Verdict,
)
from cold_chain.values.epcis import HandedIn
from tests.builders.cold_chain import (
    ACTOR,
    CARRIER,
    NOON,
    SELLER,
    a_departed_shipment,
    a_device,
    a_plan,
    an_upload,
)
from tests.builders.epcis import a_document, an_event
from tests.builders.places import TOWNSHIP
from workflows import epcis_told

EVENING = NOON + timedelta(hours=6)


def test_an_order_shows_its_shipments_with_their_verdicts(session: Session) -> None:
    boxes = (PlannedParcel(code="P1", weight_g=1_200), PlannedParcel(code="P2", weight_g=800))
    shipment_id = a_departed_shipment(session, parcels=boxes)
    a_departed_shipment(session, "WL-9-1", device="LOG-9")
    ambient = a_plan(session, storage_class="AMBIENT", parcel_group=2)
    service.plan_shipment(session, ambient)
    service.ingest_block(session, an_upload([2.0] * 60 + [9.0] * 13))
    service.arrive(session, Arrival(shipment_id=shipment_id, at=EVENING, actor=ACTOR))
    service.evaluate_dirty(session, at=EVENING)

    goat, noodles = queries.list_order_shipments(session, ["WL-1-1", "none"])

    assert goat.verdict is not None
    assert (goat.state, goat.weight_g) == (ShipmentState.ARRIVED, 2_000)
    assert (goat.profile_name, goat.carrier_name) == ("冷鲜肉", "承运")
    assert (goat.verdict.verdict, goat.verdict.max_centi) == (Verdict.FAIL, 900)
    assert {alarm["rule"] for alarm in goat.verdict.alarms} == {"warm", "warm_total", "hard"}
    assert not goat.is_dirty
    assert (noodles.profile_code, noodles.verdict) == (None, None)
    assert queries.get_shipment(session, shipment_id) == goat


def test_an_unknown_shipment_is_not_found(session: Session) -> None:
    with pytest.raises(ShipmentNotFoundError):
        queries.get_shipment(session, 999_999)


def test_the_board_shows_what_is_between_loading_and_acceptance(session: Session) -> None:
    travelling = a_departed_shipment(session)
    service.plan_shipment(session, a_plan(session, "WL-2-1"))

    def ids(**scope: str) -> list[int]:
        return [row.shipment_id for row in queries.list_live_shipments(session, **scope)]  # type: ignore[arg-type]  # by name

    assert ids() == [travelling]
    assert ids(carrier_code=CARRIER, shipper_code=SELLER) == [travelling]
    assert ids(origin_scope=TOWNSHIP[:6]) == [travelling]
    assert ids(carrier_code="other") == ids(origin_scope="51") == []


def test_a_timeline_tells_steps_and_holders(session: Session) -> None:
    shipment_id = a_departed_shipment(session)
    at = NOON + timedelta(hours=1)
    service.hand_over(
        session,
        HandOver(
            shipment_id=shipment_id, at=at, holder_code=SELLER, given_by="a", taken_by="b"
        ),
    )

    timeline = queries.list_timelines(session, [shipment_id])[shipment_id]

    assert [step.state.value for step in timeline.steps] == [
        "draft",
        "ready",
        "loaded",
        "in_transit",
    ]
    assert [(one.holder_code, one.from_at, one.to_at) for one in timeline.custody] == [
        (CARRIER, NOON, at),
        (SELLER, at, None),
    ]


def test_a_chart_has_the_curve_its_limits_and_what_went_wrong(session: Session) -> None:
    shipment_id = a_departed_shipment(session)
    service.ingest_block(session, an_upload([2.0] * 600 + [8.0] * 60, every_min=1))
    ambient = service.plan_shipment(session, a_plan(session, "WL-3-1", storage_class="AMBIENT"))
    night = NOON + timedelta(hours=12)
    service.evaluate_dirty(session, at=night)

    (chart,) = queries.list_charts(session, [shipment_id, ambient], at=night)

    assert len(chart.points) <= 400
    assert (chart.points[0].at, chart.from_at) == (NOON, NOON)
    assert max(point.centi for point in chart.points) == 800
    assert (chart.target_lower_centi, chart.target_upper_centi) == (0, 400)
    assert {(line.side.value, line.limit_centi) for line in chart.limits} == {
        ("upper", 400),
        ("upper", 700),
        ("lower", -50),
    }
    assert chart.verdict is Verdict.FAIL
    assert {one["rule"] for one in chart.excursions} == {"warm", "hard"}


def test_no_charts_for_no_shipments(session: Session) -> None:
    assert queries.list_charts(session, [], at=NOON) == []


def test_devices_show_how_they_feel_and_whether_they_are_free(session: Session) -> None:
    a_departed_shipment(session, device="LOG-1")
    a_device(session, "LOG-2")
    a_device(session, "LOG-3")
    service.revoke_device(session, "LOG-3", at=NOON)
    service.ingest_block(session, an_upload([2.0]))

    rows = queries.list_devices(session, at=NOON + timedelta(minutes=17))

    assert [(row.code, row.health, row.shipments, row.blocks) for row in rows] == [
        ("LOG-1", DeviceHealth.ABNORMAL, 1, 1),
        ("LOG-2", DeviceHealth.REGISTERED, 0, 0),
        ("LOG-3", DeviceHealth.REGISTERED, 0, 0),
    ]
    assert queries.list_free_devices(session, CARRIER) == ["LOG-2"]
    assert queries.list_devices(session, at=NOON, organisation_code="other") == []


def test_statements_do_not_grow_with_shipments(session: Session, statements: list[str]) -> None:
    ids = [
        a_departed_shipment(session, f"WL-{number}-1", device=f"LOG-{number}")
        for number in range(6)
    ]
    for number in range(6):
        service.ingest_block(session, an_upload([2.0] * 5, device=f"LOG-{number}"))
    service.evaluate_shipments(session, ids, at=EVENING)

    def count(some: Sequence[int]) -> tuple[int, int, int]:
        statements.clear()
        queries.list_order_shipments(session, [f"WL-{number}-1" for number in range(len(some))])
        orders = len(statements)
        queries.list_timelines(session, some)
        timelines = len(statements) - orders
        queries.list_charts(session, some, at=EVENING)
        return orders, timelines, len(statements) - orders - timelines

    assert count(ids[:1]) == count(ids) == (1, 2, 5)


def _tell(session: Session, shipment_id: int) -> None:
    service.register_prefix(
        session, "9521234", organisation_code=CARRIER, basis="test", valid_from=NOON.date()
    )
    epcis_told.tell(session, [shipment_id], at=EVENING)
    body = json.dumps(a_document(an_event())).encode()
    service.hand_in(session, HandedIn(owner_code=CARRIER, actor="key:1", body=body), at=EVENING)
    service.take_captures(session, at=EVENING)


def test_a_sound_journey_breaks_no_invariant(session: Session) -> None:
    shipment_id = a_departed_shipment(session)
    service.ingest_blocks(session, an_upload([2.0] * 40), an_upload([2.0] * 33, first=200))
    service.arrive(session, Arrival(shipment_id=shipment_id, at=EVENING, actor=ACTOR))
    service.evaluate_dirty(session, at=EVENING)
    service.accept(session, Acceptance(shipment_id=shipment_id, at=EVENING, actor=ACTOR))
    _tell(session, shipment_id)

    invariants = queries.list_invariants(session)
    assert len({one.name for one in invariants}) == len(invariants) > len(CHECKS)
    assert [one for one in invariants if one.violations] == []


@pytest.mark.parametrize(
    ("damage", "name"),
    [
        (
            "UPDATE raw_blocks SET body = 'x', sha256 = sha256('x') WHERE seq = 1",
            "whole chains of raw blocks",
        ),
        ("UPDATE devices SET last_seq = 5", "whole chains of raw blocks"),
        (
            (
                "WITH key AS (INSERT INTO signing_keys (public_key, private_key, made_at)"
                " VALUES (sha256('k'), 'k', now()) RETURNING id)"
                " INSERT INTO day_seals SELECT DATE '2026-06-01', 1, sha256('r'), id,"
                " sha256('s') || sha256('t'), now() FROM key"
            ),
            "seals of days that fit their blocks",
        ),
        ("DELETE FROM rollup_marks", "roll-ups that hold every good reading"),
        (
            "UPDATE custody_segments SET to_at = from_at + interval '1 minute'",
            "one holder of every shipment on the way",
        ),
        (
            'UPDATE evaluations SET alarms = \'[{"severity": "critical"}]\'',
            "no pass without coverage or with an alarm",
        ),
        (
            "UPDATE evaluations SET coverage_permille = 949",
            "no pass without coverage or with an alarm",
        ),
        (
            "UPDATE epcis_events SET slot = 'loaded' WHERE slot = 'departed'",
            "one told event of every moment of a shipment",
        ),
        (
            "UPDATE epcis_events SET event_id = 'urn:a:b' WHERE slot = 'departed'",
            "told events under the name of their hash",
        ),
        (
            "UPDATE epcis_captures SET stored = stored + 1",
            "as many events of every capture as it stored",
        ),
        ("DELETE FROM device_bindings", "a logger with every shipment under limits"),
        (
            "UPDATE shipments SET state = 'at_stop'",
            "state of every shipment as its last step tells",
        ),
    ],
)
def test_damage_done_behind_the_guards_is_noticed(
    session: Session, damage: str, name: str
) -> None:
    shipment_id = a_departed_shipment(session)
    service.ingest_blocks(session, an_upload([2.0] * 4), an_upload([2.0] * 3, first=20))
    service.evaluate_shipment(session, shipment_id, at=NOON + timedelta(minutes=30))
    _tell(session, shipment_id)
    session.connection().exec_driver_sql("SET LOCAL session_replication_role = replica")
    session.connection().exec_driver_sql(damage)
    session.connection().exec_driver_sql("SET LOCAL session_replication_role = origin")

    violations = {one.name: one.violations for one in queries.list_invariants(session)}

    assert violations[name] == 1
