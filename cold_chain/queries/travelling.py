"""Which loggers travel with what right now."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cold_chain.models import (
    Device,
    DeviceBinding,
    DeviceChannel,
    LimitProfile,
    Reading,
    Shipment,
)
from cold_chain.values import ChannelKind
from kernel.rows import fill_all


@dataclass(frozen=True, slots=True)
class TravellingRow:
    """One logger on its way with one shipment."""

    shipment_id: int
    device_code: str
    sampling_interval_s: int
    departed_at: datetime
    target_lower_centi: int | None
    target_upper_centi: int | None
    last_reading_at: datetime | None


def list_travelling_samples(session: Session) -> list[TravellingRow]:
    """Return the sample loggers that travel under limits; one statement."""
    last = (
        select(func.max(Reading.at))
        .where(Reading.channel_id == DeviceChannel.id, Reading.at >= Shipment.departed_at)
        .correlate(DeviceChannel, Shipment)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Shipment.id,
            Device.code,
            DeviceChannel.sampling_interval_s,
            Shipment.departed_at,
            LimitProfile.target_lower_centi,
            LimitProfile.target_upper_centi,
            last,
        )
        .join(DeviceBinding, DeviceBinding.shipment_id == Shipment.id)
        .join(Device, Device.id == DeviceBinding.device_id)
        .join(DeviceChannel, DeviceChannel.device_id == Device.id)
        .join(
            LimitProfile,
            (LimitProfile.code == Shipment.profile_code)
            & (LimitProfile.version == Shipment.profile_version),
        )
        .where(
            DeviceBinding.to_at.is_(None),
            Device.is_sample,
            DeviceChannel.kind == ChannelKind.TEMPERATURE,
            DeviceChannel.is_primary,
            Shipment.departed_at.is_not(None),
        )
        .order_by(Shipment.id)
    )
    return fill_all(TravellingRow, rows)
