"""What decoders need to know of the device whose bytes they read."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cold_chain.errors import DeviceUnknownError
from cold_chain.models import Device, DeviceChannel
from cold_chain.values.formats import Sender


def load_sender(session: Session, device_code: str, *, received_at: datetime) -> Sender:
    """Return a device with its channels; raises `DeviceUnknownError`."""
    rows = session.execute(
        select(Device.serial, DeviceChannel.code, DeviceChannel.kind, DeviceChannel.is_primary)
        .join(DeviceChannel, DeviceChannel.device_id == Device.id, isouter=True)
        .where(Device.code == device_code)
        .order_by(DeviceChannel.id)
    ).all()
    if not rows:
        raise DeviceUnknownError(device_code)
    channels = [row for row in rows if row.code is not None]
    return Sender(
        device_code=device_code,
        serial=rows[0].serial,
        channels={row.code: row.kind for row in channels},
        primary={row.kind: row.code for row in channels if row.is_primary},
        received_at=received_at,
    )
