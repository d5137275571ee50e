"""Making five-minute roll-ups out of readings, day by day of a channel."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from cold_chain.rules.rollups import GAP_FACTOR_PERMILLE

LOOK_AHEAD = timedelta(days=31)
"""How far the next reading is looked for; a longer silence counts as the end."""

# Marks go first: readings that come meanwhile wait for this transaction and mark anew.
TAKE_MARKS = text(
    """
DELETE FROM rollup_marks AS mark USING (
    SELECT channel_id, day FROM rollup_marks ORDER BY day, channel_id
    LIMIT :limit FOR UPDATE SKIP LOCKED
) AS taken
WHERE mark.channel_id = taken.channel_id AND mark.day = taken.day
RETURNING mark.channel_id, mark.day
"""
)

# The reading before a day's first one may now hold for less: its day is made anew as well.
BEFORE = text(
    """
SELECT asked.channel_id, (earlier.at AT TIME ZONE 'UTC')::date AS day
FROM unnest(CAST(:channels AS bigint[]), CAST(:days AS date[])) AS asked (channel_id, day)
CROSS JOIN LATERAL (
    SELECT max(at) AS at FROM reading_rollups
    WHERE channel_id = asked.channel_id
      AND at < asked.day::timestamp AT TIME ZONE 'UTC'
      AND at >= (asked.day - 31)::timestamp AT TIME ZONE 'UTC'
) AS earlier
WHERE earlier.at IS NOT NULL
"""
)

CLEAR = text(
    "DELETE FROM reading_rollups WHERE channel_id = ANY(CAST(:channels AS bigint[]))"
    " AND at >= :start AND at < :stop"
)

MAKE = text(
    """
WITH seen AS (
    SELECT channel.id AS channel_id, reading.at, reading.centi_celsius AS centi,
           channel.sampling_interval_s::bigint * 1000000 AS interval_us,
           lead(reading.at) OVER (PARTITION BY channel.id ORDER BY reading.at) AS next_at
    FROM device_channels AS channel
    CROSS JOIN LATERAL (
        SELECT at, centi_celsius FROM readings
        WHERE channel_id = channel.id AND quality = 'good' AND at >= :start AND at < :stop
          AND NOT EXISTS (SELECT FROM corrected_blocks WHERE block_id = readings.block_id)
        UNION ALL
        (SELECT at, centi_celsius FROM readings
         WHERE channel_id = channel.id AND quality = 'good' AND at >= :stop AND at < :ahead
           AND NOT EXISTS (SELECT FROM corrected_blocks WHERE block_id = readings.block_id)
         ORDER BY at LIMIT 1)
        UNION ALL
        -- Of clocks that were put right; a reading of a right clock goes before.
        SELECT at, centi_celsius FROM retimed_readings AS retimed
        WHERE channel_id = channel.id AND quality = 'good' AND at >= :start AND at < :ahead
          AND NOT EXISTS (
            SELECT FROM readings AS kept
            WHERE kept.channel_id = retimed.channel_id AND kept.at = retimed.at
              AND kept.at >= :start AND kept.at < :ahead AND kept.quality = 'good'
              AND NOT EXISTS (SELECT FROM corrected_blocks WHERE block_id = kept.block_id))
    ) AS reading
    WHERE channel.id = ANY(CAST(:channels AS bigint[]))
), stepped AS (
    SELECT channel_id, at, centi, interval_us, date_bin('5 minutes', at, 'epoch') AS bucket,
           (extract(epoch FROM next_at - at) * 1000000)::bigint AS step_us
    FROM seen WHERE at < :stop
), credited AS (
    SELECT channel_id, at, centi, bucket, step_us, interval_us,
           coalesce(step_us * 1000 > interval_us * :factor, false) AS is_gap
    FROM stepped
), held AS (
    SELECT channel_id, bucket, centi,
           sum(CASE WHEN is_gap OR step_us IS NULL THEN interval_us ELSE step_us END)::bigint
               AS held_us
    FROM credited GROUP BY channel_id, bucket, centi
), edges AS (
    SELECT channel_id, bucket, count(*)::int AS samples, min(centi) AS min_centi,
           max(centi) AS max_centi, sum(centi) AS sum_centi, min(at) AS first_at,
           max(at) AS last_at, (array_agg(centi ORDER BY at DESC))[1] AS last_centi,
           count(*) FILTER (WHERE is_gap)::int AS gaps,
           coalesce(max(step_us) FILTER (WHERE is_gap), 0) AS gap_us,
           coalesce(
               sum(greatest(step_us - 2 * interval_us, 0)) FILTER (WHERE is_gap), 0
           )::bigint AS unknown_us
    FROM credited GROUP BY channel_id, bucket
), histograms AS (
    SELECT channel_id, bucket, array_agg(centi ORDER BY centi) AS centis,
           array_agg(held_us ORDER BY centi) AS held_us
    FROM held GROUP BY channel_id, bucket
)
INSERT INTO reading_rollups (channel_id, at, samples, min_centi, max_centi, sum_centi, first_at,
    last_at, last_centi, centis, held_us, gaps, gap_us, unknown_us)
SELECT channel_id, bucket, samples, min_centi, max_centi, sum_centi, first_at, last_at,
       last_centi, centis, held_us, gaps, gap_us, unknown_us
FROM edges JOIN histograms USING (channel_id, bucket)
"""
)


def roll_up(session: Session, *, limit: int = 500) -> int:
    """Make the roll-ups of marked days anew and return how many marks were taken.

    Days another worker makes are left to it. The result depends on the readings alone.
    """
    marks = {(row.channel_id, row.day) for row in session.execute(TAKE_MARKS, {"limit": limit})}
    make_rollups(session, marks | _before(session, marks))
    return len(marks)


def make_rollups(session: Session, wanted: Iterable[tuple[int, date]]) -> None:
    """Make the roll-ups of days of channels anew."""
    by_day: defaultdict[date, list[int]] = defaultdict(list)
    for channel_id, day in wanted:
        by_day[day].append(channel_id)
    for day, channels in sorted(by_day.items()):
        start = datetime.combine(day, time(), UTC)
        stop = start + timedelta(days=1)
        asked = {"channels": _literal(channels), "start": start, "stop": stop}
        session.execute(CLEAR, asked)
        session.execute(
            MAKE, asked | {"ahead": stop + LOOK_AHEAD, "factor": GAP_FACTOR_PERMILLE}
        )


def _before(session: Session, marks: set[tuple[int, date]]) -> set[tuple[int, date]]:
    if not marks:
        return set()
    pairs = sorted(marks)
    rows = session.execute(
        BEFORE,
        {
            "channels": _literal([channel for channel, _ in pairs]),
            "days": "{" + ",".join(day.isoformat() for _, day in pairs) + "}",
        },
    )
    return {(row.channel_id, row.day) for row in rows}


def _literal(numbers: Iterable[int]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"
