"""Roll-ups of five minutes say what the readings say, in whatever order these come."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from cold_chain import service
from cold_chain.models import DeviceChannel, ReadingRollup, RollupMark
from cold_chain.queries.long_spans import held_in, is_behind, list_days
from cold_chain.rules.moments import MINUTE_US, to_us
from cold_chain.rules.rollups import Held, close, hold, reckon
from cold_chain.rules.verdict import evaluate
from cold_chain.values import LimitSide, Measured, Sample, Span, Upload
from tests.builders.cold_chain import NOON, a_device, a_profile, a_rule

LIMITS = ((LimitSide.UPPER, 800), (LimitSide.LOWER, 0), (LimitSide.UPPER, 433))
START = to_us(NOON)


def a_channel(session: Session, *, every_s: int = 60) -> int:
    a_device(session, every_s=every_s)
    found = session.scalar(select(DeviceChannel.id).where(DeviceChannel.code == "t1"))
    return found or 0


def a_walk(seed: int, count: int = 900) -> list[Measured]:
    """Return readings about a minute apart, some missing, some for hours, some set aside."""
    chance = Random(seed)  # noqa: S311 -- a made-up series
    at, centi, walk = NOON - timedelta(hours=10), 400, []
    for _ in range(count):
        at += timedelta(seconds=60 + chance.choice((0, 0, 0, 1, -1)))
        if chance.random() < 0.02:
            at += timedelta(minutes=chance.choice((2, 30, 400)))
        centi += chance.choice((-70, -10, 0, 10, 70))
        walk.append(Measured("t1", at, 8_500 if chance.random() < 0.02 else centi))
    return walk


def send(session: Session, readings: list[Measured], *, pieces: int = 4) -> None:
    chance = Random(pieces)  # noqa: S311 -- a made-up order
    size = len(readings) // pieces + 1
    blocks = [readings[at : at + size] for at in range(0, len(readings), size)]
    chance.shuffle(blocks)
    for number, block in enumerate(blocks):
        body = repr((number, block)).encode()
        last_at = max(one.at for one in readings)
        service.ingest_block(
            session,
            Upload(device_code="LOG-1", body=body, received_at=last_at, readings=tuple(block)),
        )
        if number % 2:
            service.roll_up(session)


def good(readings: list[Measured], custody: Span) -> list[Sample]:
    return [
        Sample(to_us(one.at), one.centi, MINUTE_US)
        for one in readings
        if one.centi != 8_500 and custody.from_us <= to_us(one.at) <= custody.to_us
    ]


@pytest.mark.parametrize("seed", range(6))
def test_any_stretch_from_roll_ups_equals_the_readings(session: Session, seed: int) -> None:
    channel = a_channel(session)
    walk = a_walk(seed)
    send(session, walk)
    while service.roll_up(session):
        pass
    chance = Random(f"ends {seed}")  # noqa: S311 -- made-up ends
    first, last = to_us(walk[0].at), to_us(walk[-1].at)
    profile = a_profile(a_rule(8, 30))

    for _ in range(25):
        custody = Span(*sorted(chance.randint(first - 10**10, last + 10**10) for _ in "ab"))
        told = reckon(
            held_in(session, channel, custody),
            custody,
            dose_limit_centi=profile.dose_limit_centi,
            joule_per_mole=profile.mkt_joule_per_mole,
            limits=LIMITS,
        )
        raw = evaluate(good(walk, custody), custody, profile)
        figures = raw.figures
        assert (told.samples, told.min_centi, told.max_centi, told.mean_centi) == (
            figures.samples,
            figures.min_centi,
            figures.max_centi,
            figures.mean_centi,
        )
        assert (told.mkt_centi, told.credited_us, told.coverage_permille) == (
            figures.mkt_centi,
            figures.credited_us,
            figures.coverage_permille,
        )
        assert told.dose_hold_milli == figures.dose_hold_milli
        assert (told.gap_count, told.longest_gap_us) == (
            len(raw.gaps),
            max((gap.to_us - gap.from_us for gap in raw.gaps), default=0),
        )


def test_roll_ups_do_not_depend_on_how_readings_came(session: Session) -> None:
    a_channel(session)
    walk = a_walk(7)
    found = []
    for pieces in (1, 5):
        send(session, walk, pieces=pieces)
        while service.roll_up(session):
            pass
        rows = session.execute(text("SELECT * FROM reading_rollups ORDER BY channel_id, at"))
        found.append([tuple(row) for row in rows])

    assert found[0] == found[1]
    assert len(found[0]) > 100


def test_a_late_reading_shortens_what_held_the_day_before(session: Session) -> None:
    channel = a_channel(session)
    # 15:59 and, after a night of silence, 08:01 of the next UTC day.
    readings = [Measured("t1", NOON + timedelta(hours=hours), 400) for hours in (19.999, 28)]
    send(session, readings[:1], pieces=1)
    service.roll_up(session)
    send(session, readings[1:], pieces=1)
    assert is_behind(session, channel)
    service.roll_up(session)

    first = session.scalars(select(ReadingRollup).order_by(ReadingRollup.at)).first()

    assert not is_behind(session, channel)
    assert first is not None
    assert (first.gaps, first.gap_us) == (1, round(8.001 * 3_600_000_000))
    assert first.unknown_us == first.gap_us - 2 * MINUTE_US


def test_a_mark_is_taken_once_and_repeating_changes_nothing(session: Session) -> None:
    a_channel(session)
    send(session, a_walk(1, 50), pieces=1)

    assert service.roll_up(session) == 1
    before = session.scalar(select(func.sum(ReadingRollup.samples)))
    session.execute(
        text(
            "INSERT INTO rollup_marks SELECT channel_id, at::date FROM reading_rollups LIMIT 1"
        )
    )
    assert service.roll_up(session) == 1
    assert session.scalar(select(func.sum(ReadingRollup.samples))) == before
    assert session.scalar(select(func.count()).select_from(RollupMark)) == 0


def test_days_are_local_and_hold_every_extreme(session: Session) -> None:
    channel = a_channel(session)
    walk = a_walk(3)
    send(session, walk)
    while service.roll_up(session):
        pass
    custody = Span(to_us(walk[0].at), to_us(walk[-1].at))

    days = list_days(session, channel, custody)

    centis = [one.centi for one in good(walk, custody)]
    assert sum(one.samples for one in days) == len(centis)
    assert max(one.max_centi for one in days) == max(centis)
    assert min(one.min_centi for one in days) == min(centis)


def test_nothing_is_known_where_nothing_was_measured(session: Session) -> None:
    channel = a_channel(session)
    session.execute(delete(ReadingRollup))
    custody = Span(START, START + MINUTE_US * 600)

    told = reckon(
        held_in(session, channel, custody), custody, dose_limit_centi=800, joule_per_mole=83_144
    )

    assert (told.samples, told.mean_centi, told.mkt_centi) == (0, None, None)
    assert (told.coverage_permille, told.gap_count) == (0, 1)


@given(
    st.lists(
        st.tuples(st.integers(0, 20_000), st.integers(-3000, 3000)),
        min_size=1,
        max_size=60,
        unique_by=lambda one: one[0],
    ),
    st.integers(0, 60),
)
def test_a_stretch_cut_in_two_says_the_same(points: list[tuple[int, int]], cut: int) -> None:
    samples = [Sample(START + s * 1_000_000, centi, MINUTE_US) for s, centi in sorted(points)]
    custody = Span(samples[0].at_us, samples[-1].at_us)
    cut = min(cut, len(samples) - 1)
    parts = Held()
    if cut:
        parts.add(hold(samples[:cut], samples[cut]))
    parts.add(hold(samples[cut:]))

    whole = close(hold(samples), custody, MINUTE_US)
    joined = close(parts, custody, MINUTE_US)

    assert joined == whole
    figures = reckon(whole, custody, dose_limit_centi=800, joule_per_mole=83_144, limits=LIMITS)
    assert sum(whole.by_centi.values()) == figures.credited_us
    assert figures.beyond_us[LimitSide.UPPER, 800] <= figures.credited_us
