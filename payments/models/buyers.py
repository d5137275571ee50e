"""The tables of payments and refunds."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code, Minor, enum_column
from payments.values import EventStatus, PaymentState, Provider, RefundState


class Payment(Base):
    """One attempt of a buyer to pay one order group."""

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("provider", "reference"),
        CheckConstraint("amount_minor > 0", name="amount_is_positive"),
        Index(
            "uq_payments_one_success",
            "group_number",
            unique=True,
            postgresql_where=text("state = 'succeeded'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    group_number: Mapped[str] = mapped_column(
        Code, ForeignKey("order_groups.number"), index=True
    )
    provider: Mapped[Provider] = mapped_column(enum_column(Provider))
    reference: Mapped[str] = mapped_column(Code)
    state: Mapped[PaymentState] = mapped_column(enum_column(PaymentState))
    amount_minor: Mapped[int] = mapped_column(Minor)
    currency: Mapped[str] = mapped_column(String(3))
    created_at: Mapped[datetime]
    captured_at: Mapped[datetime | None]


class PaymentEvent(Base):
    """One message of a provider, stored before anything is done about it."""

    __tablename__ = "payment_events"
    __table_args__ = (UniqueConstraint("provider", "event_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    provider: Mapped[Provider] = mapped_column(enum_column(Provider))
    event_id: Mapped[str]
    kind: Mapped[str]
    reference: Mapped[str] = mapped_column(index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    status: Mapped[EventStatus] = mapped_column(enum_column(EventStatus))
    received_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]


class Refund(Base):
    """Money owed back to a buyer until the provider confirms that it arrived."""

    __tablename__ = "refunds"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_is_positive"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    payment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("payments.id"), index=True)
    order_number: Mapped[str | None] = mapped_column(
        Code, ForeignKey("seller_orders.number"), index=True
    )
    """Empty for a late payment that never became an order."""
    idempotency_key: Mapped[str] = mapped_column(Code, unique=True)
    state: Mapped[RefundState] = mapped_column(enum_column(RefundState))
    amount_minor: Mapped[int] = mapped_column(Minor)
    reason: Mapped[str]
    provider_reference: Mapped[str | None]
    requested_at: Mapped[datetime]
    succeeded_at: Mapped[datetime | None]


class RefundLine(Base):
    """The part of a refund that belongs to one order line, or, without a line, to shipping."""

    __tablename__ = "refund_lines"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_is_positive"),
        CheckConstraint(
            "funded_minor >= 0 AND funded_minor <= amount_minor", name="funded_in_bounds"
        ),
        Index("ix_refund_lines_line", "order_line_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    refund_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("refunds.id"), index=True)
    order_line_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("order_lines.id"))
    amount_minor: Mapped[int] = mapped_column(Minor)
    """What is taken back of the line's gross, or of the shipping."""
    funded_minor: Mapped[int] = mapped_column(Minor, server_default="0")
    """What of it goes back to the platform, which had paid it in the buyer's place."""
