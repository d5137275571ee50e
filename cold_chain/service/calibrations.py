"""Certificates of channels: entered once, never applied, and what they judge anew."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cold_chain.errors import (
    CalibrationKnownError,
    CalibrationPeriodError,
    ChannelUnknownError,
)
from cold_chain.models import Calibration, Device, DeviceChannel
from cold_chain.values import NewCalibration

MARK_DIRTY = text(
    """
WITH touched AS (
    SELECT binding.shipment_id, sent.at
    FROM unnest(CAST(:channels AS bigint[]), CAST(:ats AS timestamptz[])) AS sent (channel, at)
    JOIN device_channels AS channel ON channel.id = sent.channel
    JOIN device_bindings AS binding ON binding.device_id = channel.device_id
), locked AS (
    SELECT shipments.id, min(touched.at) AS at
    FROM shipments JOIN touched ON touched.shipment_id = shipments.id
    WHERE shipments.id IN (
        SELECT id FROM shipments AS held
        WHERE held.id IN (SELECT shipment_id FROM touched) AND held.profile_code IS NOT NULL
        ORDER BY held.id FOR NO KEY UPDATE
    )
    GROUP BY shipments.id
)
UPDATE shipments SET dirty_at = coalesce(shipments.dirty_at, locked.at)
FROM locked WHERE shipments.id = locked.id
"""
)

CONTENT = ("laboratory", "valid_from", "valid_to", "offset_centi", "uncertainty_centi")


def record_calibrations(session: Session, *certificates: NewCalibration) -> int:
    """Enter certificates and return how many are new; journeys they speak for fall due.

    Repeating one changes nothing; with other words it raises `CalibrationKnownError`.
    """
    if not certificates:
        return 0
    for one in certificates:
        if one.valid_to <= one.valid_from:
            raise CalibrationPeriodError
    channels = _find_channels(session, certificates)
    rows = [_row(one, channels[one.device_code, one.channel_code]) for one in certificates]
    new = session.execute(
        insert(Calibration)
        .values(rows)
        .on_conflict_do_nothing()
        .returning(Calibration.channel_id, Calibration.recorded_at)
    ).all()
    if len(new) < len(rows):
        _check_known(session, rows)
    if new:
        session.execute(
            MARK_DIRTY,
            {"channels": [row.channel_id for row in new], "ats": [row[1] for row in new]},
        )
    return len(new)


def _find_channels(
    session: Session, certificates: Sequence[NewCalibration]
) -> dict[tuple[str, str], int]:
    wanted = {(one.device_code, one.channel_code) for one in certificates}
    rows = session.execute(
        select(Device.code, DeviceChannel.code, DeviceChannel.id)
        .join(DeviceChannel, DeviceChannel.device_id == Device.id)
        .where(tuple_(Device.code, DeviceChannel.code).in_(sorted(wanted)))
    )
    found = {(row[0], row[1]): row[2] for row in rows}
    for device_code, channel_code in sorted(wanted):
        if (device_code, channel_code) not in found:
            raise ChannelUnknownError(device_code, channel_code)
    return found


def _row(one: NewCalibration, channel_id: int) -> dict[str, Any]:
    return {
        "channel_id": channel_id,
        "certificate": one.certificate,
        "recorded_at": one.at,
        "actor": one.actor,
        **{name: getattr(one, name) for name in CONTENT},
    }


def _check_known(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    known = session.scalars(
        select(Calibration).where(
            tuple_(Calibration.channel_id, Calibration.certificate).in_(
                [(row["channel_id"], row["certificate"]) for row in rows]
            )
        )
    )
    there = {(one.channel_id, one.certificate): one for one in known}
    for row in rows:
        one = there[row["channel_id"], row["certificate"]]
        if any(getattr(one, name) != row[name] for name in CONTENT):
            raise CalibrationKnownError(one.certificate)
