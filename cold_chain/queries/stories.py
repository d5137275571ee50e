"""What is known of shipments, gathered for telling partners; nine statements for any number."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cold_chain.epcis.story import Judgement, Sensed, Stay, Story
from cold_chain.limits import load_profiles
from cold_chain.models import (
    CustodySegment,
    Device,
    DeviceBinding,
    Evaluation,
    Parcel,
    Shipment,
    ShipmentStep,
)
from cold_chain.records import Record, load_records
from cold_chain.rules.moments import from_us, to_us
from cold_chain.rules.stays import summarise
from cold_chain.rules.verdict import arrange
from cold_chain.values import Profile, Span

# The newest raw block that a stay's readings came in, by its place in the device's chain.
_BLOCKS = text(
    """
SELECT asked.place, encode(block.hash, 'hex') AS hash
FROM unnest(
    CAST(:places AS int[]), CAST(:devices AS bigint[]),
    CAST(:lows AS timestamptz[]), CAST(:highs AS timestamptz[])
) AS asked (place, device_id, low, high)
JOIN device_channels AS channel
  ON channel.device_id = asked.device_id AND channel.kind = 'temperature'
 AND channel.is_primary
CROSS JOIN LATERAL (
    SELECT max(block_id) AS block_id FROM readings
    WHERE channel_id = channel.id AND at >= asked.low AND at <= asked.high
      AND at BETWEEN :low AND :high
) AS newest
JOIN raw_blocks AS block ON block.id = newest.block_id
"""
)


def list_stories(session: Session, shipment_ids: Iterable[int], *, at: datetime) -> list[Story]:
    """Return what is known of shipments but for the goods, which only orders know."""
    wanted = sorted(set(shipment_ids))
    shipments = session.scalars(
        select(Shipment)
        .where(Shipment.id.in_(wanted))
        .order_by(Shipment.id)
        .execution_options(populate_existing=True)
    ).all()
    profiles = _profiles(session, shipments)
    records = load_records(session, profiles, at=at) if profiles else {}
    bindings = _bindings(session, wanted)
    segments = _grouped(session, CustodySegment, wanted, CustodySegment.from_at)
    hashes = _hashes(session, segments, bindings, records)
    steps = _grouped(session, ShipmentStep, wanted, ShipmentStep.id)
    parcels = _grouped(session, Parcel, wanted, Parcel.code)
    judgements = _judgements(session, wanted)
    return [
        Story(
            shipment_id=one.id,
            order_number=one.order_number,
            shipper_code=one.shipper_code,
            carrier_code=one.carrier_code,
            site_code=one.origin_site_code,
            planned_at=one.planned_at,
            parcels=tuple(parcel.code for parcel in parcels[one.id]),
            device_code=bindings[one.id].code if one.id in bindings else None,
            profile=f"{one.profile_code}/{one.profile_version}" if one.profile_code else None,
            steps=tuple((step.state, step.at) for step in steps[one.id]),
            stays=_stays(
                segments[one.id],
                records.get(one.id),
                profiles.get(one.id),
                bindings.get(one.id),
                hashes,
            ),
            judgement=judgements.get(one.id),
            openings=_openings(records.get(one.id)),
            kinetic_joule_per_mole=(
                profiles[one.id].mkt_joule_per_mole if one.id in profiles else 0
            ),
        )
        for one in shipments
    ]


def _profiles(session: Session, shipments: Iterable[Shipment]) -> dict[int, Profile]:
    keys = {
        one.id: (one.profile_code, one.profile_version)
        for one in shipments
        if one.profile_code is not None and one.profile_version is not None
    }
    loaded = load_profiles(session, keys.values())
    return {shipment_id: loaded[key] for shipment_id, key in keys.items()}


def _bindings(session: Session, wanted: list[int]) -> dict[int, Any]:
    rows = session.execute(
        select(DeviceBinding.shipment_id, Device.code, Device.id, DeviceBinding.from_at)
        .join(Device, Device.id == DeviceBinding.device_id)
        .where(DeviceBinding.shipment_id.in_(wanted), DeviceBinding.is_record)
        .order_by(DeviceBinding.from_at.desc())
    )
    return {row.shipment_id: row for row in rows}


def _grouped(
    session: Session, model: Any, wanted: list[int], order: Any
) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    rows = session.scalars(
        select(model)
        .where(model.shipment_id.in_(wanted))
        .order_by(order)
        .execution_options(populate_existing=True)
    )
    for row in rows:
        found[row.shipment_id].append(row)
    return found


def _judgements(session: Session, wanted: list[int]) -> dict[int, Judgement]:
    rows = session.execute(
        select(
            Evaluation.shipment_id, Evaluation.version, Evaluation.verdict, Evaluation.alarms
        ).where(Evaluation.shipment_id.in_(wanted), Evaluation.superseded_by.is_(None))
    )
    return {
        row.shipment_id: Judgement(
            version=row.version,
            verdict=row.verdict,
            alarms=tuple(datetime.fromisoformat(one["alarm_at"]) for one in row.alarms),
        )
        for row in rows
    }


def _hashes(
    session: Session,
    segments: Mapping[int, list[CustodySegment]],
    bindings: Mapping[int, Any],
    records: Mapping[int, Record],
) -> dict[int, str]:
    """Return the chain hash of the newest block of each ended stay, by the stay's id."""
    asked = [
        (segment.id, bindings[shipment_id].id, segment.from_at, segment.to_at)
        for shipment_id, held in segments.items()
        if shipment_id in records and shipment_id in bindings
        for segment in held
        if segment.to_at is not None
    ]
    if not asked:
        return {}
    places, devices, lows, highs = zip(*asked, strict=True)
    rows = session.execute(
        _BLOCKS,
        {
            "places": list(range(len(places))),
            "devices": list(devices),
            "lows": list(lows),
            "highs": list(highs),
            "low": min(lows),
            "high": max(highs),
        },
    )
    return {places[row.place]: row.hash for row in rows}


def _stays(
    segments: list[CustodySegment],
    record: Record | None,
    profile: Profile | None,
    binding: Any,
    hashes: Mapping[int, str],
) -> tuple[Stay, ...]:
    samples = arrange(record.samples, record.custody) if record is not None else []
    stays = []
    for segment in segments:
        sensed = None
        if segment.to_at is not None and profile is not None and segment.id in hashes:
            span = Span(to_us(segment.from_at), to_us(segment.to_at))
            found = summarise(samples, span, profile, is_last=segment is segments[-1])
            if found is not None and binding is not None:
                sensed = Sensed(
                    device_code=binding.code,
                    lowest=found.lowest,
                    highest=found.highest,
                    mean=found.mean,
                    deviation=found.deviation,
                    kinetic=found.kinetic,
                    coverage_permille=found.coverage_permille,
                    raw_hash=hashes[segment.id],
                )
        stays.append(
            Stay(
                holder_code=segment.holder_code,
                from_at=segment.from_at,
                to_at=segment.to_at,
                sensed=sensed,
            )
        )
    return tuple(stays)


def _openings(record: Record | None) -> tuple[datetime, ...]:
    return () if record is None else tuple(from_us(door.from_us) for door in record.doors)
