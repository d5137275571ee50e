"""Gathering what a verdict rests on: custody, the record logger's readings, doors."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from cold_chain.rules.calibration import lapsed
from cold_chain.rules.doors import open_periods
from cold_chain.rules.moments import SECOND_US, from_us, to_us
from cold_chain.rules.verdict import known_until
from cold_chain.values import ChannelKind, Holding, Profile, Sample, Span

BINDINGS = text(
    """
SELECT custody.shipment_id, custody.from_at AS custody_from, custody.to_at AS custody_to,
       custody.is_open, binding.from_at, binding.to_at, channel.id AS channel_id, channel.kind,
       channel.sampling_interval_s
FROM (
    SELECT shipment_id, min(from_at) AS from_at, max(to_at) AS to_at,
           bool_or(to_at IS NULL) AS is_open
    FROM custody_segments
    WHERE shipment_id = ANY(CAST(:ids AS bigint[])) AND from_at < :at
    GROUP BY shipment_id
) AS custody
LEFT JOIN device_bindings AS binding
  ON binding.shipment_id = custody.shipment_id AND binding.is_record
LEFT JOIN device_channels AS channel
  ON channel.device_id = binding.device_id AND channel.is_primary
ORDER BY custody.shipment_id, binding.from_at, channel.id
"""
)

READINGS = text(
    """
SELECT asked.place, found.ats_us, found.centis
FROM unnest(
    CAST(:places AS int[]), CAST(:channels AS bigint[]),
    CAST(:lows AS timestamptz[]), CAST(:highs AS timestamptz[])
) AS asked (place, channel_id, low, high)
CROSS JOIN LATERAL (
    SELECT array_agg((extract(epoch FROM at) * 1000000)::bigint) AS ats_us,
           array_agg(centi_celsius) AS centis
    FROM (
        SELECT at, centi_celsius FROM readings
        WHERE channel_id = asked.channel_id AND at >= asked.low AND at <= asked.high
          AND at BETWEEN :low AND :high AND quality = 'good'
          AND NOT EXISTS (SELECT FROM corrected_blocks WHERE block_id = readings.block_id)
        UNION ALL
        -- Of clocks that were put right; a reading of a right clock goes before.
        SELECT at, centi_celsius FROM retimed_readings AS retimed
        WHERE channel_id = asked.channel_id AND at >= asked.low AND at <= asked.high
          AND quality = 'good' AND NOT EXISTS (
            SELECT FROM readings AS kept
            WHERE kept.channel_id = retimed.channel_id AND kept.at = retimed.at
              AND kept.at BETWEEN :low AND :high AND kept.quality = 'good'
              AND NOT EXISTS (SELECT FROM corrected_blocks WHERE block_id = kept.block_id))
    ) AS believed
) AS found
"""
)

DOORS = text(
    """
SELECT asked.place, (extract(epoch FROM door.at) * 1000000)::bigint AS at_us, door.is_open
FROM unnest(
    CAST(:places AS int[]), CAST(:channels AS bigint[]),
    CAST(:lows AS timestamptz[]), CAST(:highs AS timestamptz[])
) AS asked (place, channel_id, low, high)
JOIN door_readings AS door
  ON door.channel_id = asked.channel_id AND door.at BETWEEN asked.low AND asked.high
"""
)


HOLDINGS = text(
    """
SELECT shipment_id, holder_code, from_at, to_at FROM custody_segments
WHERE shipment_id = ANY(CAST(:ids AS bigint[])) ORDER BY shipment_id, from_at
"""
)

CALIBRATIONS = text(
    """
SELECT channel_id, valid_from, valid_to FROM calibrations
WHERE channel_id = ANY(CAST(:channels AS bigint[])) ORDER BY channel_id, valid_from
"""
)


@dataclass(slots=True)
class Record:
    """What a verdict on one shipment rests on."""

    custody: Span
    is_over: bool = False
    """Whether the goods have arrived."""
    samples: list[Sample] = field(default_factory=list)
    doors: list[Span] = field(default_factory=list)
    thermometers: "list[Stretch]" = field(default_factory=list)
    """Which channel was the record from when up to when."""


@dataclass(slots=True)
class Background:
    """What an evaluation rests on besides the readings."""

    holdings: list[Holding] = field(default_factory=list)
    """Who had the goods, by time; together the whole custody as far as it is known."""
    expired: list[Span] = field(default_factory=list)
    """When the certificate of the record's channel had run out."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One channel during the part of a custody its device was the record."""

    shipment_id: int
    channel_id: int
    kind: str
    interval_us: int
    low_us: int
    high_us: int
    """Included; a microsecond before the next logger takes over."""


def load_records(
    session: Session, profiles: Mapping[int, Profile], *, at: datetime
) -> dict[int, Record]:
    """Return the records of shipments whose custody has begun, by shipment id.

    A custody that goes on ends where it is known, see `rules.verdict.known_until`.
    """
    rows = session.execute(BINDINGS, {"ids": sorted(profiles), "at": at}).all()
    stretches = [stretch for row in rows if (stretch := _stretch(row, to_us(at))) is not None]
    samples = _load_samples(
        session, [one for one in stretches if one.kind == ChannelKind.TEMPERATURE]
    )
    records = {}
    for row in rows:
        if row.shipment_id not in records:
            known = samples.get(row.shipment_id, [])
            custody = _custody(row, known, profiles[row.shipment_id], to_us(at))
            records[row.shipment_id] = Record(custody, not row.is_open, known)
    for one in stretches:
        if one.kind == ChannelKind.TEMPERATURE:
            records[one.shipment_id].thermometers.append(one)
    doors = _load_doors(session, [one for one in stretches if one.kind == ChannelKind.DOOR])
    for shipment_id, seen in doors.items():
        record = records[shipment_id]
        record.doors = open_periods(seen, record.custody.to_us)
    return records


def load_backgrounds(session: Session, records: Mapping[int, Record]) -> dict[int, Background]:
    """Return holders and lapsed certificates of the shipments of records, in two statements."""
    found = {shipment_id: Background() for shipment_id in records}
    for row in session.execute(HOLDINGS, {"ids": sorted(records)}):
        custody = records[row.shipment_id].custody
        holdings = found[row.shipment_id].holdings
        ends_us = custody.to_us if row.to_at is None else min(to_us(row.to_at), custody.to_us)
        if not holdings:
            # A custody that has only just begun still has a holder.
            ends_us = max(ends_us, to_us(row.from_at) + 1)
        if ends_us > to_us(row.from_at):
            holdings.append(Holding(row.holder_code, to_us(row.from_at), ends_us))
    channels = {one.channel_id for record in records.values() for one in record.thermometers}
    valid: defaultdict[int, list[Span]] = defaultdict(list)
    for row in session.execute(CALIBRATIONS, {"channels": sorted(channels)}):
        valid[row.channel_id].append(Span(to_us(row.valid_from), to_us(row.valid_to)))
    for shipment_id, record in records.items():
        for one in record.thermometers:
            whole = Span(one.low_us, min(one.high_us, record.custody.to_us) + 1)
            found[shipment_id].expired += lapsed(valid[one.channel_id], whole)
    return found


def _stretch(row: Row[Any], at_us: int) -> Stretch | None:
    if row.channel_id is None:
        return None
    custody_end_us = at_us if row.is_open else to_us(row.custody_to)
    low_us = max(to_us(row.from_at), to_us(row.custody_from))
    high_us = custody_end_us
    if row.to_at is not None and to_us(row.to_at) < custody_end_us:
        high_us = to_us(row.to_at) - 1
    if high_us < low_us:
        return None
    return Stretch(
        row.shipment_id,
        row.channel_id,
        row.kind,
        row.sampling_interval_s * SECOND_US,
        low_us,
        high_us,
    )


def _custody(row: Row[Any], samples: list[Sample], profile: Profile, at_us: int) -> Span:
    started_us = to_us(row.custody_from)
    if not row.is_open:
        return Span(started_us, to_us(row.custody_to))
    last = max(samples, default=None)
    return Span(started_us, known_until(started_us, last, at_us, profile.max_gap_min))


def _load_samples(session: Session, stretches: list[Stretch]) -> dict[int, list[Sample]]:
    samples: defaultdict[int, list[Sample]] = defaultdict(list)
    if not stretches:
        return samples
    bounds = {
        "low": from_us(min(one.low_us for one in stretches)),
        "high": from_us(max(one.high_us for one in stretches)),
    }
    for row in session.execute(READINGS, _asked(stretches) | bounds):
        stretch = stretches[row.place]
        samples[stretch.shipment_id] += [
            Sample(at_us, centi, stretch.interval_us)
            for at_us, centi in zip(row.ats_us or (), row.centis or (), strict=True)
        ]
    return samples


def _load_doors(
    session: Session, stretches: list[Stretch]
) -> dict[int, list[tuple[int, bool]]]:
    doors: defaultdict[int, list[tuple[int, bool]]] = defaultdict(list)
    if stretches:
        for row in session.execute(DOORS, _asked(stretches)):
            doors[stretches[row.place].shipment_id].append((row.at_us, row.is_open))
    return doors


def _asked(stretches: list[Stretch]) -> dict[str, Any]:
    return {
        "places": list(range(len(stretches))),
        "channels": [one.channel_id for one in stretches],
        "lows": [from_us(one.low_us) for one in stretches],
        "highs": [from_us(one.high_us) for one in stretches],
    }
