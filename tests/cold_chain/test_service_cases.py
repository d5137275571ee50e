"""Excursions and gaps from the first suspicion to the last word, and certificates."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cold_chain import service
from cold_chain.errors import (
    CalibrationKnownError,
    CaseStateError,
    CauseMissingError,
    ReasonMissingError,
    SecondPersonNeededError,
)
from cold_chain.models import (
    CustodyLoss,
    Evaluation,
    ExcursionCase,
    ExcursionStep,
    GapCase,
    GapStep,
)
from cold_chain.rules.cases import Spent, budget_left
from cold_chain.values import (
    Arrival,
    ExcursionCause,
    ExcursionMove,
    ExcursionState,
    GapMove,
    GapState,
    HandOver,
    NewCalibration,
    Verdict,
)
from tests.builders.cold_chain import (
    ACTOR,
    CARRIER,
    NOON,
    SELLER,
    a_departed_shipment,
    an_upload,
)

E = ExcursionState
EVENING = NOON + timedelta(hours=6)


def fresh(session: Session, kind: Any) -> list[Any]:
    statement = select(kind).order_by(kind.id)
    found = list(session.scalars(statement.execution_options(populate_existing=True)))
    for one in found:
        session.expunge(one)
    return found


def minute(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def states(session: Session) -> list[str]:
    return [one.state.value for one in fresh(session, ExcursionStep)]


def single(session: Session) -> ExcursionCase:
    case: ExcursionCase
    (case,) = [one for one in fresh(session, ExcursionCase) if one.rule == "warm"]
    return case


def move(session: Session, state: ExcursionState, **changes: Any) -> None:
    values: dict[str, Any] = {
        "case_id": single(session).id,
        "at": EVENING,
        "actor": ACTOR,
    } | changes
    service.follow_up(session, ExcursionMove(state=state, **values))


def test_a_suspicion_becomes_a_case_and_an_alarm_confirms_it(session: Session) -> None:
    a_departed_shipment(session)
    service.ingest_block(session, an_upload([2.0] * 6 + [6.0] * 3))
    service.evaluate_dirty(session, at=minute(41))
    suspected = single(session).state
    service.ingest_block(session, an_upload([6.0] * 5, first=45))
    service.evaluate_dirty(session, at=minute(66))

    case = single(session)
    assert (suspected, case.state) == (E.SUSPECTED, E.CONFIRMED)
    assert (case.start_at, case.alarm_at) == (minute(30), minute(60))
    assert (case.holder_code, case.is_over, case.peak_centi) == (CARRIER, False, 600)


def test_a_suspicion_that_passes_is_closed_by_itself(session: Session) -> None:
    a_departed_shipment(session)
    service.ingest_block(session, an_upload([2.0] * 6 + [6.0] * 3))
    service.evaluate_dirty(session, at=minute(41))
    service.ingest_block(session, an_upload([2.0] * 5, first=45))
    service.evaluate_dirty(session, at=minute(66))

    assert states(session) == ["suspected", "closed"]


def a_confirmed_case(session: Session) -> ExcursionCase:
    shipment_id = a_departed_shipment(session)
    service.ingest_block(session, an_upload([2.0] * 6 + [6.0] * 8 + [2.0] * 23))
    service.arrive(session, Arrival(shipment_id=shipment_id, at=minute(185), actor=ACTOR))
    service.evaluate_dirty(session, at=minute(190))
    return single(session)


def test_an_excursion_is_followed_up_to_the_end_and_gives_its_budget_back(
    session: Session,
) -> None:
    a_confirmed_case(session)
    with pytest.raises(CaseStateError):
        move(session, E.ASSESSED, cause=ExcursionCause.DOOR)
    move(session, E.ACKNOWLEDGED)
    with pytest.raises(CauseMissingError):
        move(session, E.ASSESSED)
    move(session, E.ASSESSED, cause=ExcursionCause.DOOR)
    with pytest.raises(ReasonMissingError):
        move(session, E.RESOLVED)

    def left() -> int:
        case = single(session)
        assert case.budget_s is not None
        return budget_left(case.budget_s, [Spent(case.used_s, case.is_added_back)])

    former = left()
    move(session, E.RESOLVED, note="门开太久，货温未升")
    added_back = left()
    move(session, E.UPHELD, note="复查货温偏高")
    taken_again = left()
    move(session, E.CLOSED)

    assert (former, added_back, taken_again) == (20 * 60, 60 * 60, 20 * 60)
    assert single(session).state is E.CLOSED
    assert states(session) == [
        *("confirmed", "acknowledged", "recovered", "assessed", "resolved", "upheld"),
        "closed",
    ]


def test_late_data_opens_a_closed_excursion_again(session: Session) -> None:
    shipment_id = a_departed_shipment(session)
    series = [2.0] * 6 + [6.0] * 8 + [2.0] * 23
    service.ingest_block(session, an_upload(series[:14]))
    service.ingest_block(session, an_upload(series[17:], first=85))
    service.arrive(session, Arrival(shipment_id=shipment_id, at=minute(185), actor=ACTOR))
    service.evaluate_dirty(session, at=minute(190))
    move(session, E.ACKNOWLEDGED)
    move(session, E.ASSESSED, cause=ExcursionCause.SENSOR)
    move(session, E.RESOLVED, note="x")
    move(session, E.CLOSED)
    before = single(session)

    service.ingest_block(session, an_upload([6.0] * 3, first=70))
    service.evaluate_dirty(session, at=minute(200))

    after = single(session)
    assert (before.state, before.is_added_back) == (E.CLOSED, True)
    assert (after.state, after.is_added_back) == (E.CONFIRMED, False)
    assert after.used_s > before.used_s
    old, new = fresh(session, Evaluation)
    assert {one["figure"] for one in new.changes} >= {"gap_count", "excursions", "samples"}
    assert (old.changes, old.superseded_by) == ([], new.id)


def a_gap(session: Session) -> GapCase:
    shipment_id = a_departed_shipment(session)
    service.ingest_block(session, an_upload([2.0] * 13))
    service.ingest_block(session, an_upload([2.0] * 13, first=120))
    service.arrive(session, Arrival(shipment_id=shipment_id, at=minute(180), actor=ACTOR))
    service.evaluate_dirty(session, at=minute(190))
    case: GapCase
    (case,) = fresh(session, GapCase)
    return case


def decide(session: Session, state: GapState, actor: str, note: str = "雨天信号差") -> None:
    (case,) = fresh(session, GapCase)
    service.decide_gaps(
        session, GapMove(case_id=case.id, state=state, at=EVENING, actor=actor, note=note)
    )


def test_a_gap_is_accepted_by_two_persons_only(session: Session) -> None:
    case = a_gap(session)
    with pytest.raises(SecondPersonNeededError):
        decide(session, GapState.ACCEPTED, "person:2")
    with pytest.raises(ReasonMissingError):
        decide(session, GapState.OPEN, "person:1", note=" ")
    decide(session, GapState.OPEN, "person:1")
    with pytest.raises(SecondPersonNeededError):
        decide(session, GapState.ACCEPTED, "person:1")
    decide(session, GapState.ACCEPTED, "person:2")

    last = fresh(session, GapStep)[-1]
    assert (case.is_too_long, case.unknown_s) == (True, 50 * 60)
    assert (last.state, last.actor, last.proposed_by) == (
        GapState.ACCEPTED,
        "person:2",
        "person:1",
    )
    (evaluation,) = fresh(session, Evaluation)
    assert evaluation.verdict is Verdict.INCONCLUSIVE


def test_late_data_fills_a_gap_and_voids_a_request_for_what_was(session: Session) -> None:
    a_gap(session)
    decide(session, GapState.OPEN, "person:1")
    service.ingest_block(session, an_upload([2.0] * 4, first=65))
    service.evaluate_dirty(session, at=minute(200))
    with pytest.raises(SecondPersonNeededError):
        decide(session, GapState.ACCEPTED, "person:2")
    service.ingest_block(session, an_upload([2.0] * 7, first=85))
    service.evaluate_dirty(session, at=minute(210))

    (case,) = fresh(session, GapCase)
    assert case.state is GapState.FILLED
    with pytest.raises(CaseStateError):
        decide(session, GapState.UPHELD, "person:2")


def test_every_minute_is_booked_to_the_holder_of_that_minute(session: Session) -> None:
    shipment_id = a_departed_shipment(session)
    service.hand_over(
        session,
        HandOver(
            shipment_id=shipment_id,
            at=minute(90),
            holder_code=SELLER,
            given_by="person:1",
            taken_by="person:2",
        ),
    )
    service.ingest_block(session, an_upload([2.0] * 12 + [10.0] * 12 + [2.0] * 13))
    service.arrive(session, Arrival(shipment_id=shipment_id, at=minute(180), actor=ACTOR))
    service.evaluate_dirty(session, at=minute(190))

    (evaluation,) = fresh(session, Evaluation)
    first, second = session.scalars(select(CustodyLoss).order_by(CustodyLoss.place))
    assert (first.holder_code, second.holder_code) == (CARRIER, SELLER)
    assert (first.to_at, second.from_at) == (minute(90), minute(90))
    assert first.dose_hold_milli == second.dose_hold_milli == 30 * 6 * 1000
    assert first.dose_hold_milli + second.dose_hold_milli == evaluation.dose_hold_milli


def a_certificate(valid_to: datetime, **changes: Any) -> NewCalibration:
    values: dict[str, Any] = {
        "device_code": "LOG-1",
        "channel_code": "t1",
        "certificate": "JL-2025-1",
        "laboratory": "重庆市计量质量检测研究院",
        "valid_from": NOON - timedelta(days=365),
        "valid_to": valid_to,
        "offset_centi": 150,
        "uncertainty_centi": 20,
        "at": NOON,
        "actor": ACTOR,
    }
    return NewCalibration(**(values | changes))


def test_a_reading_after_expiry_proves_nothing_until_a_new_certificate(
    session: Session,
) -> None:
    shipment_id = a_departed_shipment(session)
    service.record_calibrations(session, a_certificate(minute(60)))
    service.ingest_block(session, an_upload([2.0] * 37))
    service.arrive(session, Arrival(shipment_id=shipment_id, at=minute(180), actor=ACTOR))
    service.evaluate_dirty(session, at=minute(190))
    renewed = a_certificate(
        NOON + timedelta(days=300), certificate="JL-2026-9", valid_from=minute(50)
    )
    service.record_calibrations(session, renewed)
    service.evaluate_dirty(session, at=minute(200))

    lapsed, valid = fresh(session, Evaluation)
    assert (lapsed.verdict, lapsed.reasons) == (Verdict.INCONCLUSIVE, ["calibration"])
    assert lapsed.uncalibrated_s == 120 * 60
    assert (valid.verdict, valid.uncalibrated_s) == (Verdict.PASS, 0)
    assert (lapsed.max_centi, valid.max_centi) == (200, 200)
    assert service.record_calibrations(session, renewed) == 0
    with pytest.raises(CalibrationKnownError):
        service.record_calibrations(session, a_certificate(minute(99)))
