"""Clocks that were wrong: seen from receipts, put right by a decision, given back exactly."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from cold_chain import service
from cold_chain.models import ClockCorrection, ClockFault, Reading, RetimedReading
from cold_chain.rules.clocks import Envelope, corrected_us, propose
from cold_chain.rules.moments import MINUTE_US, SECOND_US, to_us
from cold_chain.values import ClockErrorKind, CorrectionState, Measured, Upload
from kernel.errors import ConflictError, ShanjiError
from tests.builders.cold_chain import NOON, a_departed_shipment

EVERY = 5 * MINUTE_US
HOUR = timedelta(hours=1)
WEEKS = timedelta(weeks=1024)


def envelopes(
    error: timedelta, *, blocks: int = 24, per_block: int = 6, late_s: int = 20, ppb: int = 0
) -> list[Envelope]:
    """Return what a device that sends every half hour shows with a clock off by so much."""
    found = []
    for number in range(blocks):
        last_us = to_us(NOON) + number * per_block * EVERY
        claimed_us = last_us + round(error.total_seconds() * SECOND_US)
        claimed_us += (last_us - to_us(NOON)) * ppb // 10**9
        received_us = last_us + (late_s + number % 7) * SECOND_US
        found.append(
            Envelope(number + 1, received_us, claimed_us - (per_block - 1) * EVERY, claimed_us)
        )
    return found


@pytest.mark.parametrize(
    ("error", "kind", "offset"),
    [
        (8 * HOUR, ClockErrorKind.ZONE, -8 * HOUR),
        (-8 * HOUR, ClockErrorKind.ZONE, 8 * HOUR),
        (-WEEKS, ClockErrorKind.ROLLOVER, WEEKS),
        (datetime(1970, 1, 1, tzinfo=UTC) - NOON, ClockErrorKind.LOST, None),
        (datetime(2000, 1, 1, tzinfo=UTC) - NOON, ClockErrorKind.LOST, None),
        (timedelta(minutes=25), ClockErrorKind.STEP, None),
    ],
)
def test_a_wrong_clock_is_seen_from_its_receipts(
    error: timedelta, kind: ClockErrorKind, offset: timedelta | None
) -> None:
    seen = envelopes(error)

    (proposal,) = propose(seen, EVERY)

    assert (proposal.kind, proposal.from_seq, proposal.to_seq) == (kind, 1, 24)
    if offset is not None:
        assert proposal.offset_us == round(offset.total_seconds() * SECOND_US)
    for one in seen:
        right = corrected_us(
            one.last_us,
            offset_us=proposal.offset_us,
            drift_ppb=proposal.drift_ppb,
            base_us=proposal.base_us,
        )
        assert abs(one.received_us - right) <= 60 * SECOND_US


@pytest.mark.parametrize("minutes", [2, -2])
def test_a_drift_of_two_minutes_a_month_is_seen(minutes: int) -> None:
    ppb = minutes * 60 * 10**9 // (30 * 86_400)

    (proposal,) = propose(envelopes(timedelta(0), blocks=48 * 14, ppb=ppb), EVERY)

    assert proposal.kind is ClockErrorKind.DRIFT
    assert proposal.drift_ppb == pytest.approx(-ppb, rel=0.1)


def test_a_right_clock_asks_for_nothing() -> None:
    assert propose(envelopes(timedelta(0), blocks=300), EVERY) == []
    assert propose([], EVERY) == []


def test_one_night_in_a_valley_is_no_wrong_clock() -> None:
    # A backlog of eight hours sent at once, then on time.
    late = [
        Envelope(one.seq, to_us(NOON) + 12 * 60 * MINUTE_US, one.first_us, one.last_us)
        for one in envelopes(timedelta(0), blocks=20)
    ]

    assert propose(late, EVERY) == []


@given(st.integers(-(10**14), 10**14), st.integers(-(10**6), 10**6), st.integers(0, 10**12))
def test_no_correction_changes_the_order(offset: int, ppb: int, step: int) -> None:
    at = to_us(NOON)
    first, second = (
        corrected_us(one, offset_us=offset, drift_ppb=ppb, base_us=at)
        for one in (at, at + step)
    )

    assert first <= second


def send(session: Session, error: timedelta, *, blocks: int = 14) -> None:
    """Send eight readings a block of a device whose clock is off, each heard at once."""
    for number in range(blocks):
        start = NOON + timedelta(minutes=30 * number)
        readings = tuple(
            Measured("t1", start + timedelta(minutes=5 * place) + error, 200 + number)
            for place in range(6)
        )
        service.ingest_block(
            session,
            Upload(
                device_code="LOG-1",
                body=repr(readings).encode(),
                received_at=start + timedelta(minutes=25, seconds=30),
                readings=readings,
            ),
        )


def decide(session: Session, state: CorrectionState, *, note: str = "电话核实") -> None:
    found = session.scalar(select(ClockCorrection.id))
    service.decide_correction(
        session, found or 0, state=state, actor="person:7", at=NOON + 9 * HOUR, note=note
    )


@pytest.mark.parametrize("hours", [8, -8])
def test_a_zone_fault_is_proposed_accepted_and_given_back(session: Session, hours: int) -> None:
    shipment = a_departed_shipment(session)
    at = NOON + 7 * HOUR
    send(session, hours * HOUR)
    kept = session.scalar(select(func.count()).select_from(Reading))
    before = service.evaluate_shipment(session, shipment, at=at)

    assert service.propose_corrections(session, since=NOON - HOUR, at=at) == 1
    assert service.propose_corrections(session, since=NOON - HOUR, at=at) == 0
    decide(session, CorrectionState.ACCEPTED)
    service.roll_up(session)
    accepted = service.evaluate_shipment(session, shipment, at=at)
    retimed = session.scalars(select(RetimedReading).order_by(RetimedReading.at)).all()
    decide(session, CorrectionState.WITHDRAWN)
    again = service.evaluate_shipment(session, shipment, at=at)

    assert (retimed[0].at, retimed[0].device_at) == (NOON, NOON + hours * HOUR)
    assert len(retimed) == 14 * 6
    assert before is not None
    assert accepted is not None
    assert again is not None
    assert (before.verdict, accepted.verdict) == ("inconclusive", "pass")
    assert again.verdict == before.verdict
    assert session.scalar(select(func.count()).select_from(Reading)) == kept
    assert session.scalar(select(func.count()).select_from(RetimedReading)) == 0
    versions = session.execute(
        text("SELECT data_version FROM evaluations ORDER BY version")
    ).scalars()
    assert len(set(map(bytes, versions))) == 2


def test_readings_of_a_lost_clock_count_again(session: Session) -> None:
    a_departed_shipment(session)
    send(session, datetime(1970, 1, 1, tzinfo=UTC) - NOON)
    assert session.scalar(select(func.count()).select_from(Reading)) == 0

    service.propose_corrections(session, since=NOON - HOUR, at=NOON + 7 * HOUR)
    decide(session, CorrectionState.ACCEPTED)
    service.roll_up(session)

    first = session.scalars(select(RetimedReading).order_by(RetimedReading.at)).first()
    assert first is not None
    assert abs(first.at - NOON) <= timedelta(minutes=1)
    assert session.scalar(select(func.count()).select_from(ClockFault)) == 14 * 6
    assert session.scalar(text("SELECT sum(samples) FROM reading_rollups")) == 14 * 6


def test_a_decision_names_its_reason_and_is_made_once(session: Session) -> None:
    a_departed_shipment(session)
    send(session, 8 * HOUR)
    service.propose_corrections(session, since=NOON - HOUR, at=NOON + 7 * HOUR)

    with pytest.raises(ConflictError, match="reason"):
        decide(session, CorrectionState.ACCEPTED, note=" ")
    decide(session, CorrectionState.REJECTED)
    for state in CorrectionState:
        with pytest.raises(ConflictError, match="cannot become"):
            decide(session, state)
    assert service.propose_corrections(session, since=NOON - HOUR, at=NOON + 7 * HOUR) == 0
    with pytest.raises(ShanjiError, match="no correction"):
        service.decide_correction(
            session, 0, state=CorrectionState.ACCEPTED, actor="x", at=NOON, note="x"
        )
