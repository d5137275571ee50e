"""The journey: planning, loading, leaving, handing over, delivering, accepting."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from cold_chain import service
from cold_chain.errors import (
    CustodyError,
    DeviceNotFoundError,
    InspectionError,
    PrecoolError,
    ProfileNotFoundError,
    ShipmentNotFoundError,
    ShipmentReplannedError,
    ShipmentStateError,
)
from cold_chain.models import CustodySegment, DeviceBinding, Parcel, Shipment, ShipmentStep
from cold_chain.values import (
    Acceptance,
    Arrival,
    Departure,
    Ending,
    HandOver,
    Loading,
    PlannedParcel,
    ShipmentId,
    ShipmentState,
    Stop,
)
from kernel.audit import AuditRow
from kernel.outbox import OutboxRow
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

EVENING = NOON + timedelta(hours=6)
OVERLAP = """
INSERT INTO custody_segments (shipment_id, holder_code, from_at)
SELECT shipment_id, holder_code, from_at + interval '1 hour' FROM custody_segments
"""


def state_of(session: Session, shipment_id: ShipmentId) -> ShipmentState:
    return session.execute(
        select(Shipment.state).where(Shipment.id == shipment_id)
    ).scalar_one()


def deliver(session: Session, shipment_id: ShipmentId, celsius: float = 2) -> None:
    """Bring a shipment to its receiver after six hours at one temperature."""
    service.ingest_block(session, an_upload([celsius] * 73))
    service.arrive(session, Arrival(shipment_id=shipment_id, at=EVENING, actor=ACTOR))
    service.evaluate_shipment(session, shipment_id, at=EVENING)


def test_a_plan_chooses_the_limits_of_its_storage_class(session: Session) -> None:
    shipment_id = service.plan_shipment(session, a_plan(session))

    row = session.get_one(Shipment, shipment_id)
    assert (row.profile_code, row.profile_version) == ("GOAT_CHILLED", 1)
    assert row.state is ShipmentState.DRAFT


def test_a_plan_may_name_its_limits_and_goods_without_limits_have_none(
    session: Session,
) -> None:
    shoots, noodles = service.plan_shipments(
        session,
        a_plan(session, "WL-2-1", storage_class="CHILL_VEG", profile_code="BAMBOO_FRESH"),
        a_plan(session, "WL-2-2", storage_class="AMBIENT"),
    )

    assert session.get_one(Shipment, shoots).profile_code == "BAMBOO_FRESH"
    assert session.get_one(Shipment, noodles).profile_code is None


def test_a_plan_under_unknown_limits_is_refused(session: Session) -> None:
    with pytest.raises(ProfileNotFoundError):
        service.plan_shipment(session, a_plan(session, profile_code="NONE"))


def test_planning_twice_plans_once(session: Session) -> None:
    plan = a_plan(session, parcels=(PlannedParcel(code="P-1", weight_g=2_000),))

    first = service.plan_shipment(session, plan)
    again = service.plan_shipment(session, plan)

    assert first == again
    assert session.scalars(select(Parcel.code)).all() == ["P-1"]
    assert session.scalars(select(ShipmentStep.state)).all() == [ShipmentState.DRAFT]


def test_planning_something_else_under_the_same_key_is_refused(session: Session) -> None:
    service.plan_shipment(session, a_plan(session))

    with pytest.raises(ShipmentReplannedError):
        service.plan_shipment(session, a_plan(session, destination_city="济南市"))


def test_frozen_goods_need_a_cold_box_or_a_recorded_reason(session: Session) -> None:
    shipment_id = service.plan_shipment(session, a_plan(session, storage_class="FROZEN"))

    for box_centi in (None, -900):
        with pytest.raises(PrecoolError):
            service.load(
                session,
                Loading(shipment_id=shipment_id, at=NOON, actor=ACTOR, box_centi=box_centi),
            )
    reason = "the carrier's box is pre-cooled on the way"
    service.load(
        session,
        Loading(shipment_id=shipment_id, at=NOON, actor=ACTOR, box_centi=-900, override=reason),
    )

    assert state_of(session, shipment_id) is ShipmentState.LOADED
    assert reason in session.scalars(select(ShipmentStep.note)).all()


def test_departing_binds_the_logger_and_gives_the_carrier_custody(session: Session) -> None:
    shipment_id = a_departed_shipment(session)

    custody = session.execute(select(CustodySegment)).scalar_one()
    binding = session.execute(select(DeviceBinding)).scalar_one()
    fact = session.execute(select(OutboxRow)).scalar_one()
    assert (custody.holder_code, custody.from_at, custody.to_at) == (CARRIER, NOON, None)
    assert (binding.shipment_id, binding.from_at) == (shipment_id, NOON)
    assert (fact.fact, fact.payload["order_number"]) == ("ShipmentDeparted", "WL-1-1")


def test_goods_with_limits_do_not_leave_without_a_working_logger(session: Session) -> None:
    a_device(session)
    service.revoke_device(session, "LOG-1", at=NOON)
    shipment_id = service.plan_shipment(session, a_plan(session))
    service.load(session, Loading(shipment_id=shipment_id, at=NOON, actor=ACTOR))

    with pytest.raises(CustodyError) as refusal:
        service.depart(session, Departure(shipment_id=shipment_id, at=NOON, actor=ACTOR))
    with pytest.raises(DeviceNotFoundError), session.begin_nested():
        service.depart(
            session,
            Departure(shipment_id=shipment_id, at=NOON, actor=ACTOR, device_code="LOG-1"),
        )

    assert refusal.value.code == "logger_missing"
    assert state_of(session, shipment_id) is ShipmentState.LOADED


def test_custody_passes_on_without_a_hole_and_both_sign(session: Session) -> None:
    shipment_id = a_departed_shipment(session)
    at = NOON + timedelta(hours=1)

    service.hand_over(
        session,
        HandOver(
            shipment_id=shipment_id,
            at=at,
            holder_code=SELLER,
            given_by="person:2",
            taken_by="person:3",
            core_centi=300,
        ),
    )

    first, second = session.scalars(select(CustodySegment).order_by(CustodySegment.from_at))
    act = session.execute(select(AuditRow)).scalar_one()
    assert (first.to_at, second.from_at, second.holder_code) == (at, at, SELLER)
    assert (act.detail["given_by"], act.detail["taken_by"]) == ("person:2", "person:3")


def test_custody_of_goods_that_have_not_left_does_not_pass_on(session: Session) -> None:
    shipment_id = service.plan_shipment(session, a_plan(session))

    with pytest.raises(CustodyError) as refusal:
        service.hand_over(
            session,
            HandOver(
                shipment_id=shipment_id, at=NOON, holder_code=SELLER, given_by="a", taken_by="b"
            ),
        )

    assert refusal.value.code == "not_on_the_way"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"core_centi": 701}, "core_too_warm"),
        ({"taken_by": "person:2"}, "one_signature"),
    ],
)
def test_a_hand_over_is_refused(
    session: Session, changes: dict[str, object], code: str
) -> None:
    values: dict[str, object] = {
        "shipment_id": a_departed_shipment(session),
        "at": NOON + timedelta(hours=1),
        "holder_code": SELLER,
        "given_by": "person:2",
        "taken_by": "person:3",
    }

    with pytest.raises(CustodyError) as refusal:
        service.hand_over(session, HandOver(**(values | changes)))  # type: ignore[arg-type]  # by name

    assert refusal.value.code == code


def test_a_delivery_in_good_order_is_accepted_and_closed(session: Session) -> None:
    shipment_id = a_departed_shipment(session)
    service.stop(session, Stop(shipment_id=shipment_id, at=NOON, actor=ACTOR))
    service.resume(session, Stop(shipment_id=shipment_id, at=NOON, actor=ACTOR))

    deliver(session, shipment_id)
    service.accept(session, Acceptance(shipment_id=shipment_id, at=EVENING, actor=ACTOR))
    service.close(session, Ending(shipment_id=shipment_id, at=EVENING, actor=ACTOR, reason=""))

    row = session.get_one(Shipment, shipment_id)
    steps = session.scalars(select(ShipmentStep.state).order_by(ShipmentStep.id)).all()
    facts = session.scalars(select(OutboxRow.fact).order_by(OutboxRow.id)).all()
    assert (row.departed_at, row.arrived_at, row.accepted_at) == (NOON, EVENING, EVENING)
    assert " ".join(steps) == (
        "draft ready loaded in_transit at_stop in_transit arrived inspected accepted closed"
    )
    assert facts == ["ShipmentDeparted", "ShipmentDelivered"]
    assert session.scalars(select(DeviceBinding.to_at)).all() == [EVENING]


def test_a_broken_cold_chain_is_accepted_with_a_claim_only(session: Session) -> None:
    shipment_id = a_departed_shipment(session)
    deliver(session, shipment_id, celsius=9)

    with pytest.raises(InspectionError):
        service.accept(session, Acceptance(shipment_id=shipment_id, at=EVENING, actor=ACTOR))
    service.accept(
        session,
        Acceptance(
            shipment_id=shipment_id,
            at=EVENING,
            actor=ACTOR,
            decision=ShipmentState.ACCEPTED_WITH_CLAIM,
        ),
    )

    assert state_of(session, shipment_id) is ShipmentState.ACCEPTED_WITH_CLAIM


def test_a_record_with_holes_needs_a_second_person(session: Session) -> None:
    shipment_id = a_departed_shipment(session)
    service.arrive(session, Arrival(shipment_id=shipment_id, at=EVENING, actor=ACTOR))
    service.evaluate_shipment(session, shipment_id, at=EVENING)
    acceptance = {"shipment_id": shipment_id, "at": EVENING, "actor": ACTOR}

    for second_actor in ("", ACTOR):
        with pytest.raises(InspectionError):
            service.accept(session, Acceptance(**acceptance, second_actor=second_actor))  # type: ignore[arg-type]  # by name
    service.accept(session, Acceptance(**acceptance, second_actor="person:2"))  # type: ignore[arg-type]  # by name

    assert state_of(session, shipment_id) is ShipmentState.ACCEPTED
    assert "second: person:2" in session.scalars(select(ShipmentStep.note)).all()


def test_nothing_is_accepted_before_it_was_judged(session: Session) -> None:
    shipment_id = a_departed_shipment(session)
    service.arrive(session, Arrival(shipment_id=shipment_id, at=EVENING, actor=ACTOR))

    with pytest.raises(InspectionError):
        service.accept(session, Acceptance(shipment_id=shipment_id, at=EVENING, actor=ACTOR))


def test_goods_without_limits_travel_without_logger_and_verdict(session: Session) -> None:
    shipment_id = service.plan_shipment(session, a_plan(session, storage_class="AMBIENT"))
    service.load(session, Loading(shipment_id=shipment_id, at=NOON, actor=ACTOR))
    service.depart(session, Departure(shipment_id=shipment_id, at=NOON, actor=ACTOR))
    service.arrive(session, Arrival(shipment_id=shipment_id, at=EVENING, actor=ACTOR))

    assert service.evaluate_shipment(session, shipment_id, at=EVENING) is None
    service.accept(session, Acceptance(shipment_id=shipment_id, at=EVENING, actor=ACTOR))

    assert state_of(session, shipment_id) is ShipmentState.ACCEPTED


def test_a_journey_does_not_go_back_in_time(session: Session) -> None:
    shipment_id = a_departed_shipment(session)
    before = NOON - timedelta(seconds=1)

    with pytest.raises(CustodyError) as earlier:
        service.arrive(session, Arrival(shipment_id=shipment_id, at=before, actor=ACTOR))
    with pytest.raises(CustodyError) as at_once:
        service.arrive(session, Arrival(shipment_id=shipment_id, at=NOON, actor=ACTOR))

    assert (earlier.value.code, at_once.value.code) == (
        "moment_goes_back",
        "custody_just_began",
    )


def test_only_goods_not_loaded_yet_are_cancelled(session: Session) -> None:
    waiting = service.plan_shipment(session, a_plan(session, "WL-3-1"))
    travelling = a_departed_shipment(session)

    service.cancel(
        session, Ending(shipment_id=waiting, at=NOON, actor=ACTOR, reason="refunded")
    )
    with pytest.raises(ShipmentStateError):
        service.cancel(session, Ending(shipment_id=travelling, at=NOON, actor=ACTOR, reason=""))

    assert state_of(session, waiting) is ShipmentState.CANCELLED


def test_a_command_for_an_unknown_shipment_or_for_none(session: Session) -> None:
    with pytest.raises(ShipmentNotFoundError):
        service.load(session, Loading(shipment_id=ShipmentId(999_999), at=NOON, actor=ACTOR))

    service.load(session)
    service.depart(session)
    service.arrive(session)
    service.accept(session)
    service.cancel(session)
    service.hand_over(session)
    service.stop(session)
    assert service.plan_shipments(session) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE shipments SET state = 'accepted'",
        "DELETE FROM shipments",
        "UPDATE shipment_steps SET state = 'closed'",
        "UPDATE custody_segments SET holder_code = 'C90'",
        "DELETE FROM custody_segments",
        OVERLAP,
        "UPDATE device_bindings SET from_at = from_at - interval '1 hour'",
        "DELETE FROM devices",
        "UPDATE device_channels SET kind = 'door'",
        "UPDATE limit_profiles SET dose_limit_centi = 9999",
        "TRUNCATE raw_blocks CASCADE",
    ],
)
def test_the_database_itself_refuses_to_rewrite_history(
    session: Session, statement: str
) -> None:
    a_departed_shipment(session)

    with pytest.raises(DBAPIError), session.begin_nested():
        session.connection().exec_driver_sql(statement)
