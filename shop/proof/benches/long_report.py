"""The figures of a long journey from roll-ups, beside the same figures from every reading."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median

from sqlalchemy import text
from sqlalchemy.orm import Session

from cold_chain import service as cold_chain
from cold_chain.queries.long_spans import held_in, list_days
from cold_chain.rules.moments import SECOND_US, to_us
from cold_chain.rules.rollups import LongFigures, reckon
from cold_chain.rules.verdict import evaluate
from cold_chain.simulator import an_upload
from cold_chain.values import (
    AlarmMode,
    AlarmRule,
    ChannelKind,
    LimitSide,
    Measured,
    NewChannel,
    NewDevice,
    Profile,
    Sample,
    Span,
)
from kernel import clock
from shop.proof.ground.databases import Ground, analyze, engine_on, laid
from shop.proof.runner import Kind, Outcome, run_named
from shop.sample.fleet import CARRIER
from shop.settings import Settings

SECONDS = 5.0
GOAL = f"a million readings (SIZE=full) in < {SECONDS:.0f} s, equal to every reading"
EVERY_S = 30
PER_UPLOAD = 10_000
ROUNDS = 3
GAP_SHARE = 0.0005
LIMIT_CENTI = 400
PROFILE = Profile(
    code="LONG",
    version=1,
    rules=(
        AlarmRule(
            code="warm",
            side=LimitSide.UPPER,
            limit_centi=LIMIT_CENTI,
            mode=AlarmMode.SINGLE,
            delay_min=30,
        ),
    ),
    dose_limit_centi=LIMIT_CENTI,
)
CHANNEL = text(
    "SELECT channel.id FROM device_channels channel JOIN devices device"
    " ON device.id = channel.device_id WHERE device.code = 'LONG'"
)
RAW = text(
    "SELECT (extract(epoch FROM at) * 1000000)::bigint AS at_us, centi_celsius FROM readings"
    " WHERE channel_id = :channel_id AND quality = 'good' AND at >= :start AND at <= :stop"
    " ORDER BY at"
)
ROLLUPS = text("SELECT count(*) FROM reading_rollups WHERE channel_id = :channel_id")


@dataclass(frozen=True, slots=True)
class Size:
    """How many readings the journey has."""

    readings: int


DEFAULT = Size(readings=100_000)
FULL = Size(readings=1_000_000)


@run_named(Kind.BENCH, "long-report")
def long_report(settings: Settings) -> Outcome:
    """Reckon a journey of a reading every thirty seconds from roll-ups and from readings."""
    with laid(settings) as ground:
        return measure(ground, FULL if settings.full_size else DEFAULT)


@dataclass(frozen=True, slots=True)
class Timed:
    """What both ways said and how long they took."""

    figures: LongFigures
    is_equal: bool
    days: int
    rollups: int
    rolled_s: float
    made_s: float
    raw_s: float


def measure(ground: Ground, size: Size) -> Outcome:
    """Take the readings in, roll them up, and reckon a stretch that cuts both ends."""
    with (
        ground.copy("long") as settings,
        engine_on(settings.database_url) as engine,
        Session(engine) as session,
    ):
        custody = _prepare(session, size)
        started = time.monotonic()
        while True:
            with session.begin():
                if not cold_chain.roll_up(session):
                    break
        made_s = time.monotonic() - started
        analyze(settings.database_url)
        timed = _time(session, custody, made_s)
    return _outcome(size, timed)


def _prepare(session: Session, size: Size) -> Span:
    """Take in the whole journey, an hour cut off at both ends of the stretch asked about."""
    length = timedelta(seconds=EVERY_S * size.readings)
    start = (
        clock.now().replace(microsecond=0) - length * (1 + 3 * GAP_SHARE) - timedelta(days=2)
    )
    with session.begin():
        cold_chain.register_devices(
            session,
            NewDevice(
                code="LONG",
                serial="LONG",
                organisation_code=CARRIER,
                secret="a secret of more than thirty-two letters",  # noqa: S106 -- of a bench
                channels=(
                    NewChannel(
                        code="t1", kind=ChannelKind.TEMPERATURE, sampling_interval_s=EVERY_S
                    ),
                ),
                registered_at=start,
            ),
        )
    last_at = start
    readings: list[Measured] = []
    for reading in _walk(start, size.readings):
        readings.append(reading)
        last_at = reading.at
        if len(readings) == PER_UPLOAD:
            _send(session, readings)
            readings = []
    _send(session, readings)
    cut = timedelta(minutes=61, seconds=7)
    return Span(to_us(start + cut), to_us(last_at - cut))


def _walk(start: datetime, count: int) -> Iterator[Measured]:
    chance = Random("long report")
    at, centi = start, 200
    for _ in range(count):
        at += timedelta(seconds=EVERY_S)
        if chance.random() < GAP_SHARE:
            at += timedelta(seconds=EVERY_S * chance.randint(1, 200))
        # A slow walk around two degrees, in tenths as loggers tell them.
        centi += 10 * chance.choice((-1, 0, 0, 1)) - (centi - 200) // 100
        yield Measured("t1", at, centi)


def _send(session: Session, readings: list[Measured]) -> None:
    if readings:
        with session.begin():
            cold_chain.ingest_block(
                session, an_upload("LONG", readings, received_at=readings[-1].at)
            )


def _time(session: Session, custody: Span, made_s: float) -> Timed:
    with session.begin():
        channel_id = int(session.execute(CHANNEL).scalar_one())
        rollups = int(session.execute(ROLLUPS, {"channel_id": channel_id}).scalar_one())
        spent = []
        for _ in range(ROUNDS):
            started = time.monotonic()
            told = _from_rollups(session, channel_id, custody)
            days = list_days(session, channel_id, custody)
            spent.append(time.monotonic() - started)
        started = time.monotonic()
        is_equal = told == _from_readings(session, channel_id, custody)
        raw_s = time.monotonic() - started
    return Timed(told, is_equal, len(days), rollups, median(spent), made_s, raw_s)


def _from_rollups(session: Session, channel_id: int, custody: Span) -> LongFigures:
    return reckon(
        held_in(session, channel_id, custody),
        custody,
        dose_limit_centi=LIMIT_CENTI,
        joule_per_mole=PROFILE.mkt_joule_per_mole,
        limits=((LimitSide.UPPER, LIMIT_CENTI),),
    )


def _from_readings(session: Session, channel_id: int, custody: Span) -> LongFigures:
    """Return the same figures as the verdict on shipments reckons them, reading by reading."""
    rows = session.execute(
        RAW,
        {
            "channel_id": channel_id,
            "start": datetime.fromtimestamp(custody.from_us / SECOND_US, UTC),
            "stop": datetime.fromtimestamp(custody.to_us / SECOND_US, UTC),
        },
    )
    samples = [Sample(row.at_us, row.centi_celsius, EVERY_S * SECOND_US) for row in rows]
    found = evaluate(samples, custody, PROFILE)
    figures = found.figures
    beyond_us = 0
    for earlier, later in zip(samples, [*samples[1:], None], strict=True):
        step_us = EVERY_S * SECOND_US if later is None else later.at_us - earlier.at_us
        held_us = EVERY_S * SECOND_US if step_us > 1.9 * EVERY_S * SECOND_US else step_us
        beyond_us += held_us if earlier.centi > LIMIT_CENTI else 0
    return LongFigures(
        samples=figures.samples,
        min_centi=figures.min_centi,
        max_centi=figures.max_centi,
        mean_centi=figures.mean_centi,
        mkt_centi=figures.mkt_centi,
        credited_us=figures.credited_us,
        coverage_permille=figures.coverage_permille,
        dose_hold_milli=figures.dose_hold_milli,
        beyond_us={(LimitSide.UPPER, LIMIT_CENTI): beyond_us},
        gap_count=len(found.gaps),
        longest_gap_us=max((gap.to_us - gap.from_us for gap in found.gaps), default=0),
    )


def _outcome(size: Size, timed: Timed) -> Outcome:
    said = "equal" if timed.is_equal else "DIFFERENT"
    return Outcome(
        "long-report",
        f"{size.readings:,} readings in {timed.rolled_s:.2f} s from roll-ups, {said} to"
        f" {timed.raw_s:.1f} s over every reading",
        GOAL,
        holds=timed.is_equal and timed.rolled_s < SECONDS,
        details=(
            f"{timed.rollups:,} roll-ups over {timed.days} days, made in {timed.made_s:.1f} s",
            (
                f"  {timed.figures.samples:,} readings within, {timed.figures.gap_count} gaps,"
                f" dose {timed.figures.dose_hold_milli / 1000:,.1f} °C·min"
            ),
        ),
    )
