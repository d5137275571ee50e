"""What the report of a journey rests on, so that others can check it without the shop."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select, text
from sqlalchemy.orm import Session

from cold_chain.errors import ReportNotReadyError, ShipmentNotFoundError
from cold_chain.limits import load_profiles
from cold_chain.models import DaySeal, Evaluation, RawBlock, Shipment, SigningKey
from cold_chain.records import load_records
from cold_chain.rules.merkle import audit_paths
from cold_chain.rules.moments import to_us
from cold_chain.rules.verdict import after_startup, arrange
from kernel.orm import UtcDateTime

ONE_DAY = timedelta(days=1)

# From the first block of a logger that speaks of the journey to the last, without a hole.
_BLOCKS = text("""
    WITH used AS (
        SELECT block.device_id, min(block.seq) AS first, max(block.seq) AS last
        FROM device_bindings AS binding
        JOIN device_channels AS channel ON channel.device_id = binding.device_id
        CROSS JOIN LATERAL (
            SELECT block_id FROM readings
            WHERE channel_id = channel.id AND at >= binding.from_at
              AND at <= coalesce(binding.to_at, :at)
            UNION
            SELECT block_id FROM door_readings
            WHERE channel_id = channel.id AND at >= binding.from_at
              AND at <= coalesce(binding.to_at, :at)
        ) AS said
        JOIN raw_blocks AS block ON block.id = said.block_id
        WHERE binding.shipment_id = :shipment AND binding.is_record
        GROUP BY block.device_id
    )
    SELECT device.code, block.device_id, block.seq, block.received_at, block.body,
           block.sha256, block.prev_hash, block.hash
    FROM used
    JOIN devices AS device ON device.id = used.device_id
    JOIN raw_blocks AS block
        ON block.device_id = used.device_id AND block.seq BETWEEN used.first AND used.last
    ORDER BY device.code, block.seq
""").bindparams(bindparam("at", type_=UtcDateTime()))


@dataclass(frozen=True, slots=True)
class Evidence:
    """A report as JSON has it, and the raw bytes it rests on by their SHA-256 in hex."""

    order_number: str
    version: int
    report: Mapping[str, Any]
    bodies: Mapping[str, bytes]


def get_evidence(session: Session, shipment_id: int, *, at: datetime) -> Evidence:
    """Return what the newest report of a journey rests on.

    Raises `ShipmentNotFoundError`, and `ReportNotReadyError` while there is no report or a
    newer one is due: a report is handed out only with the readings it was made of.
    """
    shipment = session.get(Shipment, shipment_id)
    if shipment is None:
        raise ShipmentNotFoundError(shipment_id)
    newest = session.scalar(
        select(Evaluation).where(
            Evaluation.shipment_id == shipment_id, Evaluation.superseded_by.is_(None)
        )
    )
    if newest is None or shipment.dirty_at is not None:
        raise ReportNotReadyError
    blocks = session.execute(_BLOCKS, {"shipment": shipment_id, "at": at}).all()
    days, ways = _days(session, blocks)
    report = {
        "order_number": shipment.order_number,
        "parcel_group": shipment.parcel_group,
        **_said(newest),
        "samples": _samples(session, newest, at=newest.computed_at),
        "devices": _chains(blocks, ways),
        "days": days,
        "keys": sorted({day["public_key"] for day in days if day["public_key"]}),
    }
    return Evidence(
        shipment.order_number,
        newest.version,
        report,
        {bytes(block.sha256).hex(): bytes(block.body) for block in blocks},
    )


def _said(newest: Evaluation) -> dict[str, Any]:
    """Return what a report says, as it was stored."""
    figures = (
        *("samples", "min_centi", "max_centi", "mean_centi", "mkt_centi"),
        *("mkt_trapezoid_centi", "coverage_permille", "credited_s", "custody_s"),
        *("trip_length_s", "dose_hold_milli", "dose_linear_milli", "uncalibrated_s"),
        *("gap_count", "longest_gap_s"),
    )
    return {
        "version": newest.version,
        "verdict": newest.verdict.value,
        "reasons": newest.reasons,
        "limits": {"code": newest.profile_code, "version": newest.profile_version},
        "data_version": bytes(newest.data_version).hex(),
        "computed_at": newest.computed_at.isoformat(),
        "figures": {name: getattr(newest, name) for name in figures},
        "durations": newest.durations,
        "life": newest.life,
        "gaps": newest.gaps,
        "alarms": newest.alarms,
        "excursions": newest.excursions,
        "changes": newest.changes,
    }


def _samples(session: Session, newest: Evaluation, *, at: datetime) -> list[tuple[int, int]]:
    """Return the readings that count: microseconds since 1970 UTC, hundredths of °C."""
    key = (newest.profile_code, newest.profile_version)
    profile = load_profiles(session, [key])[key]
    record = load_records(session, {newest.shipment_id: profile}, at=at)[newest.shipment_id]
    known = arrange(record.samples, record.custody)
    return [(one.at_us, one.centi) for one in after_startup(known, record.custody, profile)]


def _chains(
    blocks: Sequence[Row[Any]], ways: Mapping[tuple[int, int], tuple[int, list[str]]]
) -> dict[str, list[dict[str, Any]]]:
    chains: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for block in blocks:
        leaf, path = ways[block.device_id, block.seq]
        chains[block.code].append(
            {
                "seq": block.seq,
                "received_us": to_us(block.received_at),
                "sha256": bytes(block.sha256).hex(),
                "prev_hash": bytes(block.prev_hash).hex(),
                "hash": bytes(block.hash).hex(),
                "day": _day(block.received_at).isoformat(),
                "leaf": leaf,
                "path": path,
            }
        )
    return dict(chains)


def _days(
    session: Session, blocks: Sequence[Row[Any]]
) -> tuple[list[dict[str, Any]], dict[tuple[int, int], tuple[int, list[str]]]]:
    """Return the seals of days, and each block's place and way up under its day's root."""
    days = sorted({_day(block.received_at) for block in blocks})
    used = {(block.device_id, block.seq) for block in blocks}
    seals = {
        seal.day: (seal, bytes(key).hex())
        for seal, key in session.execute(
            select(DaySeal, SigningKey.public_key)
            .join(SigningKey, SigningKey.id == DaySeal.key_id)
            .where(DaySeal.day.in_(list(days)))
        )
    }
    found, ways = [], {}
    for day in days:
        seal, key = seals.get(day, (None, ""))
        found.append(
            {
                "day": day.isoformat(),
                "blocks": seal.blocks if seal else 0,
                "root": bytes(seal.root).hex() if seal else "",
                "signature": bytes(seal.signature).hex() if seal else "",
                "public_key": key,
            }
        )
        ways.update(_ways(session, day, used, is_sealed=seal is not None))
    return found, ways


def _ways(
    session: Session, day: date, used: AbstractSet[tuple[int, int]], *, is_sealed: bool
) -> dict[tuple[int, int], tuple[int, list[str]]]:
    start = datetime.combine(day, time(), UTC)
    rows = session.execute(
        select(RawBlock.device_id, RawBlock.seq, RawBlock.hash)
        .where(RawBlock.received_at >= start, RawBlock.received_at < start + ONE_DAY)
        .order_by(RawBlock.device_id, RawBlock.seq)
    ).all()
    places = {
        (row.device_id, row.seq): place
        for place, row in enumerate(rows)
        if (row.device_id, row.seq) in used
    }
    leaves = [bytes(row.hash) for row in rows] if is_sealed else []
    paths = audit_paths(leaves, places.values()) if is_sealed else {}
    return {
        block: (place, [one.hex() for one in paths.get(place, ())])
        for block, place in places.items()
    }


def _day(received_at: datetime) -> date:
    return received_at.astimezone(UTC).date()
