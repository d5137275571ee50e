"""States and frozen values of payments and refunds."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

PaymentId = NewType("PaymentId", int)
RefundId = NewType("RefundId", int)


class Provider(StrEnum):
    """Who carries the money."""

    DEMO = "demo"
    STRIPE = "stripe"
    BANK_TRANSFER = "bank_transfer"


class PaymentState(StrEnum):
    """Where one attempt stands."""

    CREATED = "created"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    MISMATCH = "mismatch"
    LATE = "late"
    """Succeeded after the order was closed or paid by another attempt; refunded in full."""


class RefundState(StrEnum):
    """Where a refund stands; failed ones stay owed."""

    REQUESTED = "requested"
    SUBMITTED = "submitted"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class EventStatus(StrEnum):
    """What became of a provider's message."""

    RECEIVED = "received"
    APPLIED = "applied"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Capture:
    """The provider's word that an attempt succeeded."""

    provider: Provider
    reference: str
    group_number: str
    amount_minor: int
    currency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One attempt as pages see it."""

    id: int
    group_number: str
    provider: Provider
    reference: str
    state: PaymentState
    amount_minor: int
    created_at: datetime
    captured_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefundRow:
    """One refund as pages see it."""

    id: int
    order_number: str | None
    state: RefundState
    amount_minor: int
    reason: str
    requested_at: datetime
    succeeded_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefundPart:
    """What of a refund belongs to a line; no line means shipping."""

    order_line_id: int | None
    amount_minor: int
    """What is taken back of the line's gross, or of the shipping."""
    funded_minor: int = 0
    """What of it goes back to the platform, which had paid it in the buyer's place."""
