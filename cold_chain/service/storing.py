"""Writing decoded uploads, set by set: the first value of a moment is kept."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cold_chain.models import ClockFault, DoorReading
from cold_chain.rules.moments import from_us
from cold_chain.service.blocks import Block
from cold_chain.service.decoding import DAY_US, Columns, Decoded

# Columns travel as array literals: the server reads those several times faster than rows,
# and no temporary table is needed for a small upload.
STORE = text(
    """
WITH stored AS (
    INSERT INTO readings (channel_id, at, centi_celsius, quality, block_id)
    SELECT channel_id, timestamptz 'epoch' + at_us * interval '1 microsecond', centi, quality,
           block_id
    FROM unnest(
        CAST(:channels AS bigint[]), CAST(:ats_us AS bigint[]), CAST(:centis AS int[]),
        CAST(:qualities AS text[]), CAST(:blocks AS bigint[])
    ) AS sent (channel_id, at_us, centi, quality, block_id)
    ON CONFLICT DO NOTHING
    RETURNING block_id
)
SELECT block_id, count(*) FROM stored GROUP BY block_id
"""
)

CONFLICTS = text(
    """
WITH recorded AS (
    INSERT INTO reading_conflicts (channel_id, at, kept_centi_celsius, centi_celsius, block_id)
    SELECT kept.channel_id, kept.at, kept.centi_celsius, sent.centi, sent.block_id
    FROM unnest(
        CAST(:channels AS bigint[]), CAST(:ats_us AS bigint[]), CAST(:centis AS int[]),
        CAST(:qualities AS text[]), CAST(:blocks AS bigint[])
    ) AS sent (channel_id, at_us, centi, quality, block_id)
    JOIN readings AS kept
      ON kept.channel_id = sent.channel_id
     AND kept.at = timestamptz 'epoch' + sent.at_us * interval '1 microsecond'
    WHERE kept.at BETWEEN :low AND :high AND kept.centi_celsius <> sent.centi
    ON CONFLICT DO NOTHING
    RETURNING block_id
)
SELECT block_id, count(*) FROM recorded GROUP BY block_id
"""
)

# Days whose roll-ups are behind; the reading before the first new one may hold for less now.
MARK_ROLLUPS = text(
    """
INSERT INTO rollup_marks (channel_id, day)
SELECT DISTINCT channel_id, day
FROM unnest(CAST(:channels AS bigint[]), CAST(:days AS date[])) AS touched (channel_id, day)
ORDER BY channel_id, day
-- Held to the end, so that a mark is not taken off before these readings are seen.
ON CONFLICT (channel_id, day) DO UPDATE SET day = excluded.day
"""
)

MARK_DIRTY = text(
    """
WITH touched AS (
    SELECT binding.shipment_id, min(sent.received_at) AS received_at
    FROM unnest(
        CAST(:devices AS bigint[]), CAST(:lows AS timestamptz[]),
        CAST(:highs AS timestamptz[]), CAST(:received AS timestamptz[])
    ) AS sent (device_id, low, high, received_at)
    JOIN device_bindings AS binding
      ON binding.device_id = sent.device_id
     AND binding.from_at <= sent.high
     AND (binding.to_at IS NULL OR binding.to_at >= sent.low)
    GROUP BY binding.shipment_id
), locked AS (
    SELECT shipments.id, touched.received_at
    FROM shipments JOIN touched ON touched.shipment_id = shipments.id
    WHERE shipments.profile_code IS NOT NULL
    ORDER BY shipments.id
    FOR NO KEY UPDATE OF shipments
)
UPDATE shipments SET dirty_at = coalesce(shipments.dirty_at, locked.received_at)
FROM locked WHERE shipments.id = locked.id
"""
)


def store_readings(session: Session, decoded: Decoded) -> dict[int, int]:
    """Store what is new and return how many readings of each block were."""
    if not decoded.readings.blocks:
        return {}
    return _count(session.execute(STORE, _arrays(decoded.readings)))


def record_conflicts(
    session: Session, decoded: Decoded, stored: Mapping[int, int]
) -> dict[int, int]:
    """Record values that contradict a stored one; only blocks not wholly new are compared."""
    partly = {block for block, sent in decoded.sent.items() if stored.get(block, 0) < sent}
    if not partly:
        return {}
    columns = decoded.readings.of_blocks(partly)
    bounds = {"low": from_us(min(columns.ats_us)), "high": from_us(max(columns.ats_us))}
    return _count(session.execute(CONFLICTS, _arrays(columns) | bounds))


def store_doors(session: Session, decoded: Decoded) -> None:
    """Store looks at doors; the first of a moment is kept."""
    if decoded.doors:
        session.execute(insert(DoorReading).on_conflict_do_nothing(), decoded.doors)


def store_clock_faults(session: Session, decoded: Decoded) -> None:
    """Set samples aside whose moment cannot be believed."""
    if decoded.faults:
        session.execute(insert(ClockFault).on_conflict_do_nothing(), decoded.faults)


def mark_rollups(session: Session, decoded: Decoded) -> None:
    """Note the days of channels whose five-minute figures have to be made anew."""
    columns = decoded.readings
    touched = {
        (channel, at_us // DAY_US)
        for channel, at_us in zip(columns.channels, columns.ats_us, strict=True)
    }
    if touched:
        days = [from_us(day * DAY_US).date().isoformat() for _, day in touched]
        session.execute(
            MARK_ROLLUPS,
            {"channels": _literal([one for one, _ in touched]), "days": _literal(days)},
        )


def mark_dirty(session: Session, decoded: Decoded, blocks: Sequence[Block]) -> None:
    """Mark shipments that travelled with the devices while the readings were taken.

    Waits for whoever is judging one of them: that judgement may not know these readings, and
    would clear a mark that was there before.
    """
    reaching = [block for block in blocks if block.id in decoded.reaches]
    if not reaching:
        return
    reaches = [decoded.reaches[block.id] for block in reaching]
    session.execute(
        MARK_DIRTY,
        {
            "devices": [block.device_id for block in reaching],
            "lows": [from_us(reach.low_us) for reach in reaches],
            "highs": [from_us(reach.high_us) for reach in reaches],
            "received": [block.upload.received_at for block in reaching],
        },
    )


def _arrays(columns: Columns) -> dict[str, Any]:
    return {
        "channels": _literal(columns.channels),
        "ats_us": _literal(columns.ats_us),
        "centis": _literal(columns.centis),
        "qualities": _literal(columns.qualities),
        "blocks": _literal(columns.blocks),
    }


def _literal(values: Iterable[int] | Iterable[str]) -> str:
    """Write plain numbers or words as an array literal."""
    return "{" + ",".join(map(str, values)) + "}"


def _count(rows: Iterable[Any]) -> dict[int, int]:
    return Counter({row[0]: row[1] for row in rows})
