"""The simulator: repeatable, plausible, and judged like any other logger."""

import statistics
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cold_chain import service, simulator
from cold_chain.models import Evaluation, Reading, ReadingConflict
from cold_chain.rules.doors import open_periods
from cold_chain.rules.moments import to_us
from cold_chain.rules.verdict import evaluate
from cold_chain.simulator import Flaw, Series, Trip
from cold_chain.values import Arrival, Assessment, Profile, Sample, Span, Verdict
from tests.builders.cold_chain import ACTOR, NOON, a_departed_shipment, a_profile, a_rule

GOAT = a_profile(a_rule(4, 30), a_rule(7, 15, code="hard"), limit=4)


def a_trip(seed: int = 1, *, hours: int = 24, flaw: Flaw = Flaw.NONE) -> Trip:
    return Trip(
        seed=seed,
        device_code="LOG-1",
        departed_at=NOON,
        arrived_at=NOON + timedelta(hours=hours),
        set_point_centi=simulator.set_point(0, 400),
        flaw=flaw,
    )


def judge(trip: Trip, series: Series, profile: Profile = GOAT) -> Assessment:
    custody = Span(to_us(trip.departed_at), to_us(trip.arrived_at))
    samples = [
        Sample(to_us(one.at), one.centi, trip.every_s * 1_000_000) for one in series.readings
    ]
    seen = [(to_us(one.at), one.is_open) for one in series.doors]
    return evaluate(samples, custody, profile, open_periods(seen, custody.to_us))


def test_the_same_trip_gives_the_same_series_and_another_seed_another() -> None:
    trip = a_trip()

    assert simulator.simulate(trip) == simulator.simulate(trip)
    assert simulator.simulate(trip) != simulator.simulate(a_trip(seed=2))


def test_a_sound_trip_is_complete_and_reads_in_tenths_near_its_set_point() -> None:
    series = simulator.simulate(a_trip())

    values = [one.centi for one in series.readings]
    assert len(values) == 24 * 12 + 1
    assert all(value % 10 == 0 for value in values)
    assert abs(statistics.mean(values) - 100) < 150
    assert 10 < statistics.stdev(values) < 100
    assert [one.is_open for one in series.doors] == [True, False, True, False]


@pytest.mark.parametrize(
    ("flaw", "expected"),
    [
        (Flaw.NONE, {Verdict.PASS}),
        (Flaw.UNIT_FAILURE, {Verdict.FAIL}),
        (Flaw.DOOR_LEFT_OPEN, {Verdict.FAIL}),
        (Flaw.SILENCE, {Verdict.INCONCLUSIVE}),
    ],
)
def test_nine_of_ten_trips_are_judged_by_their_flaw(flaw: Flaw, expected: set[Verdict]) -> None:
    trips = [a_trip(seed, hours=8 + seed % 24, flaw=flaw) for seed in range(60)]

    verdicts = [judge(trip, simulator.simulate(trip)).verdict for trip in trips]

    assert sum(verdict in expected for verdict in verdicts) >= 54


def test_a_silent_logger_never_passes() -> None:
    trips = [a_trip(seed, flaw=Flaw.SILENCE) for seed in range(100)]

    assert all(
        judge(trip, simulator.simulate(trip)).verdict is not Verdict.PASS for trip in trips
    )


def test_a_trip_that_goes_on_is_the_beginning_of_the_whole() -> None:
    trip = a_trip()
    until = NOON + timedelta(hours=5)

    whole, part = simulator.simulate(trip), simulator.simulate(trip, until=until)

    assert part.readings == whole.readings[: 5 * 12 + 1]
    assert all(one.at <= until for one in part.doors)


def test_uploads_hold_the_whole_series_in_the_form_of_the_api() -> None:
    trip = a_trip()
    series = simulator.simulate(trip)

    uploads = simulator.as_uploads(trip, series, per_upload=50)

    body = msgspec.json.decode(uploads[0].body)
    first = series.readings[0]
    assert tuple(one for upload in uploads for one in upload.readings) == series.readings
    assert tuple(one for upload in uploads for one in upload.doors) == series.doors
    assert body["readings"][0] == ["t1", int(first.at.timestamp()), first.centi]
    assert all(upload.readings[-1].at < upload.received_at for upload in uploads)


def test_a_box_is_set_where_a_careful_carrier_would() -> None:
    assert simulator.set_point(0, 400) == 100
    assert simulator.set_point(None, -1800) == -2000
    assert simulator.set_point(800, None) == 800


@pytest.mark.parametrize("seed", range(4))
def test_a_bad_network_changes_no_verdict(session: Session, seed: int) -> None:
    shipment_id = a_departed_shipment(session)
    trip = a_trip(seed, flaw=list(Flaw)[seed])
    series = simulator.simulate(trip)
    uploads = simulator.as_uploads(trip, series)

    for upload in simulator.disorder(uploads, seed=seed, with_conflicts=True):
        service.ingest_block(session, upload)
    service.arrive(session, Arrival(shipment_id=shipment_id, at=trip.arrived_at, actor=ACTOR))
    service.evaluate_shipment(session, shipment_id, at=trip.arrived_at)

    evaluation = session.execute(select(Evaluation)).scalar_one()
    limits = a_profile(a_rule(4, 30), limit=4, startup_ignore_min=10, hysteresis_centi=50)
    expected = judge(trip, series, limits).figures
    assert session.scalar(select(func.count()).select_from(Reading)) == len(series.readings)
    assert evaluation.max_centi == expected.max_centi
    assert evaluation.mkt_centi == expected.mkt_centi
    assert evaluation.dose_linear_milli == expected.dose_linear_milli
    assert evaluation.coverage_permille == expected.coverage_permille


def test_conflicting_repetitions_are_recorded(session: Session) -> None:
    a_departed_shipment(session)
    trip = a_trip(3, hours=80)
    uploads = simulator.as_uploads(trip, simulator.simulate(trip))
    sent = simulator.disorder(uploads, seed=3, with_conflicts=True)

    told = service.ingest_blocks(session, *sent)

    conflicts = session.scalar(select(func.count()).select_from(ReadingConflict))
    assert conflicts == sum(one.conflicts for one in told) > 0
