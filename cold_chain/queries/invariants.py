"""What must hold on any data of the cold chain, each as one counted question."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from cold_chain.queries.devices import find_broken_chains
from cold_chain.queries.seals import find_bad_seals

CHECKS = {
    "custody without a hole between its holders": """
        SELECT count(*) FROM (
            SELECT from_at, lag(to_at) OVER holders AS before FROM custody_segments
            WINDOW holders AS (PARTITION BY shipment_id ORDER BY from_at)
        ) AS segment WHERE before <> from_at
    """,
    "one holder of every shipment on the way": """
        SELECT count(*) FROM shipments AS s
        WHERE s.state IN ('in_transit', 'at_stop') AND 1 <> (
            SELECT count(*) FROM custody_segments AS c
            WHERE c.shipment_id = s.id AND c.to_at IS NULL
        )
    """,
    "state of every shipment as its last step tells": """
        SELECT count(*) FROM shipments AS s WHERE s.state <> (
            SELECT state FROM shipment_steps AS step
            WHERE step.shipment_id = s.id ORDER BY step.id DESC LIMIT 1
        )
    """,
    "a logger with every shipment under limits": """
        SELECT count(*) FROM shipments AS s
        WHERE s.profile_code IS NOT NULL AND s.departed_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM device_bindings AS b WHERE b.shipment_id = s.id AND b.is_record
        )
    """,
    "one valid evaluation per shipment": """
        SELECT count(*) FROM (
            SELECT shipment_id FROM evaluations WHERE superseded_by IS NULL
            GROUP BY shipment_id HAVING count(*) > 1
        ) AS doubled
    """,
    "no acceptance under limits without a verdict": """
        SELECT count(*) FROM shipments AS s
        WHERE s.profile_code IS NOT NULL AND s.accepted_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM evaluations AS e WHERE e.shipment_id = s.id
        )
    """,
    "one told event of every moment of a shipment": """
        SELECT count(*) FROM (
            SELECT e.shipment_id, e.slot FROM epcis_events AS e
            WHERE e.shipment_id IS NOT NULL AND NOT e.declares_error AND NOT EXISTS (
                SELECT FROM epcis_events AS wrong
                WHERE wrong.owner_code = e.owner_code AND wrong.event_id = e.event_id
                  AND wrong.declares_error
            )
            GROUP BY e.shipment_id, e.slot HAVING count(*) > 1
        ) AS doubled
    """,
    "told events under the name of their hash": """
        SELECT count(*) FROM epcis_events WHERE shipment_id IS NOT NULL AND event_id <> hash
    """,
    "as many events of every capture as it stored": """
        SELECT count(*) FROM epcis_captures AS c WHERE c.stored <> (
            SELECT count(*) FROM epcis_events AS e WHERE e.capture_id = c.id
        )
    """,
    "roll-ups that hold every good reading": """
        SELECT count(*) FROM (
            SELECT channel_id, (at AT TIME ZONE 'UTC')::date AS day, count(*) AS samples
            FROM (
                SELECT channel_id, at FROM readings
                WHERE quality = 'good'
                  AND NOT EXISTS (
                    SELECT FROM corrected_blocks AS c WHERE c.block_id = readings.block_id)
                UNION
                SELECT channel_id, at FROM retimed_readings WHERE quality = 'good'
            ) AS believed GROUP BY 1, 2
        ) AS read
        FULL JOIN (
            SELECT channel_id, (at AT TIME ZONE 'UTC')::date AS day, sum(samples) AS samples
            FROM reading_rollups GROUP BY 1, 2
        ) AS rolled USING (channel_id, day)
        WHERE read.samples IS DISTINCT FROM rolled.samples AND NOT EXISTS (
            SELECT FROM rollup_marks AS mark WHERE (mark.channel_id, mark.day)
                = (coalesce(read.channel_id, rolled.channel_id), coalesce(read.day, rolled.day))
        )
    """,
    "no pass without coverage or with an alarm": """
        SELECT count(*) FROM evaluations AS e
        JOIN limit_profiles AS p ON (p.code, p.version) = (e.profile_code, e.profile_version)
        WHERE e.verdict = 'pass' AND (
            e.coverage_permille < p.min_coverage_permille
            OR e.longest_gap_s > p.max_gap_min * 60
            OR EXISTS (
                SELECT FROM jsonb_array_elements(e.alarms) AS alarm
                WHERE alarm ->> 'severity' = 'critical'
            )
        )
    """,
    "stores never booked over": """
        SELECT count(*) FROM store_bookings AS begun
        JOIN store_zones AS zone ON zone.code = begun.zone_code
        WHERE zone.volume_l < (
            SELECT sum(held.volume_l) FROM store_bookings AS held
            WHERE held.zone_code = begun.zone_code AND held.from_at <= begun.from_at
              AND least(held.to_at, coalesce(held.released_at, held.to_at)) > begun.from_at
        )
    """,
}


@dataclass(frozen=True, slots=True)
class Invariant:
    """A sentence and how many rows contradict it."""

    name: str
    violations: int


def list_invariants(session: Session) -> list[Invariant]:
    """Ask every question; a sound database answers each with zero."""
    found = [
        Invariant(name, session.scalar(text(statement)) or 0)
        for name, statement in CHECKS.items()
    ]
    return [
        *found,
        Invariant("whole chains of raw blocks", len(find_broken_chains(session))),
        Invariant("seals of days that fit their blocks", len(find_bad_seals(session))),
    ]
