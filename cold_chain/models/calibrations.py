"""Certificates of channels; append-only."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code


class Calibration(Base):
    """A laboratory compared a channel with its standard; nothing is corrected by it."""

    __tablename__ = "calibrations"
    __table_args__ = (
        UniqueConstraint("channel_id", "certificate"),
        CheckConstraint("valid_to > valid_from", name="period_in_order"),
        CheckConstraint("uncertainty_centi >= 0", name="uncertainty_not_negative"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    channel_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("device_channels.id"))
    certificate: Mapped[str] = mapped_column(Code)
    """Number of the paper."""
    laboratory: Mapped[str]
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime]
    """From when up to when the certificate speaks for the channel."""
    offset_centi: Mapped[int]
    """What the channel showed above the standard, hundredths of °C; never taken off."""
    uncertainty_centi: Mapped[int]
    recorded_at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Code)
    """`person:<id>` or `task:<name>`."""
