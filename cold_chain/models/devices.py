"""Data loggers, what they sense, what they travel with, and the intake's replay guard."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cold_chain.values import ChannelKind, DeviceState
from kernel.orm import Base, Code, enum_column
from kernel.vault import SealedText


class Device(Base):
    """One data logger; it signs what it sends with a secret only it and the vault know."""

    __tablename__ = "devices"
    __table_args__ = (
        CheckConstraint("last_seq >= 0", name="last_seq_not_negative"),
        CheckConstraint("octet_length(last_hash) = 32", name="last_hash_is_sha256"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Code, unique=True)
    serial: Mapped[str] = mapped_column(Code)
    organisation_code: Mapped[str] = mapped_column(
        Code, ForeignKey("organisations.code"), index=True
    )
    hmac_secret: Mapped[str] = mapped_column(SealedText)
    state: Mapped[DeviceState] = mapped_column(enum_column(DeviceState))
    registered_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    """From when on its signature is refused; what it sent before stays."""
    last_seq: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """Number of the newest raw block; 0 while there is none."""
    last_hash: Mapped[bytes] = mapped_column(
        LargeBinary, server_default=text(r"'\x" + "00" * 32 + "'::bytea")
    )
    """Chain hash of the newest raw block: cutting off the end of a chain shows."""
    last_seen_at: Mapped[datetime | None]
    is_sample: Mapped[bool] = mapped_column(server_default="false")


class DeviceChannel(Base):
    """One sensor of a device."""

    __tablename__ = "device_channels"
    __table_args__ = (
        UniqueConstraint("device_id", "code"),
        CheckConstraint("sampling_interval_s BETWEEN 1 AND 86400", name="interval_in_bounds"),
        Index(
            "uq_device_channels_primary",
            "device_id",
            "kind",
            unique=True,
            postgresql_where=text("is_primary"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    device_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("devices.id"))
    code: Mapped[str] = mapped_column(Code)
    """Its name on the device, such as `t1` or `door`."""
    kind: Mapped[ChannelKind] = mapped_column(enum_column(ChannelKind))
    sampling_interval_s: Mapped[int]
    is_primary: Mapped[bool]
    """The temperature channel that counts as the record of a shipment."""


class DeviceBinding(Base):
    """A device travels with a shipment from one moment up to another."""

    __tablename__ = "device_bindings"
    __table_args__ = (
        CheckConstraint("to_at IS NULL OR to_at > from_at", name="period_in_order"),
        ExcludeConstraint(
            (text("int8range(shipment_id, shipment_id, '[]')"), "&&"),
            (text("tstzrange(from_at, to_at)"), "&&"),
            name="ex_device_bindings_one_record",
            using="gist",
            where=text("is_record"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    shipment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("shipments.id"), index=True)
    device_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("devices.id"), index=True)
    from_at: Mapped[datetime]
    to_at: Mapped[datetime | None]
    is_record: Mapped[bool] = mapped_column(server_default="true")
    """The source of record; others bound at the same time are kept for comparison."""


class IntakeNonce(Base):
    """A nonce a device has used; using it again is a replay."""

    __tablename__ = "intake_nonces"

    device_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("devices.id"), primary_key=True
    )
    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)
