"""What the intake set aside: values, moments and contradictions nobody may average away."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

QUARANTINED = text(
    """
SELECT device.code AS device_code, channel.code AS channel_code, reading.at,
       reading.centi_celsius AS centi, reading.quality AS reason, block.seq, block.received_at,
       NULL::int AS kept_centi
FROM readings AS reading
JOIN device_channels AS channel ON channel.id = reading.channel_id
JOIN devices AS device ON device.id = channel.device_id
JOIN raw_blocks AS block ON block.id = reading.block_id
WHERE reading.quality <> 'good' AND reading.at >= :since
ORDER BY reading.at DESC, channel.id LIMIT :limit
"""
)
CONFLICTS = text(
    """
SELECT device.code AS device_code, channel.code AS channel_code, clash.at,
       clash.centi_celsius AS centi, 'conflict' AS reason, block.seq, block.received_at,
       clash.kept_centi_celsius AS kept_centi
FROM reading_conflicts AS clash
JOIN device_channels AS channel ON channel.id = clash.channel_id
JOIN devices AS device ON device.id = channel.device_id
JOIN raw_blocks AS block ON block.id = clash.block_id
WHERE block.received_at >= :since
ORDER BY clash.id DESC LIMIT :limit
"""
)
FAULTS = text(
    """
SELECT device.code AS device_code, channel.code AS channel_code, fault.at,
       fault.centi_celsius AS centi, fault.quality AS reason, block.seq, block.received_at,
       NULL::int AS kept_centi
FROM clock_faults AS fault
JOIN device_channels AS channel ON channel.id = fault.channel_id
JOIN devices AS device ON device.id = channel.device_id
JOIN raw_blocks AS block ON block.id = fault.block_id
WHERE block.received_at >= :since
ORDER BY fault.id DESC LIMIT :limit
"""
)


@dataclass(frozen=True, slots=True)
class AsideRow:
    """One sample that is kept and not used, and when its block came."""

    device_code: str
    channel_code: str
    at: datetime
    """The moment the device claims."""
    centi: int
    reason: str
    seq: int
    received_at: datetime
    kept_centi: int | None
    """Of a contradiction: the value that came first and counts."""


@dataclass(frozen=True, slots=True)
class Aside:
    """The newest samples that were set aside, by kind."""

    quarantined: list[AsideRow]
    conflicts: list[AsideRow]
    faults: list[AsideRow]


def list_aside(session: Session, *, since: datetime, limit: int = 100) -> Aside:
    """Return what was set aside since a moment, newest first, in three statements."""
    asked = {"since": since, "limit": limit}
    return Aside(
        *(
            [AsideRow(**row) for row in session.execute(statement, asked).mappings()]
            for statement in (QUARANTINED, CONFLICTS, FAULTS)
        )
    )
