"""Chilled goat from Wulong to Chongqing: no network in the valley, and data that come late."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cold_chain import queries, service
from cold_chain.models import Evaluation
from cold_chain.values import Acceptance, Arrival, ShipmentId, ShipmentState, Verdict
from kernel.outbox import OutboxRow
from tests.builders.cold_chain import ACTOR, NOON, a_departed_shipment, an_upload

ARRIVAL = NOON + timedelta(hours=6)
EVENING = NOON + timedelta(hours=9)


def a_delivery_out_of_the_valley(session: Session) -> ShipmentId:
    """Bring goods at 2 °C to Chongqing; readings are missing from two o'clock to five."""
    shipment_id = a_departed_shipment(session)
    service.ingest_block(session, an_upload([2.0] * 25))
    service.ingest_block(session, an_upload([2.0] * 13, first=300))
    service.arrive(session, Arrival(shipment_id=shipment_id, at=ARRIVAL, actor=ACTOR))
    service.evaluate_dirty(session, at=ARRIVAL)
    return shipment_id


def accept_by_two(session: Session, shipment_id: ShipmentId) -> None:
    """Take goods over whose record has holes."""
    service.accept(
        session,
        Acceptance(
            shipment_id=shipment_id, at=ARRIVAL, actor="person:1", second_actor="person:2"
        ),
    )


def hear_of_the_valley(session: Session) -> None:
    """Receive what the logger had kept: the goods stood at 6.5 °C for fifty minutes."""
    valley = [2.0] * 13 + [6.5] * 10 + [2.0] * 12
    service.ingest_block(session, an_upload(valley, first=125))
    service.evaluate_dirty(session, at=EVENING)


def test_three_unknown_hours_leave_a_doubt(session: Session) -> None:
    shipment_id = a_delivery_out_of_the_valley(session)

    verdict = queries.get_shipment(session, shipment_id).verdict

    assert verdict is not None
    assert verdict.verdict is Verdict.INCONCLUSIVE
    assert verdict.reasons == ("coverage_low", "gap_too_long")
    assert verdict.longest_gap_s == 3 * 3600
    # 24 steps of five minutes, one interval for the reading before the gap, 12 steps and the
    # last reading's own interval: 190 of 360 minutes.
    assert verdict.credited_s == 190 * 60
    assert verdict.coverage_permille == 527


def test_late_readings_turn_the_doubt_into_a_breach(session: Session) -> None:
    shipment_id = a_delivery_out_of_the_valley(session)

    hear_of_the_valley(session)

    verdict = queries.get_shipment(session, shipment_id).verdict
    assert verdict is not None
    assert (verdict.version, verdict.verdict) == (2, Verdict.FAIL)
    assert (verdict.coverage_permille, verdict.gap_count) == (1000, 0)
    assert verdict.max_centi == 650
    # 50 minutes × 2.5 °C held; straight lines take the edges off:
    # 45 × 2.5 + 2 × (2.5 × 5 × 2.5 / 4.5) / 2 = 119.444.
    assert verdict.dose_hold_milli == 125_000
    assert verdict.dose_linear_milli == 119_444
    (alarm,) = verdict.alarms
    minutes = {"start_at": 190, "alarm_at": 220, "end_at": 240}
    assert {name: alarm[name] for name in minutes} == {
        name: (NOON + timedelta(minutes=minute)).isoformat() for name, minute in minutes.items()
    }


def test_the_first_report_is_kept_and_the_breach_is_told_once(session: Session) -> None:
    shipment_id = a_delivery_out_of_the_valley(session)
    accept_by_two(session, shipment_id)

    hear_of_the_valley(session)
    service.evaluate_shipment(session, shipment_id, at=EVENING)

    first, second = session.scalars(select(Evaluation).order_by(Evaluation.version))
    told = session.scalars(select(OutboxRow.fact).order_by(OutboxRow.id)).all()
    assert (first.verdict, first.superseded_by) == (Verdict.INCONCLUSIVE, second.id)
    assert queries.get_shipment(session, shipment_id).state is ShipmentState.ACCEPTED
    assert told == ["ShipmentDeparted", "ShipmentDelivered", "ExcursionConfirmed"]
