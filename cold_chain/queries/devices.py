"""Devices, how they feel, and whether their chains of raw blocks are whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cold_chain.models import Device, DeviceBinding, RawBlock
from cold_chain.rules.chain import Link, find_break
from cold_chain.rules.moments import to_us
from cold_chain.rules.states import device_health
from cold_chain.values import DeviceHealth


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One device as boards see it; its secret stays in the vault."""

    code: str
    serial: str
    organisation_code: str
    health: DeviceHealth
    last_seen_at: datetime | None
    blocks: int
    revoked_at: datetime | None
    shipments: int
    """How many shipments it travels with now."""


def list_devices(
    session: Session, *, at: datetime, organisation_code: str | None = None
) -> list[DeviceRow]:
    """Return devices by code with their health at a moment, in one statement."""
    bound = (
        select(func.count())
        .select_from(DeviceBinding)
        .where(DeviceBinding.device_id == Device.id, DeviceBinding.to_at.is_(None))
        .scalar_subquery()
    )
    statement = select(
        Device.code,
        Device.serial,
        Device.organisation_code,
        Device.state,
        Device.last_seen_at,
        Device.last_seq,
        Device.revoked_at,
        bound.label("shipments"),
    ).order_by(Device.code)
    if organisation_code is not None:
        statement = statement.where(Device.organisation_code == organisation_code)
    return [
        DeviceRow(
            code=row.code,
            serial=row.serial,
            organisation_code=row.organisation_code,
            health=device_health(row.state, row.last_seen_at, at=at),
            last_seen_at=row.last_seen_at,
            blocks=row.last_seq,
            revoked_at=row.revoked_at,
            shipments=row.shipments,
        )
        for row in session.execute(statement)
    ]


def list_free_devices(
    session: Session, organisation_code: str, *, limit: int = 50
) -> list[str]:
    """Return codes of an organisation's devices that travel with nothing and may sign."""
    busy = (
        select(DeviceBinding.id)
        .where(DeviceBinding.device_id == Device.id, DeviceBinding.to_at.is_(None))
        .exists()
    )
    return list(
        session.scalars(
            select(Device.code)
            .where(
                Device.organisation_code == organisation_code,
                Device.revoked_at.is_(None),
                ~busy,
            )
            .order_by(Device.code)
            .limit(limit)
        )
    )


def find_broken_chains(session: Session) -> dict[str, int]:
    """Return the first bad block of every device whose chain is broken; empty is whole.

    Hashes are computed anew from the stored bytes, device by device.
    """
    broken = {}
    devices = session.execute(
        select(Device.id, Device.code, Device.last_seq, Device.last_hash).order_by(Device.id)
    ).all()
    for device in devices:
        bad = find_break(
            _links(session, device.id),
            last_seq=device.last_seq,
            last_hash=bytes(device.last_hash),
        )
        if bad is not None:
            broken[device.code] = bad
    return broken


def _links(session: Session, device_id: int) -> Iterator[Link]:
    rows = session.execute(
        select(
            RawBlock.seq,
            RawBlock.received_at,
            func.sha256(RawBlock.body).label("sha256"),
            RawBlock.prev_hash,
            RawBlock.hash,
        )
        .where(RawBlock.device_id == device_id)
        .order_by(RawBlock.seq)
    )
    for row in rows:
        yield Link(
            row.seq,
            to_us(row.received_at),
            bytes(row.sha256),
            bytes(row.prev_hash),
            bytes(row.hash),
        )
