"""The register of sites, vehicles and devices."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cold_chain.errors import DeviceNotFoundError
from cold_chain.models import Device, DeviceChannel, Site, Vehicle
from cold_chain.values import DeviceState, NewDevice, NewSite, NewVehicle


def register_sites(session: Session, *sites: NewSite) -> None:
    """Enter sites by their codes; a site that is there already stays as it is."""
    if sites:
        rows = [asdict(site) for site in sites]
        session.execute(insert(Site).on_conflict_do_nothing(), rows)


def register_vehicles(session: Session, *vehicles: NewVehicle) -> None:
    """Enter vehicles by their codes; a vehicle that is there already stays as it is."""
    if vehicles:
        rows = [asdict(vehicle) for vehicle in vehicles]
        session.execute(insert(Vehicle).on_conflict_do_nothing(), rows)


def register_devices(session: Session, *devices: NewDevice) -> None:
    """Enter devices with their channels; a device that is there already stays as it is."""
    if not devices:
        return
    entered = session.execute(
        insert(Device).on_conflict_do_nothing().returning(Device.id, Device.code),
        [
            {
                "code": device.code,
                "serial": device.serial,
                "organisation_code": device.organisation_code,
                "hmac_secret": device.secret,
                "state": DeviceState.REGISTERED,
                "registered_at": device.registered_at,
                "is_sample": device.is_sample,
            }
            for device in devices
        ],
    ).all()
    ids = {row.code: row.id for row in entered}
    channels = [
        {"device_id": ids[device.code], **asdict(channel)}
        for device in devices
        if device.code in ids
        for channel in device.channels
    ]
    if channels:
        session.execute(insert(DeviceChannel), channels)


def revoke_device(session: Session, code: str, *, at: datetime) -> None:
    """Refuse the device's signature from now on; repeating keeps the first moment."""
    _find(session, code)
    session.execute(
        update(Device)
        .where(Device.code == code, Device.revoked_at.is_(None))
        .values(revoked_at=at)
    )


def retire_device(session: Session, code: str, *, at: datetime) -> None:
    """Take the device out of use; its signature is refused too."""
    revoke_device(session, code, at=at)
    session.execute(update(Device).where(Device.code == code).values(state=DeviceState.RETIRED))


def _find(session: Session, code: str) -> None:
    if session.scalar(select(Device.id).where(Device.code == code)) is None:
        raise DeviceNotFoundError(code)
