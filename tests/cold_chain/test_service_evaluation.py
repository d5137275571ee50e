"""Evaluation: once per data and profile version, superseded by later data, told once."""

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from cold_chain import service
from cold_chain.errors import ProfileNotFoundError
from cold_chain.models import Device, DeviceBinding, DoorReading, Evaluation, Shipment
from cold_chain.values import Arrival, DoorSeen, Upload, Verdict
from kernel.outbox import OutboxRow
from tests.builders.cold_chain import ACTOR, NOON, a_departed_shipment, a_device, an_upload

EVENING = NOON + timedelta(hours=6)


def evaluations(session: Session) -> list[Evaluation]:
    return list(
        session.scalars(
            select(Evaluation)
            .order_by(Evaluation.version)
            .execution_options(populate_existing=True)
        )
    )


def test_evaluating_again_without_new_readings_stores_nothing(session: Session) -> None:
    shipment_id = a_departed_shipment(session)
    service.ingest_block(session, an_upload([2.0] * 10))

    first = service.evaluate_shipment(session, shipment_id, at=NOON + timedelta(minutes=46))
    again = service.evaluate_shipment(session, shipment_id, at=NOON + timedelta(minutes=70))

    assert first is not None
    assert again is not None
    assert (first.is_new, again.is_new) == (True, False)
    assert (first.version, again.version) == (1, 1)
    assert len(evaluations(session)) == 1


def test_late_readings_give_a_new_version_that_supersedes_the_old(session: Session) -> None:
    shipment_id = a_departed_shipment(session)
    service.ingest_block(session, an_upload([2.0] * 37))
    service.arrive(session, Arrival(shipment_id=shipment_id, at=EVENING, actor=ACTOR))
    service.evaluate_dirty(session, at=EVENING)

    service.ingest_block(session, an_upload([2.0] * 36, first=185))
    judged = service.evaluate_dirty(session, at=EVENING + timedelta(hours=1))

    old, new = evaluations(session)
    assert (old.verdict, new.verdict) == (Verdict.INCONCLUSIVE, Verdict.PASS)
    assert (old.superseded_by, new.superseded_by) == (new.id, None)
    assert [(one.shipment_id, one.version) for one in judged] == [(shipment_id, 2)]
    assert service.evaluate_dirty(session, at=EVENING) == []


def test_an_alarm_is_told_once_with_its_start_and_its_time(session: Session) -> None:
    shipment_id = a_departed_shipment(session)
    service.ingest_block(session, an_upload([2.0] * 6 + [6.0] * 7))
    service.evaluate_dirty(session, at=NOON + timedelta(minutes=60))
    service.ingest_block(session, an_upload([6.0] * 2, first=65))
    service.evaluate_dirty(session, at=NOON + timedelta(minutes=70))

    facts = session.scalars(
        select(OutboxRow.payload).where(OutboxRow.fact == "ExcursionConfirmed")
    ).all()
    started_at = (NOON + timedelta(minutes=30)).isoformat().replace("+00:00", "Z")
    alarm_at = (NOON + timedelta(minutes=60)).isoformat().replace("+00:00", "Z")
    assert [(fact["shipment_id"], fact["rule"]) for fact in facts] == [(shipment_id, "warm")]
    assert (facts[0]["excursion_at"], facts[0]["alarm_at"]) == (started_at, alarm_at)


def test_a_silent_logger_makes_a_journey_inconclusive_once(session: Session) -> None:
    shipment_id = a_departed_shipment(session)
    service.ingest_block(session, an_upload([2.0] * 10))
    minutes = (46, 60, 80, 120, 300)

    for minute in minutes:
        service.evaluate_shipment(session, shipment_id, at=NOON + timedelta(minutes=minute))

    assert [one.verdict for one in evaluations(session)] == [
        Verdict.PASS,
        Verdict.INCONCLUSIVE,
    ]


def test_an_open_door_delays_the_alarm(session: Session) -> None:
    shipment_id = a_departed_shipment(session)
    warm = an_upload([2.0] * 6 + [7.5] * 3 + [2.0] * 4)
    door = (
        DoorSeen("door", NOON + timedelta(minutes=29), is_open=True),
        DoorSeen("door", NOON + timedelta(minutes=31), is_open=False),
    )
    service.ingest_block(
        session,
        Upload(
            device_code="LOG-1",
            body=warm.body,
            received_at=warm.received_at,
            readings=warm.readings,
            doors=door,
        ),
    )

    service.evaluate_shipment(session, shipment_id, at=NOON + timedelta(minutes=60))

    excursions = evaluations(session)[0].excursions
    assert session.scalar(select(func.count()).select_from(DoorReading)) == 2
    assert all(one["at_door"] for one in excursions)


def test_only_shipments_that_travelled_with_the_device_fall_due(session: Session) -> None:
    travelling = a_departed_shipment(session, "WL-1-1", device="LOG-1")
    a_departed_shipment(session, "WL-1-2", device="LOG-2")

    service.ingest_block(session, an_upload([2.0], device="LOG-1"))

    due = session.scalars(select(Shipment.id).where(Shipment.dirty_at.is_not(None))).all()
    assert due == [travelling]


def test_two_shipments_may_share_the_logger_of_a_box(session: Session) -> None:
    both = [a_departed_shipment(session, number) for number in ("WL-1-1", "WL-1-2")]

    service.ingest_block(session, an_upload([2.0] * 10))
    judged = service.evaluate_dirty(session, at=NOON + timedelta(minutes=45))

    assert [one.shipment_id for one in judged] == both
    assert {one.verdict for one in judged} == {"pass"}


def test_a_shipment_that_has_not_left_is_not_judged(session: Session) -> None:
    shipment_id = a_departed_shipment(session)

    assert service.evaluate_shipment(session, shipment_id, at=NOON) is None
    assert service.evaluate_shipments(session, [], at=NOON) == []


def test_judging_too_early_leaves_a_shipment_due(session: Session) -> None:
    shipment_id = a_departed_shipment(session)
    service.ingest_block(session, an_upload([2.0] * 3))

    assert service.evaluate_dirty(session, at=NOON) == []
    judged = service.evaluate_dirty(session, at=NOON + timedelta(minutes=10))

    assert [one.shipment_id for one in judged] == [shipment_id]


def test_loggers_changed_on_the_way_make_one_record(session: Session) -> None:
    shipment_id = a_departed_shipment(session, device="LOG-1")
    a_device(session, "LOG-2")
    changed_at = NOON + timedelta(minutes=30)
    session.execute(update(DeviceBinding).values(to_at=changed_at))
    second = select(Device.id).where(Device.code == "LOG-2").scalar_subquery()
    session.execute(
        insert(DeviceBinding).values(
            shipment_id=shipment_id, device_id=second, from_at=changed_at
        )
    )
    service.ingest_blocks(
        session,
        an_upload([2.0] * 13, device="LOG-1"),
        an_upload([3.0] * 13, device="LOG-2"),
    )

    service.evaluate_shipment(session, shipment_id, at=NOON + timedelta(minutes=15))
    service.evaluate_shipment(session, shipment_id, at=NOON + timedelta(minutes=60))

    first, both = evaluations(session)
    assert (first.min_centi, first.max_centi) == (200, 200)
    assert (both.min_centi, both.max_centi, both.gap_count) == (200, 300, 0)
    assert both.samples == 11


def test_limits_that_vanished_are_named(session: Session) -> None:
    shipment_id = a_departed_shipment(session)
    session.connection().exec_driver_sql("SET LOCAL session_replication_role = replica")
    session.connection().exec_driver_sql("DELETE FROM limit_profiles")
    session.connection().exec_driver_sql("SET LOCAL session_replication_role = origin")

    with pytest.raises(ProfileNotFoundError):
        service.evaluate_shipment(session, shipment_id, at=EVENING)
