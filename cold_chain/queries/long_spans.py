"""Figures of a channel over any stretch of time, from roll-ups, in a few statements."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from cold_chain.rules.moments import SECOND_US, from_us, to_us
from cold_chain.rules.rollups import BUCKET_US, Held, close, hold
from cold_chain.values import Sample, Span

CHANNEL = text("SELECT sampling_interval_s FROM device_channels WHERE id = :channel_id")
LAST = text(
    "SELECT max(at) FROM reading_rollups"
    " WHERE channel_id = :channel_id AND at >= :start AND at < :stop"
)
BEHIND = text("SELECT EXISTS (SELECT FROM rollup_marks WHERE channel_id = :channel_id)")
READINGS = text(
    """
SELECT (extract(epoch FROM at) * 1000000)::bigint AS at_us, centi_celsius
FROM (
    SELECT at, centi_celsius FROM readings
    WHERE channel_id = :channel_id AND quality = 'good' AND at >= :start AND at <= :stop
      AND NOT EXISTS (SELECT FROM corrected_blocks WHERE block_id = readings.block_id)
    UNION ALL
    SELECT at, centi_celsius FROM retimed_readings AS retimed
    WHERE channel_id = :channel_id AND quality = 'good' AND at >= :start AND at <= :stop
      AND NOT EXISTS (
        SELECT FROM readings AS kept
        WHERE kept.channel_id = retimed.channel_id AND kept.at = retimed.at
          AND kept.at >= :start AND kept.at <= :stop AND kept.quality = 'good'
          AND NOT EXISTS (SELECT FROM corrected_blocks WHERE block_id = kept.block_id))
) AS believed
ORDER BY at
"""
)
NEXT = text(
    """
SELECT (extract(epoch FROM first_at) * 1000000)::bigint AS at_us, 0 AS centi_celsius
FROM reading_rollups
WHERE channel_id = :channel_id AND at >= :start AND at <= :stop
ORDER BY at LIMIT 1
"""
)
HISTOGRAM = text(
    """
SELECT value.centi, sum(value.held_us)::bigint AS held_us
FROM reading_rollups AS rollup
CROSS JOIN LATERAL unnest(rollup.centis, rollup.held_us) AS value (centi, held_us)
WHERE rollup.channel_id = :channel_id AND rollup.at >= :start AND rollup.at < :stop
GROUP BY value.centi
"""
)
TOTALS = text(
    """
SELECT coalesce(sum(samples), 0)::bigint AS samples, coalesce(sum(gaps), 0)::bigint AS gaps,
       coalesce(max(gap_us), 0) AS longest_gap_us, min(first_at) AS first_at,
       max(last_at) AS last_at
FROM reading_rollups
WHERE channel_id = :channel_id AND at >= :start AND at < :stop
"""
)
DAYS = text(
    """
SELECT (at AT TIME ZONE 'Asia/Shanghai')::date AS day, sum(samples)::bigint AS samples,
       min(min_centi) AS min_centi, max(max_centi) AS max_centi,
       sum(sum_centi)::float8 / sum(samples) AS mean_centi, sum(gaps)::bigint AS gaps,
       (sum(unknown_us) / 1000000)::bigint AS unknown_s
FROM reading_rollups
WHERE channel_id = :channel_id AND at >= :start AND at <= :stop
GROUP BY 1 ORDER BY 1
"""
)


@dataclass(frozen=True, slots=True)
class DayRow:
    """One local day of a channel."""

    day: date
    samples: int
    min_centi: int
    max_centi: int
    mean_centi: float
    """Of the samples, not weighted by time."""
    gaps: int
    unknown_s: int


def held_in(session: Session, channel_id: int, custody: Span) -> Held:
    """Return how long each value was held from one moment to another, both included.

    Whole five minutes come from roll-ups; what the ends cut off comes from the readings. The
    last reading holds for its own interval, as nobody knows what came after.
    """
    interval_us = int(
        session.execute(CHANNEL, {"channel_id": channel_id}).scalar_one() * SECOND_US
    )
    first_us = -(-custody.from_us // BUCKET_US) * BUCKET_US
    # Only the five minutes the end falls into can hold readings behind it.
    last_us = custody.to_us // BUCKET_US * BUCKET_US
    tail = _samples(session, channel_id, Span(last_us, custody.to_us), interval_us)
    if not tail:
        asked = _asked(channel_id, Span(first_us, last_us))
        last_at = session.scalar(LAST, asked)
        last_us = first_us if last_at is None else to_us(last_at)
        tail = _samples(session, channel_id, Span(last_us, custody.to_us), interval_us)
    if last_us <= first_us:
        samples = _samples(session, channel_id, custody, interval_us)
        return close(hold(samples), custody, interval_us)
    head = _samples(session, channel_id, Span(custody.from_us, first_us - 1), interval_us)
    following = _next(session, channel_id, Span(first_us, custody.to_us), interval_us)
    held = hold(head, following)
    held.add(_whole(session, channel_id, Span(first_us, last_us)))
    held.add(hold(tail))
    return close(held, custody, interval_us)


def is_behind(session: Session, channel_id: int) -> bool:
    """Tell whether readings of a channel came that its roll-ups do not know yet."""
    return bool(session.scalar(BEHIND, {"channel_id": channel_id}))


def list_days(session: Session, channel_id: int, custody: Span) -> list[DayRow]:
    """Return the local days of a stretch, in one statement."""
    rows = session.execute(
        DAYS,
        {
            "channel_id": channel_id,
            "start": from_us(custody.from_us // BUCKET_US * BUCKET_US),
            "stop": from_us(custody.to_us),
        },
    )
    return [DayRow(**row) for row in rows.mappings()]


def _whole(session: Session, channel_id: int, span: Span) -> Held:
    asked = {
        "channel_id": channel_id,
        "start": from_us(span.from_us),
        "stop": from_us(span.to_us),
    }
    totals = session.execute(TOTALS, asked).one()
    return Held(
        samples=totals.samples,
        by_centi=Counter({row.centi: row.held_us for row in session.execute(HISTOGRAM, asked)}),
        gaps=totals.gaps,
        longest_gap_us=totals.longest_gap_us,
        first_us=_us(totals.first_at),
        last_us=_us(totals.last_at),
    )


def _us(at: datetime | None) -> int | None:
    return None if at is None else to_us(at)


def _samples(session: Session, channel_id: int, span: Span, interval_us: int) -> list[Sample]:
    if span.to_us < span.from_us:
        return []
    rows = session.execute(READINGS, _asked(channel_id, span))
    return [Sample(row.at_us, row.centi_celsius, interval_us) for row in rows]


def _next(session: Session, channel_id: int, span: Span, interval_us: int) -> Sample | None:
    row = session.execute(NEXT, _asked(channel_id, span)).one_or_none()
    return None if row is None else Sample(row.at_us, row.centi_celsius, interval_us)


def _asked(channel_id: int, span: Span) -> dict[str, object]:
    return {
        "channel_id": channel_id,
        "start": from_us(span.from_us),
        "stop": from_us(span.to_us),
    }
