"""The tables of payments and refunds."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kernel.orm import Base, Code, Minor, enum_column
from payments.values import (
    Bearer,
    DisputeState,
    EventStatus,
    MisfitKind,
    PaymentState,
    Provider,
    RefundState,
    Remedy,
)

Reference = String(255)
"""Column type of a provider's own number of something."""


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
        UniqueConstraint("provider", "group_number", "attempt"),
        Index("ix_payments_intent", "provider", "intent"),
        CheckConstraint("attempt > 0", name="attempt_is_positive"),
        CheckConstraint("captured_minor > 0", name="captured_is_positive"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    group_number: Mapped[str] = mapped_column(
        Code, ForeignKey("order_groups.number"), index=True
    )
    provider: Mapped[Provider] = mapped_column(enum_column(Provider))
    reference: Mapped[str] = mapped_column(Reference)
    attempt: Mapped[int] = mapped_column(server_default="1")
    """Counts the attempts of a group at one provider."""
    state: Mapped[PaymentState] = mapped_column(enum_column(PaymentState))
    amount_minor: Mapped[int] = mapped_column(Minor)
    currency: Mapped[str] = mapped_column(String(3))
    created_at: Mapped[datetime]
    captured_at: Mapped[datetime | None]
    captured_minor: Mapped[int | None] = mapped_column(Minor)
    """What really came, in the smallest unit of its currency."""
    captured_currency: Mapped[str | None] = mapped_column(String(3))
    intent: Mapped[str | None] = mapped_column(Reference)
    """The provider's number of the money, which refunds and disputes name."""
    url: Mapped[str | None] = mapped_column(Text)
    """Where the buyer pays, while the attempt is open."""
    expires_at: Mapped[datetime | None]
    """When the provider closes the attempt."""
    seen_at: Mapped[datetime | None]
    """As of when the provider said the state."""
    failure_code: Mapped[str | None]
    """Why the last try failed; the buyer may have tried again since."""
    method: Mapped[str | None]


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
    tries: Mapped[int] = mapped_column(server_default="0")
    next_try_at: Mapped[datetime | None]
    """When a parked message is tried again."""
    note: Mapped[str | None]
    """Why it was parked or refused."""


class Refund(Base):
    """Money owed back to a buyer until the provider confirms that it arrived."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_is_positive"),
        CheckConstraint("offset_minor BETWEEN 0 AND amount_minor", name="offset_in_bounds"),
        Index("ix_refunds_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    payment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("payments.id"), index=True)
    order_number: Mapped[str | None] = mapped_column(
        Code, ForeignKey("seller_orders.number"), index=True
    )
    """Empty for a late payment that never became an order."""
    idempotency_key: Mapped[str] = mapped_column(Code, unique=True)
    state: Mapped[RefundState] = mapped_column(enum_column(RefundState))
    amount_minor: Mapped[int] = mapped_column(Minor)
    offset_minor: Mapped[int] = mapped_column(Minor, server_default="0")
    """What of it was taken off what the buyer owed on terms; only the rest is paid."""
    bearer: Mapped[Bearer] = mapped_column(
        enum_column(Bearer), server_default=Bearer.SELLER.value
    )
    """At whose cost; only at the seller's is the sale itself taken back."""
    reason: Mapped[str]
    provider_reference: Mapped[str | None] = mapped_column(Reference, index=True)
    tries: Mapped[int] = mapped_column(server_default="0")
    """How often it was ordered at the provider."""
    failure_code: Mapped[str | None]
    """Why the last order failed."""
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


class Dispute(Base):
    """A buyer's complaint about a payment at the bank of the card."""

    __tablename__ = "payment_disputes"
    __table_args__ = (
        UniqueConstraint("provider", "reference"),
        CheckConstraint("amount_minor > 0 AND fee_minor >= 0", name="amounts_in_bounds"),
        CheckConstraint(
            "state NOT IN ('withdrawn', 'lost') OR withdrawn_at IS NOT NULL",
            name="withdrawn_has_moment",
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    payment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("payments.id"), index=True)
    provider: Mapped[Provider] = mapped_column(enum_column(Provider))
    reference: Mapped[str] = mapped_column(Reference)
    state: Mapped[DisputeState] = mapped_column(enum_column(DisputeState))
    amount_minor: Mapped[int] = mapped_column(Minor)
    """What is disputed, which may be less than what was paid."""
    fee_minor: Mapped[int] = mapped_column(Minor, server_default="0")
    reason: Mapped[str]
    opened_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class Misfit(Base):
    """Money or a message that is not as agreed, until a person has settled it."""

    __tablename__ = "payment_misfits"
    __table_args__ = (
        UniqueConstraint("payment_id"),
        UniqueConstraint("event_id"),
        CheckConstraint("num_nonnulls(payment_id, event_id) = 1", name="is_about_one_thing"),
        CheckConstraint(
            "(remedy IS NULL) = (settled_at IS NULL) AND (remedy IS NULL) = (reason IS NULL)"
            " AND (remedy IS NULL) = (settled_by IS NULL)",
            name="settled_as_a_whole",
        ),
        Index("ix_payment_misfits_open", "id", postgresql_where=text("remedy IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    payment_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("payments.id"))
    event_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("payment_events.id"))
    kind: Mapped[MisfitKind] = mapped_column(enum_column(MisfitKind))
    detail: Mapped[str]
    """What the provider named instead: another order, account or mode."""
    noted_at: Mapped[datetime]
    remedy: Mapped[Remedy | None] = mapped_column(enum_column(Remedy))
    reason: Mapped[str | None] = mapped_column(Text)
    settled_by: Mapped[str | None]
    settled_at: Mapped[datetime | None]
    later_on: Mapped[date | None]
    """Until when somebody has put it off."""


class MisfitNote(Base):
    """What somebody found out about money or a message that is not as agreed (append-only)."""

    __tablename__ = "payment_misfit_notes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    misfit_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("payment_misfits.id"), index=True
    )
    actor: Mapped[str] = mapped_column(Code)
    note: Mapped[str] = mapped_column(Text)
    later_on: Mapped[date | None]
    """Until when it was put off with this note."""
    at: Mapped[datetime]
